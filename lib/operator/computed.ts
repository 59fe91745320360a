/** The tiles of a kernel, computed one after the other: in memory, or in a file, where those that are there are kept. */
import { UnsupportedError } from "../errors.ts";
import { Fingerprint } from "../fingerprint.ts";
import { type KernelFn, layerOf } from "../network/kernel_fn.ts";
import { describe } from "../network/network.ts";
import { answering } from "../pause.ts";
import type { Steps } from "../steps.ts";
import { blockOf, PartProgress } from "./blocks.ts";
import { correlations, scalesOf } from "./correlations.ts";
import { Layout, lengthOf, sizeOfTile, type Storage, type TilePlace } from "./layout.ts";
import { ACTION, type KernelProblem } from "./problem.ts";

/** The tiles that a problem asks for. */
export async function computed(problem: KernelProblem): Promise<Storage> {
  const layout = new Layout(problem.x.shape[0], problem.tileRows);
  return problem.path === null
    ? await inMemory(problem, layout)
    : await inFile(problem, layout, problem.path);
}

async function inMemory(problem: KernelProblem, layout: Layout): Promise<Storage> {
  const tiles: Int32Array[] = [];
  const scales = new Float64Array(layout.n);
  const progress = new PartProgress(layout.size, problem.onProgress);
  for (const place of inOrder(layout)) {
    tiles[place.number] = await tileOf(problem, place, scales, progress);
    progress.end(sizeOfTile(place));
  }
  // Their memory goes when nobody has them any more.
  return { layout, tiles, scales, release: () => tiles.length = 0 };
}

async function inFile(problem: KernelProblem, layout: Layout, path: string): Promise<Storage> {
  const identity = { kernel: problem.kernel, fingerprint: await fingerprintOf(problem) };
  const { TileFile } = await import("./tile_file.ts");
  const file = await TileFile.at(path, layout, identity, problem);
  const { scales } = file;
  try {
    const there = layout.tiles.filter((place) => file.has(place));
    const done = there.reduce((sum, place) => sum + sizeOfTile(place), 0);
    const progress = new PartProgress(layout.size, problem.onProgress, done);
    for (const place of inOrder(layout)) {
      if (file.has(place)) continue;
      await file.put(place, await tileOf(problem, place, scales, progress));
      progress.end(sizeOfTile(place));
    }
    return { layout, scales, ...await file.readable(problem) };
  } finally {
    file.close();
  }
}

/** The tiles in the order in which they are computed: those on the diagonal have the scales of the others in their row. */
const inOrder = ({ tiles }: Layout): TilePlace[] =>
  tiles.toSorted((a, b) =>
    a.row - b.row || Number(b.row === b.col) - Number(a.row === a.col) || a.col - b.col
  );

/** A tile; one on the diagonal writes the scales of its points. */
async function tileOf(
  { compute, x, kernel, backend, dtype, signal }: KernelProblem,
  place: TilePlace,
  scales: Float64Array,
  progress: PartProgress,
): Promise<Int32Array> {
  signal?.throwIfAborted();
  const block = await blockOf(
    ...[ACTION, compute, { x1: x, x2: null }, kernel, [place.rows, place.cols]] as const,
    { backend, dtype, signal },
    progress.part(sizeOfTile(place)),
  );
  const { row, col, rows } = place;
  if (row === col) scales.set(scalesOf(block.data, rows[0], lengthOf(rows)), rows[0]);
  const tile = await answering(correlations(block.data, place, scales), { signal });
  // That of another function may be used by others.
  if (layerOf(compute as unknown as KernelFn)) block[Symbol.dispose]();
  return tile;
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
