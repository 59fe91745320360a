/** The tiles of a kernel, computed one after the other: in memory, or in a file, where those that are there are kept. */
import { UnsupportedError } from "../errors.ts";
import { Fingerprint } from "../fingerprint.ts";
import { type KernelFn, layerOf } from "../network/kernel_fn.ts";
import { describe } from "../network/network.ts";
import { answering } from "../pause.ts";
import type { Steps } from "../steps.ts";
import { blockOf, PartProgress } from "./blocks.ts";
import { Layout, sizeOfTile, type TilePlace } from "./layout.ts";
import { ACTION, type KernelProblem, type Storage } from "./problem.ts";
import { TileFile } from "./tile_file.ts";

/** The tiles that a problem asks for. */
export async function computed(problem: KernelProblem): Promise<Storage> {
  const layout = new Layout(problem.x.shape[0], problem.tileRows);
  return problem.path === null
    ? await inMemory(problem, layout)
    : await inFile(problem, layout, problem.path);
}

async function inMemory(problem: KernelProblem, layout: Layout): Promise<Storage> {
  const tiles: Float32Array[] = [];
  const progress = new PartProgress(layout.size, problem.onProgress);
  for (const place of layout.tiles) {
    tiles.push(await tileOf(problem, place, progress));
    progress.end(sizeOfTile(place));
  }
  // Their memory goes when nobody has them any more.
  return { layout, tiles, release: () => tiles.length = 0 };
}

async function inFile(problem: KernelProblem, layout: Layout, path: string): Promise<Storage> {
  const identity = { kernel: problem.kernel, fingerprint: await fingerprintOf(problem) };
  const file = await TileFile.at(path, layout, identity, problem);
  try {
    const there = layout.tiles.filter((place) => file.has(place));
    const done = there.reduce((sum, place) => sum + sizeOfTile(place), 0);
    const progress = new PartProgress(layout.size, problem.onProgress, done);
    for (const place of layout.tiles) {
      if (file.has(place)) continue;
      await file.put(place, await tileOf(problem, place, progress));
      progress.end(sizeOfTile(place));
    }
    return { layout, ...await file.readable(problem) };
  } finally {
    file.close();
  }
}

async function tileOf(
  { compute, x, kernel, backend, signal }: KernelProblem,
  place: TilePlace,
  progress: PartProgress,
): Promise<Float32Array> {
  signal?.throwIfAborted();
  const { data } = await blockOf(
    ...[ACTION, compute, { x1: x, x2: null }, kernel, [place.rows, place.cols]] as const,
    { backend, dtype: "float32", signal },
    progress.part(sizeOfTile(place)),
  );
  return data instanceof Float32Array ? data : new Float32Array(data);
}

/** A fingerprint of points and network. */
async function fingerprintOf({ compute, x }: KernelProblem): Promise<string> {
  const layer = layerOf(compute as unknown as KernelFn);
  if (!layer) {
    throw new UnsupportedError(
      `Cannot ${ACTION} in a file as it must be of a network: current value is a function, leave path out`,
    );
  }
  const description = JSON.stringify(describe(layer), (key, value) => {
    if (typeof value !== "function") return value;
    throw new UnsupportedError(
      `Cannot ${ACTION} in a file as ${key} must be an expression: current value is an ordinary function, ` +
        "write it with the methods of Expr, as in (x) => x.tanh(), or leave path out",
    );
  });
  const print = new Fingerprint().text(description).text(x.shape.join(" "));
  const steps = function* (): Steps<void> {
    yield* print.manyNumbers(new Float64Array(x.data));
  };
  await answering(steps());
  return print.digits;
}
