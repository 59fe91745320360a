/** Near pairs on native: noted tile by tile, then computed again in double precision by the program that reads gaps. */
import { secondRow } from "../../../pairs.ts";
import { allocate, type Values } from "../../../array/dtype.ts";
import type { Gram, Job } from "../../../program/job.ts";
import { NEAR, readsGaps } from "../../near.ts";
import { featureAddresses, packFeatures } from "./features.ts";
import { type NearFlags, STOP, type Struct } from "./job.ts";
import { layoutOf, padded, TILE } from "./layout.ts";
import type { Library } from "../driver/library.ts";
import { address, alignedArray, holding } from "../../../ffi/memory.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { inQuanta, stoppedBy } from "../driver/time_slices.ts";

/** So much wider is the test by rounded products than the one that decides, by those in double precision. */
const MARGIN = 1.125;

/** Flags that are not set, and the roots of the variances. */
export function nearFlags(job: Job, variances: Float64Array): NearFlags {
  const { n1, n2, dtype } = job;
  const limits = allocate(n1, dtype);
  const roots = alignedArray(padded(n2), dtype);
  const second = secondRow(job, 0);
  for (let i = 0; i < n1; i++) limits[i] = (1 - MARGIN * NEAR[dtype]) * Math.sqrt(variances[i]);
  for (let j = 0; j < n2; j++) roots[j] = Math.sqrt(variances[second + j]);
  return { limits, roots, flags: new Uint8Array(n1 * padded(n2) / TILE) };
}

/** Computes the near pairs in rows of tiles that are flagged, unless the program has no use for gaps. */
export async function computeNearRows(
  job: Job,
  flags: NearFlags["flags"],
  outputs: readonly Values[],
  library: Library,
  pool: Pool,
): Promise<void> {
  const near = await job.near!.program();
  if (!readsGaps(near.program)) return;
  const [code, map] = await Promise.all([
    library.nearRows(job.dtype, job.signal),
    library.map(near.program, "float64", job.signal),
  ]);
  const { guard } = library;
  const { n1, n2 } = job;
  const layout = layoutOf(near.program);
  const second = secondRow(job, 0);
  const features = packFeatures(code, near.features, layout, { n1, n2, second, dtype: "float64" });
  const members = {
    ...job,
    guard: guard.pointer,
    ...map,
    features,
    flags,
    outputs,
    variances: job.near!.variances,
  };
  const struct = structOf(members);
  const run = () =>
    pool.onEach((_thread, failed) =>
      inQuanta(pool, {
        signal: job.signal,
        ends: failed,
        compute: (thread, most) => guard.run(() => code.run(thread, struct, most)),
        report() {},
      })
    );
  await stoppedBy(job.signal, () => struct[STOP] = 1n, () => holding({ members, struct }, run));
}

/** The members of `struct near_job` (near.c). */
interface NearMembers extends Pick<Job, "source" | "n1" | "n2" | "symmetric"> {
  readonly guard: Deno.PointerValue;
  readonly map: Deno.PointerValue;
  readonly parameters: Values;
  readonly features: ReturnType<typeof packFeatures>;
  readonly variances: Float64Array;
  readonly flags: NearFlags["flags"];
  readonly outputs: readonly Values[];
}

function structOf(job: NearMembers): Struct {
  const { guard, map, parameters, variances, features, flags, n1, n2, symmetric, outputs } = job;
  const { x1, x2, depth } = job.source as Gram;
  const bytes = outputs[0].BYTES_PER_ELEMENT;
  const pointers = [
    address(x1, bytes * n1 * depth),
    address(x2, bytes * n2 * depth),
    address(variances, 8 * n1),
    address(variances.subarray(secondRow(job, 0)), 8 * n2),
    ...featureAddresses(features, n1, n2),
    address(parameters, parameters.byteLength),
    address(flags, n1 * padded(n2) / TILE),
  ];
  const numbers = [features.count, n1, n2, depth, Number(symmetric), outputs.length];
  const next = 0;
  return BigInt64Array.from([
    0n,
    ...[guard, map].map(Deno.UnsafePointer.value),
    ...pointers,
    ...[...numbers, next].map(BigInt),
    ...outputs.map((output) => address(output, bytes * n1 * n2)),
  ]);
}
