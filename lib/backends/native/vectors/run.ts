/**
 * Kernel matrices of vectors: all tiles of pairs on all threads.
 *
 * In: a job and the library of compiled code. Out: a matrix for every output of its program. `struct job` (structs.ts) tells C where
 * everything is; tiles.c fills the matrices tile by tile, and notes which rows of tiles have *near pairs*, whose covariances have lost
 * the digits that tell the inputs apart. near.c computes those again, in double precision and by a program that reads gaps.
 */
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import type { Guard } from "../../../ffi/guard.ts";
import { address, alignedArray, holding } from "../../../ffi/memory.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { secondRow } from "../../../pairs.ts";
import type { Gram, VectorJob } from "../../../program/job.ts";
import { NEAR, readsGaps } from "../../near.ts";
import { NEAR_MARGIN, padded, TILE } from "../budget.ts";
import { featureOrder } from "../../feature_order.ts";
import { inSlices, stoppedBy } from "../time_slices.ts";
import { featureAddresses, packFeatures } from "./features.ts";
import type { CompiledMap, Library, Tiles } from "./library.ts";
import { nearJob } from "./structs.ts";
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
  const features = packFeatures(tiles, job.features, featureOrder(program), { n1, n2, second, dtype });
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

/** What tiles.c needs to find near pairs, and what it notes. */
export interface NearFlags {
  /** √var, less a little more than the share that makes a pair near, of every row of x1 */
  readonly limits: Values;
  /** √var of every row of x2, zeros behind the last */
  readonly roots: Values;
  /** For every row of x1 and strip of TILE rows of x2: 1 if they have a near pair */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/** Flags that are not set, and the roots of the variances. */
export function nearFlags(job: VectorJob, variances: Float64Array): NearFlags {
  const { n1, n2, dtype } = job;
  const limits = allocate(n1, dtype);
  const roots = alignedArray(padded(n2), dtype);
  const second = secondRow(job, 0);
  for (let i = 0; i < n1; i++) limits[i] = (1 - NEAR_MARGIN * NEAR[dtype]) * Math.sqrt(variances[i]);
  for (let j = 0; j < n2; j++) roots[j] = Math.sqrt(variances[second + j]);
  return { limits, roots, flags: new Uint8Array(n1 * padded(n2) / TILE) };
}

/** Computes the near pairs in rows of tiles that are flagged, unless the program has no use for gaps. */
export async function computeNearRows(
  job: VectorJob,
  flags: NearFlags["flags"],
  outputs: readonly Values[],
  library: Library,
  pool: Pool,
): Promise<void> {
  // The program is compiled when there is a near pair at all.
  const near = await job.near!.program();
  if (!readsGaps(near.program)) return;
  const [code, map] = await Promise.all([
    library.nearRows(job.dtype, job.signal),
    library.map(near.program, "float64", job.signal),
  ]);
  const { guard } = library;
  const { n1, n2, symmetric } = job;
  const { x1, x2, depth } = job.source as Gram;
  const { variances } = job.near!;
  const second = secondRow(job, 0);
  const features = packFeatures(code, near.features, featureOrder(near.program), {
    ...{ n1, n2, second },
    dtype: "float64",
  });
  const bytes = bytesOf[job.dtype];
  const struct = nearJob.write({
    guard: Deno.UnsafePointer.value(guard.pointer),
    map: Deno.UnsafePointer.value(map.map),
    x1: address(x1, bytes * n1 * depth),
    x2: address(x2, bytes * n2 * depth),
    variances1: address(variances, 8 * n1),
    variances2: address(variances.subarray(second), 8 * n2),
    ...featureAddresses(features, n1, n2),
    parameters: address(map.parameters, map.parameters.byteLength),
    near: address(flags, n1 * padded(n2) / TILE),
    ...{ n1, n2, depth, symmetric },
    features: features.count,
    outputs: outputs.length,
    out: outputs.map((output) => address(output, bytes * n1 * n2)),
  });
  const owners = { job, map, features, flags, outputs, struct };
  // As all tiles are run; what is done is not told, since it was told then.
  const run = () =>
    pool.onEach((_thread, failed) =>
      inSlices(pool, {
        signal: job.signal,
        ends: failed,
        compute: (thread, most) => guard.run(() => code.run(thread, struct.memory, most)),
        report() {},
      })
    );
  await stoppedBy(job.signal, () => struct.set("stop", 1), () => holding(owners, run));
}
