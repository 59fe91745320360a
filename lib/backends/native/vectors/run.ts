/**
 * Kernel matrices of vectors: all tiles of pairs on all threads.
 *
 * In: a job and the library of compiled code. Out: a matrix for every output of its program. `struct job` (structs.ts) tells C
 * where everything is; tiles.c fills the matrices tile by tile, and notes which rows of tiles have *near pairs*, whose
 * covariances have lost the digits that tell the inputs apart. near.c computes those again, in double precision and by a program
 * that reads gaps.
 */
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import { address, alignedArray, holding, whole } from "../../../ffi/memory.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { secondRow } from "../../../pairs.ts";
import type { VectorJob } from "../../../program/job.ts";
import { NEAR, readsGaps } from "../../near.ts";
import { NEAR_MARGIN, padded, TILE } from "../budget.ts";
import type { Written } from "../struct.ts";
import { inSlices, type Sliced, stoppedBy } from "../time_slices.ts";
import { type Features, packFeatures } from "./features.ts";
import type { CompiledMap, Library, Tiles } from "./library.ts";
import * as c from "./structs.ts";

/** The matrices of a job, in the order of its program's outputs. */
export async function runVectors(
  job: VectorJob,
  library: Library,
  pool: Pool,
): Promise<Record<string, Values>> {
  const { program, source, n1, n2, symmetric, dtype, signal, onProgress } = job;
  const names = Object.keys(program.map);
  const [tiles, map] = await Promise.all([library.tiles(dtype, signal), library.map(program, dtype, signal)]);
  const outputs = await library.results.provide(names.length, n1 * n2, dtype, signal);
  const { memories, memory: { advise } } = library;
  // Huge pages, as every page is touched for the first time here.
  for (const output of outputs) advise(output, BigInt(output.byteLength));
  const depth = depthOf(job);
  const bytes = bytesOf[dtype];
  const bytes2 = bytes * padded(n2) * depth;
  const panels = memories.take(bytes2 + (symmetric ? 0 : bytes * padded(n1) * depth), advise);
  // Behind the panels of x2 are those of x1.
  const panels1 = symmetric ? panels : panels.subarray(bytes2 / panels.BYTES_PER_ELEMENT);
  const near = job.near ? nearFlags(job, job.near.variances) : null;
  const given = source.kind === "given" ? source : null;
  const features = packFeatures(tiles, job, dtype);
  const struct = c.job.write({
    ...sharedMembers({ job, map, features, flags: near?.flags ?? null, outputs }, library),
    panels1: address(panels1, bytes * padded(n1) * depth),
    panels2: address(panels, bytes2),
    cov: address(given && given.cov, bytes * n1 * n2),
    ntk: address(given && given.ntk, bytes * n1 * n2),
    limits: address(near && near.limits, bytes * n1),
    roots: address(near && near.roots, bytes * padded(n2)),
  });
  // Those on and above the diagonal, where x2 is x1.
  const [down, across] = [n1, n2].map((n) => padded(n) / TILE);
  const total = symmetric ? across * (across + 1) / 2 : down * across;
  let done = 0;
  try {
    await onAllThreads({ job, struct, code: tiles, owners: { map, panels, near, outputs, features } }, {
      library,
      pool,
      ends: () => done >= total,
      report(count) {
        done += count;
        onProgress?.({ done: Math.round(done / total * n1 * n2), total: n1 * n2 });
      },
    });
  } finally {
    memories.give(panels);
  }
  if (struct.get("near_rows") > 0) await computeNearRows(job, near!.flags, outputs, library, pool);
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
}

/** Coordinates of an input, 0 where covariances are given. */
const depthOf = ({ source }: VectorJob): number => source.kind === "gram" ? source.depth : 0;

/** What C works with, besides the job. */
interface Parts {
  readonly job: VectorJob;
  readonly map: CompiledMap;
  readonly features: Features;
  readonly flags: NearFlags["flags"] | null;
  readonly outputs: readonly Values[];
}

