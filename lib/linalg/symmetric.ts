/** Checks that a matrix is what the symmetric factorizations need, before any time is spent on it. */
import { assertFinite, type NdArray } from "../array/mod.ts";
import type { Values } from "../array/dtype.ts";
import type { Steps } from "../steps.ts";

/** The number of rows of `a` after checking that it is a finite symmetric matrix, up to √eps of its precision. */
export function* requireSymmetric(a: NdArray, name: string): Steps<number> {
  const [n, columns] = a.shape;
  if (a.shape.length !== 2 || n !== columns) {
    throw new TypeError(
      `Cannot factor ${name} as its shape must be [n, n]: current value is [${a.shape.join(", ")}]`,
    );
  }
  assertFinite(a, name);
  const { data } = a;
  const tolerance = largest(data) * (a.dtype === "float32" ? 2 ** -12 : 2 ** -26);
  for (let start = 0; start < n; start += BLOCK) {
    yield;
    if (isSymmetricBlock(data, n, start, tolerance)) continue;
    const [i, j] = firstAsymmetry(data, n, start, tolerance);
    throw new RangeError(
      `Cannot factor ${name} as ${name}[${i}][${j}] must equal ${name}[${j}][${i}] = ${data[j * n + i]}: ` +
        `current value is ${data[i * n + j]}; average the matrix with its transpose if both are right`,
    );
  }
  return n;
}

/** Square blocks of this side keep both halves in the level-1 cache, where rows on end would take ten times as long. */
const BLOCK = 32;

/** Whether the entries left of the diagonal in the rows from `start` on, as many as a block has, are those above it. */
function isSymmetricBlock(data: Values, n: number, start: number, tolerance: number): boolean {
  const end = Math.min(start + BLOCK, n);
  let isSymmetric = true;
  for (let from = 0; from < end; from += BLOCK) {
    for (let i = start; i < end; i++) {
      const to = Math.min(from + BLOCK, i);
      for (let j = from; j < to; j++) {
        if (!(Math.abs(data[i * n + j] - data[j * n + i]) <= tolerance)) isSymmetric = false;
      }
    }
  }
  return isSymmetric;
}

/** The first entry left of the diagonal, from a row on, that is not the one above it. */
function firstAsymmetry(data: Values, n: number, start: number, tolerance: number): [number, number] {
  for (let i = start;; i++) {
    for (let j = 0; j < i; j++) {
      if (!(Math.abs(data[i * n + j] - data[j * n + i]) <= tolerance)) return [i, j];
    }
  }
}

/** Largest absolute value of all entries. */
export function largest(data: Float64Array | Float32Array): number {
  let max = 0;
  for (let i = 0; i < data.length; i++) max = Math.max(max, Math.abs(data[i]));
  return max;
}

/** The mean of the diagonal of a square matrix. */
export function meanDiagonal(a: NdArray): number {
  const n = a.shape[0];
  let trace = 0;
  for (let i = 0; i < n; i++) trace += a.data[i * n + i];
  return trace / n;
}
