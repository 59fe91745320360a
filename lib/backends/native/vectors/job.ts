/** A job in the memory layout of `struct job` (tiles.c). */
import type { Values } from "../../../array/dtype.ts";
import { featureAddresses, type Features } from "./features.ts";
import { padded, TILE } from "./layout.ts";
import { address } from "../../../ffi/memory.ts";

/** What tiles.c needs to find near pairs, and what it notes. */
export interface NearFlags {
  /** √var, less a little more than the share that makes a pair near, of every row of x1 */
  readonly limits: Values;
  /** √var of every row of x2, zeros behind the last */
  readonly roots: Values;
  /** For every row of x1 and strip of TILE rows of x2: 1 if they have a near pair */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/** The members of `struct job`. */
export interface JobMembers {
  readonly guard: Deno.PointerValue;
  readonly map: Deno.PointerValue;
  readonly x1: Values | null;
  readonly x2: Values | null;
  readonly panels1: Values;
  readonly panels2: Values;
  readonly cov: Values | null;
  readonly ntk: Values | null;
  readonly features: Features;
  readonly parameters: Values;
  readonly near: NearFlags | null;
  readonly n1: number;
  readonly n2: number;
  readonly depth: number;
  readonly symmetric: boolean;
  readonly outputs: readonly Values[];
}

/** Where `stop` is in the struct. */
export const STOP = 0;

/** Where `near_rows` is. */
export const NEAR_ROWS = 25;

/** A `struct job` in memory. */
export type Struct = BigInt64Array<ArrayBuffer>;

/** The struct; the arrays have to stay alive as long as C uses it (`holding`). */
export function structOf(job: JobMembers): Struct {
  const { features, parameters, near, outputs, n1, n2, depth } = job;
  const bytes = outputs[0].BYTES_PER_ELEMENT;
  const pairs = bytes * n1 * n2;
  const pointers = [
    address(job.x1, bytes * n1 * depth),
    address(job.x2, bytes * n2 * depth),
    address(job.panels1, bytes * padded(n1) * depth),
    address(job.panels2, bytes * padded(n2) * depth),
    address(job.cov, pairs),
    address(job.ntk, pairs),
    ...featureAddresses(features, n1, n2),
    address(parameters, parameters.byteLength),
    address(near && near.limits, bytes * n1),
    address(near && near.roots, bytes * padded(n2)),
    address(near && near.flags, n1 * padded(n2) / TILE),
  ];
  const numbers = [features.count, job.n1, job.n2, job.depth, Number(job.symmetric), outputs.length];
  const counters = [0, 0, 0, 0];
  return BigInt64Array.from([
    0n,
    ...[job.guard, job.map].map(Deno.UnsafePointer.value),
    ...pointers,
    ...[...numbers, ...counters].map(BigInt),
    ...outputs.map((output) => address(output, pairs)),
  ]);
}
