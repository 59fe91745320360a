/**
 * Kernel matrices of vectors: all tiles of pairs on all threads.
 *
 * In: a job and the library of compiled code. Out: a matrix for every output of its program. `struct job` (structs.ts) tells C where
 * everything is; tiles.c fills the matrices tile by tile, and notes near pairs, which near.ts computes again.
 */
import { bytesOf, type Values } from "../../../array/dtype.ts";
import { address, holding } from "../../../ffi/memory.ts";
import type { Guard } from "../../../ffi/guard.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { secondRow } from "../../../pairs.ts";
import type { VectorJob } from "../../../program/job.ts";
import { padded, TILE } from "../budget.ts";
import type { CompiledMap, Library, Tiles } from "./library.ts";
import { inSlices, stoppedBy } from "../time_slices.ts";
import { featureAddresses, packFeatures } from "./features.ts";
import { layoutOf } from "../code/layout.ts";
import { computeNearRows, type NearFlags, nearFlags } from "./near.ts";
import * as c from "./structs.ts";

/** The matrices of a job, in the order of its program's outputs. */
export async function runVectors(
  job: VectorJob,
  library: Library,
  pool: Pool,
): Promise<Record<string, Values>> {
  const { program, dtype, n1, n2, signal } = job;
  const names = Object.keys(program.map);
  const [tiles, map] = await Promise.all([library.tiles(dtype, signal), library.map(program, dtype, signal)]);
  const outputs = await library.results.provide(names.length, n1 * n2, dtype, signal);
  const { memories, memory: { advise } } = library;
  // Huge pages, as every page is touched for the first time here.
  for (const output of outputs) advise(output, BigInt(output.byteLength));
  const panels = memories.take(bytesOf[dtype] * panelNumbers(job), advise);
  const near = job.near ? nearFlags(job, job.near.variances) : null;
  const { struct, owners } = written(job, { tiles, map, guard: library.guard, panels, near, outputs });
  const run = () =>
    holding(owners, () => runTiles(job, struct.memory, { tiles, guard: library.guard }, pool));
  try {
    await stoppedBy(signal, () => struct.set("stop", 1), run);
  } finally {
    memories.give(panels);
  }
  if (struct.get("near_rows") > 0) await computeNearRows(job, near!.flags, outputs, library, pool);
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
}

/** How many numbers the panels of x2 and, unless they are the same, those of x1 have. */
function panelNumbers({ source, n1, n2, symmetric }: VectorJob): number {
  if (source.kind !== "gram") return 0;
  return (padded(n2) + (symmetric ? 0 : padded(n1))) * source.depth;
}

/** What C works with, besides the job. */
interface Parts {
  readonly tiles: Tiles;
  readonly map: CompiledMap;
  readonly guard: Guard;
  readonly panels: Values;
  readonly near: NearFlags | null;
  readonly outputs: readonly Values[];
}

/** The job in memory, and all that it points to, which has to stay alive. */
function written(job: VectorJob, { tiles, map, guard, panels, near, outputs }: Parts) {
  const { program, source, n1, n2, symmetric, dtype } = job;
  const given = source.kind === "given" ? source : null;
  const gram = source.kind === "gram" ? source : null;
  const depth = gram ? gram.depth : 0;
  const bytes = bytesOf[dtype];
  const pairs = bytes * n1 * n2;
  // Behind the panels of x2 are those of x1.
  const panels1 = symmetric ? panels : panels.subarray(bytes * padded(n2) * depth / panels.BYTES_PER_ELEMENT);
  const second = secondRow(job, 0);
  const features = packFeatures(tiles, job.features, layoutOf(program), { n1, n2, second, dtype });
  const struct = c.job.write({
    guard: Deno.UnsafePointer.value(guard.pointer),
    map: Deno.UnsafePointer.value(map.map),
    x1: address(gram && gram.x1, bytes * n1 * depth),
    x2: address(gram && gram.x2, bytes * n2 * depth),
    panels1: address(panels1, bytes * padded(n1) * depth),
    panels2: address(panels, bytes * padded(n2) * depth),
    cov: address(given && given.cov, pairs),
    ntk: address(given && given.ntk, pairs),
    ...featureAddresses(features, n1, n2),
    parameters: address(map.parameters, map.parameters.byteLength),
    limits: address(near && near.limits, bytes * n1),
    roots: address(near && near.roots, bytes * padded(n2)),
    near: address(near && near.flags, n1 * padded(n2) / TILE),
    ...{ n1, n2, depth, symmetric },
    features: features.count,
    outputs: outputs.length,
    out: outputs.map((output) => address(output, pairs)),
  });
  return { struct, owners: { job, map, panels, near, outputs, features, struct } };
}

/** Computes all tiles. */
async function runTiles(
  { n1, n2, symmetric, onProgress, signal }: VectorJob,
  struct: BigInt64Array<ArrayBuffer>,
  { tiles, guard }: { readonly tiles: Tiles; readonly guard: Guard },
  pool: Pool,
): Promise<void> {
  // Those on and above the diagonal, where x2 is x1.
  const [down, across] = [n1, n2].map((n) => padded(n) / TILE);
  const total = symmetric ? across * (across + 1) / 2 : down * across;
  let done = 0;
  await pool.onEach((_thread, failed) =>
    inSlices(pool, {
      signal,
      ends: () => done >= total || failed(),
      compute: (thread, most) => guard.run(() => tiles.run(thread, struct, most)),
      report: (count) => {
        done += count;
        onProgress?.({ done: Math.round(done / total * n1 * n2), total: n1 * n2 });
      },
    })
  );
}
