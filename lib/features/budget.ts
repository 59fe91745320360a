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
  /** All columns; one of zeros for a kernel that is 0 */
  readonly total: number;
}

/** Entries of the symmetric k-fold tensor power of a vector of d entries: C(d + k − 1, k). */
function monomials(d: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = count * (d + i - 1) / i;
  return Math.round(count);
}

/** Entries of an exact power up to which every function of the norm has its own columns; of more, all share them. */
const FEW = 16;

/** What a budget is for. */
export interface Demand {
  /** Gₚ of the powers 0 … degree, then of all higher even and odd ones */
  readonly weights: Float64Array;
  /** How many functions of the norm each part has */
  readonly functions: readonly number[];
  /** Entries of a row */
  readonly width: number;
  /** Columns there may be */
  readonly most: number;
  /** What messages call the kernel */
  readonly name: string;
}

/** Columns of a part that is exact. */
function exactColumns({ weights, functions, width }: Demand, p: number): number {
  if (!(weights[p] > 0)) return p === 0 ? functions[0] : 0;
  // Of one entry there is nothing but its sign: an even and an odd function of it.
  const entries = p <= weights.length - 3 ? monomials(width, p) : width === 1 ? 1 : Infinity;
  return entries <= FEW ? functions[p] * entries : entries;
}

/** The columns of each part. */
export function budget(demand: Demand): Budget {
  const { weights, most, name } = demand;
  const sketched = (p: number, exact: number) => p >= exact && weights[p] > 0;
  let best = { error: Infinity, exact: 0, used: 0 };
  for (let exact = 1, used = exactColumns(demand, 0); exact <= weights.length; exact++) {
    const left = most - used;
    const parts = weights.filter((_, p) => sketched(p, exact));
    if (left < parts.length) break;
    const error = parts.length === 0 ? 0 : parts.reduce((sum, weight) => sum + weight) / Math.sqrt(left);
    if (error < best.error) best = { error, exact, used };
    if (exact < weights.length) used += exactColumns(demand, exact);
  }
  if (best.exact === 0) {
    const least = exactColumns(demand, 0) + weights.filter((_, p) => sketched(p, 1)).length;
    throw outOfRange("map features", "sketchDim", `at least ${least} for the ${name} of this network`, most);
  }
  const shares = distributed(weights.map((weight, p) => p >= best.exact ? weight : 0), most - best.used);
  const columns = shares.map((share, p) => p < best.exact ? exactColumns(demand, p) : share);
  return { exact: best.exact, columns, total: Math.max(1, columns.reduce((sum, count) => sum + count, 0)) };
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
