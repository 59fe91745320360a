/** Covariances over positions in the order of the Python library, (X, X′, Y, Y′, …), and in ours, (X, Y, …, X′, Y′, …). */
import { allocate, countOf, type Values } from "../array/dtype.ts";
import { forEach, type Steps } from "../steps.ts";

/** Entries that are moved in a step. */
const STEP_ENTRIES = 2 ** 18;

/** (X, Y, X′, Y′) to (X, X′, Y, Y′) in every matrix. */
export function* interleaved(values: Values, lengths: readonly number[]): Steps<Values> {
  const out = emptyLike(values);
  yield* eachEntry(values.length, lengths, (separate, interleaved) => out[interleaved] = values[separate]);
  return out;
}

/** (X, X′, Y, Y′) to (X, Y, X′, Y′) in every matrix. */
export function* separated(values: Values, lengths: readonly number[]): Steps<Values> {
  const out = emptyLike(values);
  yield* eachEntry(values.length, lengths, (separate, interleaved) => out[separate] = values[interleaved]);
  return out;
}

/** Not a copy, which would touch all of its memory at once. */
const emptyLike = (values: Values): Values =>
  allocate(values.length, values instanceof Float32Array ? "float32" : "float64");

/** Calls `visit` with the place of every entry in both orders. */
function* eachEntry(
  count: number,
  lengths: readonly number[],
  visit: (separate: number, interleaved: number) => void,
): Steps<void> {
  const order = yield* interleavedOrder(lengths);
  let work = 0;
  for (let start = 0; start < count; start += order.length) {
    for (let from = 0; from < order.length; from += STEP_ENTRIES) {
      const to = Math.min(from + STEP_ENTRIES, order.length);
      visitSome(order, from, to, start, visit);
      if ((work += to - from) < STEP_ENTRIES) continue;
      work = 0;
      yield;
    }
  }
}

/** Apart from the steps: engines make loops in plain functions faster. */
function visitSome(
  order: Int32Array,
  from: number,
  to: number,
  start: number,
  visit: (separate: number, interleaved: number) => void,
): void {
  for (let k = from; k < to; k++) visit(start + k, start + order[k]);
}

/** Where each entry of a matrix over positions goes when its axes are interleaved. */
function* interleavedOrder(lengths: readonly number[]): Steps<Int32Array> {
  const positions = countOf(lengths);
  const order = new Int32Array(positions ** 2);
  yield* forEach(order.keys(), (k) => {
    order[k] = interleavedIndex(Math.floor(k / positions), k % positions, lengths);
  }, STEP_ENTRIES / 8);
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
