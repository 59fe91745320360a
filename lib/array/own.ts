/** Copies of arguments, for what is used after the caller has gone on. */
import { numbersIn } from "./dtype.ts";
import { NdArray } from "./nd_array.ts";
import { type ArrayInput, toArray } from "./parse.ts";
import { owning, takeSpare } from "./spare.ts";

/**
 * A copy of the array that an argument called `name` stands for, in the same precision: for what is used after the caller has
 * gone on, and may have changed it.
 *
 * @throws {TypeError} as `toArray`.
 *
 * @example An array that changes later
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 * import { ownArray } from "./own.ts";
 *
 * const a = array([1, 2]);
 * const own = ownArray(a, "a");
 * a.data[0] = 5;
 * assert.deepEqual(own.toNested(), [1, 2]);
 * ```
 */
export function ownArray(input: ArrayInput, name: string): NdArray {
  const a = toArray(input, name);
  return isShared(a.data, input) ? owning(new NdArray(copied(a), a.shape)) : a;
}

/** A copy in memory that was used before, where there is some: new memory takes longer to come than to fill. */
function copied({ data, dtype }: NdArray): NdArray["data"] {
  const memory = takeSpare(data.byteLength);
  if (!memory) return data.slice();
  const copy = numbersIn(memory, dtype);
  copy.set(data);
  return copy;
}

/** Whether the entries are the caller's, and not converted ones. */
function isShared(data: NdArray["data"], input: ArrayInput): boolean {
  return typeof input === "object" && (input === data || "data" in input && input.data === data);
}

/** How many entries the arrays among some values have. */
export const totalSize = (values: readonly unknown[]): number =>
  values.reduce((sum: number, value) => sum + (value instanceof NdArray ? value.size : 0), 0);
