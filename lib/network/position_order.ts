/** Covariances over positions in the order of the Python library, (X, X′, Y, Y′, …), and in ours, (X, Y, …, X′, Y′, …). */
import type { Values } from "../array/dtype.ts";

/** (X, Y, X′, Y′) to (X, X′, Y, Y′) in every matrix. */
export function interleaved(values: Values, lengths: readonly number[]): Values {
  const out = values.slice();
  eachEntry(values.length, lengths, (separate, interleaved) => out[interleaved] = values[separate]);
  return out;
}

/** (X, X′, Y, Y′) to (X, Y, X′, Y′) in every matrix. */
export function separated(values: Values, lengths: readonly number[]): Values {
  const out = values.slice();
  eachEntry(values.length, lengths, (separate, interleaved) => out[separate] = values[interleaved]);
  return out;
}

/** Calls `visit` with the place of every entry in both orders. */
function eachEntry(
  count: number,
  lengths: readonly number[],
  visit: (separate: number, interleaved: number) => void,
): void {
  const order = interleavedOrder(lengths);
  for (let start = 0; start < count; start += order.length) {
    for (let k = 0; k < order.length; k++) visit(start + k, start + order[k]);
  }
}

/** Where each entry of a matrix over positions goes when its axes are interleaved. */
function interleavedOrder(lengths: readonly number[]): Int32Array {
  const positions = lengths.reduce((product, length) => product * length, 1);
  const order = new Int32Array(positions ** 2);
  for (let p = 0; p < positions; p++) {
    for (let q = 0; q < positions; q++) order[p * positions + q] = interleavedIndex(p, q, lengths);
  }
  return order;
}

function interleavedIndex(p: number, q: number, lengths: readonly number[]): number {
  let index = 0;
  let stride = 1;
  for (const length of lengths.toReversed()) {
    index += stride * (q % length + length * (p % length));
    stride *= length * length;
    p = Math.floor(p / length);
    q = Math.floor(q / length);
  }
  return index;
}