/** The members that `struct job` and `struct near_job` have in common. */
function sharedMembers(
  { job, map: { map, parameters }, features, flags, outputs }: Parts,
  { guard }: Library,
) {
  const { source, n1, n2, symmetric, dtype } = job;
  const gram = source.kind === "gram" ? source : null;
  const depth = depthOf(job);
  const bytes = bytesOf[dtype];
  const rowBytes = features.rows.BYTES_PER_ELEMENT * features.count;
  return {
    guard: Deno.UnsafePointer.value(guard.pointer),
    map: Deno.UnsafePointer.value(map),
    x1: address(gram && gram.x1, bytes * n1 * depth),
    x2: address(gram && gram.x2, bytes * n2 * depth),
    rows: address(features.rows, rowBytes * n1),
    strips: address(features.strips, rowBytes * padded(n2)),
    tables: whole(features.tables),
    parameters: whole(parameters),
    near: address(flags, n1 * padded(n2) / TILE),
    ...{ n1, n2, depth, symmetric },
    features: features.count,
    outputs: outputs.length,
    out: outputs.map((output) => address(output, bytes * n1 * n2)),
  };
}

/** A job in memory, the code that runs it, and all that it points to, which has to stay alive. */
interface Task {
  readonly job: VectorJob;
  readonly struct: Written<"stop">;
  readonly code: Pick<Tiles, "run">;
  readonly owners: unknown;
}

/** Where it runs, and when it ends; `report` is told of tiles that are done. */
interface Threads extends Pick<Sliced, "ends" | "report"> {
  readonly library: Library;
  readonly pool: Pool;
}

/**
 * Computes all tiles of a job on all threads, a slice of time at a time. Threads take tiles from a counter in the struct: none
 * waits for another, and one that the system has interrupted takes fewer. An abort sets `stop`, which C reads before every tile.
 */
async function onAllThreads(
  { job, struct, code, owners }: Task,
  { library: { guard }, pool, ends, report }: Threads,
): Promise<void> {
  const { signal } = job;
  const run = () =>
    pool.onEach((_thread, failed) =>
      inSlices(pool, {
        signal,
        ends: () => ends() || failed(),
        compute: (thread, most) => guard.run(() => code.run(thread, struct.memory, most)),
        report,
      })
    );
  await stoppedBy(signal, () => struct.set("stop", 1), () => holding({ job, struct, owners }, run));
}

/** What tiles.c needs to find near pairs, and what it notes. */
interface NearFlags {
  /** √var, less a little more than the share that makes a pair near, of every row of x1 */
  readonly limits: Values;
  /** √var of every row of x2, zeros behind the last */
  readonly roots: Values;
  /** For every row of x1 and strip of TILE rows of x2: 1 if they have a near pair */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/** Flags that are not set, and the roots of the variances. */
function nearFlags(job: VectorJob, variances: Float64Array): NearFlags {
  const { n1, n2, dtype } = job;
  const limits = allocate(n1, dtype);
  const roots = alignedArray(padded(n2), dtype);
  const second = secondRow(job, 0);
  for (let i = 0; i < n1; i++) limits[i] = (1 - NEAR_MARGIN * NEAR[dtype]) * Math.sqrt(variances[i]);
  for (let j = 0; j < n2; j++) roots[j] = Math.sqrt(variances[second + j]);
  return { limits, roots, flags: new Uint8Array(n1 * padded(n2) / TILE) };
}

/**
 * Computes the near pairs in rows of tiles that are flagged, unless the program has no use for gaps. It is a job of its own, with
 * a program, features and variances in double precision; inputs and results stay in that of the job, and so does `near.c`
 * (INPUT).
 */
async function computeNearRows(
  job: VectorJob,
  flags: NearFlags["flags"],
  outputs: readonly Values[],
  library: Library,
  pool: Pool,
): Promise<void> {
  const { variances, program } = job.near!;
  // The program is compiled when there is a near pair at all.
  const near = await program();
  if (!readsGaps(near.program)) return;
  const [code, map] = await Promise.all([
    library.nearRows(job.dtype, job.signal),
    library.map(near.program, "float64", job.signal),
  ]);
  const features = packFeatures(code, { ...job, ...near }, "float64");
  const struct = c.nearJob.write({
    ...sharedMembers({ job, map, features, flags, outputs }, library),
    variances1: address(variances, 8 * job.n1),
    variances2: address(variances.subarray(secondRow(job, 0)), 8 * job.n2),
  });
  // What is done is not told, since it was told with all tiles.
  const quietly = { library, pool, ends: () => false, report() {} };
  await onAllThreads({ job, struct, code, owners: { map, features, flags, outputs } }, quietly);
}
