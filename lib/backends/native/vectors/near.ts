/**
 * Near pairs, whose covariances have lost the digits that tell the inputs apart: tiles.c notes rows of tiles that have some, and
 * near.c computes those again in double precision by a program that reads gaps. run.ts calls it before and after all tiles.
 */
import { NEAR_MARGIN, padded, TILE } from "../budget.ts";
import { secondRow } from "../../../pairs.ts";
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import type { Gram, VectorJob } from "../../../program/job.ts";
import { NEAR, readsGaps } from "../../near.ts";
import { featureAddresses, packFeatures } from "./features.ts";
import { layoutOf } from "../code/layout.ts";
import { nearJob } from "./structs.ts";
import type { Library } from "./library.ts";
import { address, alignedArray, holding } from "../../../ffi/memory.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { inSlices, stoppedBy } from "../time_slices.ts";

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
  const features = packFeatures(code, near.features, layoutOf(near.program), {
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
