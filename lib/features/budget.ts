/**
 * How many columns each part of a kernel gets.
 *
 * In: Gₖ of a typical row (norm_functions.ts), and how many columns there may be. Out: up to which power features are exact, and the
 * columns of each sketch. Estimates of different pairs of rows are off by about Gₖ/√Dₖ, independently, so that Dₖ ∝ Gₖ leaves the least,
 * ΣGₖ/√ΣDₖ; and a power is exact where that makes this smaller, although fewer columns remain.
 */
import { outOfRange } from "../options.ts";

/** The columns of a feature map. */
export interface Budget {
  /** Powers below are exact; those of 0 have as many columns as functions of the norm */
  readonly exact: number;
  /** Columns of each part: of powers that are sketched, then of the higher even and odd ones */
  readonly columns: readonly number[];
  /** All columns */
  readonly total: number;
}

/** Entries of the symmetric k-fold tensor power of a vector of d entries: C(d + k − 1, k). */
export function monomials(d: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = count * (d + i - 1) / i;
  return Math.round(count);
}

/**
 * The budget of at most `most` columns.
 *
 * @param weights of the powers 0 … degree, then of all higher even and odd ones
 * @param constants columns of the constant part
 * @param width entries of a row
 */
export function budget(
  weights: Float64Array,
  { constants, width, most, name }: { constants: number; width: number; most: number; name: string },
): Budget {
  const degree = weights.length - 3;
  const rest = (exact: number) => weights.reduce((sum, weight, p) => p >= exact ? sum + weight : sum, 0);
  // Of one entry there is nothing but its sign: an even and an odd function of it.
  const exactColumns = (p: number) => p <= degree ? monomials(width, p) : width === 1 ? 1 : Infinity;
  let best = { error: Infinity, exact: 0, used: 0 };
  for (let exact = 1, used = constants; exact <= weights.length; exact++) {
    const left = most - used;
    const parts = weights.filter((weight, p) => p >= exact && weight > 0).length;
    if (left < parts) break;
    const error = parts === 0 ? 0 : rest(exact) / Math.sqrt(left);
    if (error < best.error) best = { error, exact, used };
    if (weights[exact] > 0) used += exactColumns(exact);
  }
  if (best.exact === 0) {
    const least = constants + weights.filter((weight, p) => p >= 1 && weight > 0).length;
    throw outOfRange("map features", "sketchDim", `at least ${least} for the ${name} of this network`, most);
  }
  const columns = distributed(weights.map((weight, p) => p >= best.exact ? weight : 0), most - best.used);
  for (let k = 0; k < best.exact; k++) {
    columns[k] = k === 0 ? constants : weights[k] > 0 ? exactColumns(k) : 0;
  }
  return { exact: best.exact, columns, total: columns.reduce((sum, count) => sum + count, 0) };
}

/** `count` columns in proportion to the weights, at least one for each that is not 0. */
function distributed(weights: Float64Array, count: number): number[] {
  const some = weights.filter((weight) => weight > 0).length;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (some === 0) return [...weights];
  const shares = [...weights].map((weight) => weight > 0 ? 1 + (count - some) * weight / sum : 0);
  const columns = shares.map(Math.floor);
  // Those that lost most by rounding down get what is left.
  const order = [...shares.keys()].sort((p, q) => shares[q] - columns[q] - (shares[p] - columns[p]));
  const left = count - columns.reduce((total, share) => total + share, 0);
  for (const p of order.slice(0, left)) columns[p]++;
  return columns;
}
