/**
 * Which powers of a kernel are exact, and how many columns there are for all others.
 *
 * In: Gₖ of typical rows (norm_functions.ts), and how many columns there may be. Out: the columns of exact powers, and of the random ones
 * (random_columns.ts). One more power is exact where that leaves a smaller error, although fewer columns remain.
 */
import { outOfRange } from "../options.ts";
import { hasOrthogonal } from "./projections.ts";

/** The columns of a feature map. */
export interface Budget {
  /** Powers below are exact; those of 0 have as many columns as functions of the norm */
  readonly exact: number;
  /** Columns of each part that is exact, 0 of others */
  readonly columns: readonly number[];
  /** Columns of all other parts together */
  readonly random: number;
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

/**
 * The error of `left` columns of the powers that are not exact: ΣGₖ/√left for pairs of rows that are nearly orthogonal. Of orthogonal
 * projections, as many as there are entries, the first power has next to none; in the product of two sums of powers it is one term of all.
 */
function errorOf(parts: Float64Array, left: number, { weights, width }: Demand, exact: number): number {
  const sum = parts.reduce((total, weight) => total + weight, 0);
  const isTight = exact === 1 && hasOrthogonal(width) && left >= width;
  return sum === 0 ? 0 : Math.sqrt((sum ** 2 - (isTight ? weights[1] ** 2 : 0)) / left);
}

/** The columns of each part. */
export function budget(demand: Demand): Budget {
  const { weights, most, name } = demand;
  const isRandom = (p: number, exact: number) => p >= exact && weights[p] > 0;
  let best = { error: Infinity, exact: 0, used: 0 };
  for (let exact = 1, used = exactColumns(demand, 0); exact <= weights.length; exact++) {
    const left = most - used;
    const parts = weights.filter((_, p) => isRandom(p, exact));
    if (left < Math.min(1, parts.length)) break;
    const error = errorOf(parts, left, demand, exact);
    if (error < best.error) best = { error, exact, used };
    if (exact < weights.length) used += exactColumns(demand, exact);
  }
  if (best.exact === 0) {
    const least = exactColumns(demand, 0) + 1;
    throw outOfRange("map features", "sketchDim", `at least ${least} for the ${name} of this network`, most);
  }
  const columns = Array.from(weights, (_, p) => p < best.exact ? exactColumns(demand, p) : 0);
  const random = weights.some((_, p) => isRandom(p, best.exact)) ? most - best.used : 0;
  return { exact: best.exact, columns, random, total: Math.max(1, best.used + random) };
}
