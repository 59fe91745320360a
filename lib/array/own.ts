import { show } from "./dtype.ts";
import { NdArray } from "./nd_array.ts";
import { type ArrayInput, toArray } from "./parse.ts";

/**
 * The array that an argument called `name` stands for, in memory of its own: a computation that goes on after the call reads
 * the values that were given, whatever becomes of the argument.
 *
 * @throws {TypeError} if its memory is gone, and as `toArray` does.
 *
 * @example What is written later is not seen
 * ```ts
 * import assert from "node:assert/strict";
 * import { ownArray } from "./own.ts";
 *
 * const data = Float64Array.of(1, 2);
 * const own = ownArray({ data, shape: [2] }, "x");
 * data.fill(0);
 * assert.equal(own.at(1), 2);
 * ```
 */
export function ownArray(input: ArrayInput, name: string): NdArray {
  if (isGone(input)) {
    throw new TypeError(
      `Cannot read ${name} as its memory must be there: current value is ${
        show(input)
      } that was disposed of ` +
        "or transferred, give away a copy instead",
    );
  }
  const a = toArray(input, name);
  const isShared = a.data === input || a.data === (input as NdArray).data;
  return isShared ? new NdArray(a.data.slice(), a.shape) : a;
}

/** True for an array whose memory was given up, or went to another thread. */
export function isGone(input: unknown): boolean {
  if (input instanceof NdArray && input.data.length === 0) return true;
  const data = ArrayBuffer.isView(input) ? input : (input as { data?: unknown }).data;
  return ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer && data.buffer.detached;
}
