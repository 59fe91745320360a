/** The sketches themselves, which are loaded with the first one. Rows come one after the other, in steps. */
import { inRanges, type Steps } from "../steps.ts";
import type { Parts } from "./complex.ts";
import { fouriers, type Transform } from "./fourier.ts";

/** Signs of the entries of a row, and the places of its transform that are kept. */
export interface Hash {
  readonly signs: ArrayLike<number>;
  readonly indices: ArrayLike<number>;
}

/** Entries of rows that are transformed in a step: about a millisecond. */
const STEP_ENTRIES = 2 ** 13;

/** The transform of a length. */
export type Plan = (n: number) => Transform;

/** F(x∘signs) at the indices, for every row x, times a factor. */
export function* transformed(
  x: Parts,
  { signs, indices }: Hash,
  factor = 1,
  plan: Plan = fouriers(),
): Steps<Parts> {
  const [count, width] = x.shape;
  const kept = indices.length;
  const result = {
    shape: [count, kept],
    re: new Float64Array(count * kept),
    im: new Float64Array(count * kept),
  };
  const transform = plan(width);
  const [re, im] = [new Float64Array(width), new Float64Array(width)];
  yield* inRanges(count, Math.ceil(STEP_ENTRIES / width), (start, end) => {
    for (let row = start; row < end; row++) {
      signed(re, x.re, signs, row * width);
      if (x.im) signed(im, x.im, signs, row * width);
      else im.fill(0);
      transform(re, im);
      for (let k = 0, to = row * kept; k < kept; k++, to++) {
        result.re[to] = factor * re[indices[k]];
        result.im[to] = factor * im[indices[k]];
      }
    }
  });
  return result;
}

function signed(row: Float64Array, x: Float64Array, signs: ArrayLike<number>, start: number): void {
  for (let j = 0; j < row.length; j++) row[j] = signs[j] * x[start + j];
}

/** The product of entries over √m, for rows of m of them; where one has a single row, it is that of all. */
export function productOf(x: Parts, y: Parts): Parts {
  const [rows, m] = x.shape[0] >= y.shape[0] ? x.shape : y.shape;
  const re = new Float64Array(rows * m), im = new Float64Array(rows * m);
  const factor = Math.sqrt(1 / m);
  const [a, b] = [imaginary(x), imaginary(y)];
  for (let k = 0; k < re.length; k++) {
    const i = k % x.re.length, j = k % y.re.length;
    re[k] = factor * (x.re[i] * y.re[j] - a[i] * b[j]);
    im[k] = factor * (x.re[i] * b[j] + a[i] * y.re[j]);
  }
  return { shape: [rows, m], re, im };
}

const imaginary = ({ re, im }: Parts) => im ?? new Float64Array(re.length);

/** The sketch of the tensor products of the rows of x and y. */
export function* tensorSketch(
  x: Parts,
  y: Parts,
  [first, second]: readonly [Hash, Hash],
  plan: Plan = fouriers(),
): Steps<Parts> {
  return productOf(yield* transformed(x, first, 1, plan), yield* transformed(y, second, 1, plan));
}

/** The random choices of a tree, by level from the leaves, node and side. */
export type Tree = readonly (readonly (readonly [Hash, Hash])[])[];

/** Rows whose trees are computed at once: intermediate results are some times what remains. */
const BLOCK = 512;

/** The parts of a range of rows, in the same memory. */
export function rowRange({ shape: [, width], re, im }: Parts, start: number, end: number): Parts {
  const part = (a: Float64Array) => a.subarray(start * width, end * width);
  return { shape: [end - start, width], re: part(re), im: im && part(im) };
}

/** What `act` makes of all rows, some hundred at a time, which are as many in every array of its result. */
export function* inBlocks(
  count: number,
  act: (start: number, end: number) => Steps<readonly Parts[]>,
): Steps<Parts[]> {
  let results: Parts[] = [];
  for (let start = 0; start < count; start += BLOCK) {
    const block = yield* act(start, Math.min(start + BLOCK, count));
    if (start === 0) {
      if (count <= BLOCK) return [...block];
      results = block.map(({ shape: [, width] }) => zeroRows(count, width));
    }
    results.forEach(({ shape: [, width], re, im }, i) => {
      re.set(block[i].re, start * width);
      if (block[i].im) im!.set(block[i].im!, start * width);
    });
  }
  return results;
}

const zeroRows = (count: number, width: number): Parts => ({
  shape: [count, width],
  re: new Float64Array(count * width),
  im: new Float64Array(count * width),
});

/** The sketches of all powers of x from `degree` to 1. */
export function* powerSketches(
  x: Parts,
  tree: Tree,
  degree: number,
  plan: Plan = fouriers(),
): Steps<Parts[]> {
  return yield* inBlocks(x.shape[0], function* (start, end) {
    const valueOf = nodesOf(rowRange(x, start, end), tree, plan);
    const powers: Parts[] = [];
    for (let kept = degree; kept >= 1; kept--) powers.push(yield* valueOf(tree.length - 1, 0, kept));
    return powers;
  });
}

/**
 * The values of nodes that have x at `kept` of their leaves. At the others there is e₁ = (1, 0, …, 0), whose transform is 1 everywhere, so
 * that x^⊗kept has the same inner products; a node with nothing else in its left branch is its right one. Which leaves are given up first
 * is as in the Python package. Powers share what they have in common.
 */
function nodesOf(
  x: Parts,
  tree: Tree,
  plan: Plan,
): (level: number, node: number, kept: number) => Steps<Parts> {
  const s = tree[0][0][0].indices.length;
  const ones = { shape: [1, s], re: new Float64Array(s).fill(1), im: null };
  const known = new Map<string, Parts>();
  /** The transform of a branch that has x at `kept` leaves. */
  function* branch(level: number, node: number, side: 0 | 1, kept: number): Steps<Parts> {
    const name = [level, node, side, kept].join();
    const before = known.get(name);
    if (before) return before;
    const child = level === 0 ? x : yield* valueOf(level - 1, 2 * node + side, kept);
    const value = yield* transformed(child, tree[level][node][side], 1, plan);
    known.set(name, value);
    return value;
  }
  function* valueOf(level: number, node: number, kept: number): Steps<Parts> {
    const half = 2 ** level;
    if (kept > half) {
      return productOf(yield* branch(level, node, 0, kept - half), yield* branch(level, node, 1, half));
    }
    return level === 0
      ? productOf(yield* branch(level, node, 0, 1), ones)
      : yield* valueOf(level - 1, 2 * node + 1, kept);
  }
  return valueOf;
}
