/**
 * Pairs of rows that lie close together, seen from the origin, and the gaps of their moments summed from differences.
 *
 * The rounding of cov takes ε·√(var1·var2) from what is left of var1 + var2 − 2|cov| and var1·var2 − cov². Pairs whose |cov| comes
 * closer to √(var1·var2) than a share `NEAR` of it are near: for the others the loss is a few ε/NEAR.
 */
import type { DType } from "../array/mod.ts";
import { apart, gap } from "../gaps.ts";
import { topological } from "../expr/graph.ts";
import type { Entrywise } from "../program/entrywise.ts";
import { SPLITTER } from "../special/double_double.ts";
import type { Gram } from "../program/job.ts";
import type { Values } from "../array/dtype.ts";

/** Where 1 − |ρ| makes a pair near, by the precision of cov: what is lost stays below 1e-10 and 2e-6. */
export const NEAR: Record<DType, number> = { float64: 1e-5, float32: 1 / 16 };

/** True for the moments (cov, var1, var2) of a near pair. */
export const isNear = ([cov, var1, var2]: readonly number[], share: number): boolean =>
  Math.abs(cov) > (1 - share) * Math.sqrt(var1) * Math.sqrt(var2);

/** The gaps of a pair, E[uv] = cov: √(var1·var2) − |cov| and E[(u ∓ v)²] with the sign of cov. */
export interface PairGaps {
  readonly gap: number;
  readonly apart: number;
}

/** True if a map of the program reads gaps. */
export function readsGaps({ map }: Entrywise): boolean {
  const nodes = topological(Object.values(map));
  return nodes.includes(gap) || nodes.includes(apart);
}

/**
 * The gaps of row i of x1 and row j of x2. With a multiple t of x that is close to y and the rest r = y − t·x,
 * var1·var2 − cov² = var1·E[r²] − E[xr]² and E[(y ∓ x)²] = E[r²] + 2(t ∓ 1)E[xr] + (t ∓ 1)²·var1: what cancels does so in r,
 * coordinate by coordinate, and exactly.
 */
export function gapsOf(gram: Gram, i: number, j: number, moments: readonly number[]): PairGaps {
  const { depth } = gram;
  const [cov, var1, var2] = moments;
  const t = leading(cov / var1);
  const { squares, products } = rests(gram.x1, i * depth, gram.x2, j * depth, depth, t);
  const size = Math.sqrt(var1) * Math.sqrt(var2) + Math.abs(cov);
  // Divided first: products of two variances may overflow.
  const between = var1 / size * squares - products / size * products;
  const shift = cov < 0 ? t + 1 : t - 1;
  return {
    gap: Math.max(0, between),
    apart: Math.max(0, squares + 2 * shift * products + shift * shift * var1),
  };
}

/** E[r²] and E[xr] for r = y − t·x, where t has 26 bits: its product with a part of x of so many bits is exact. */
function rests(x: Values, xStart: number, y: Values, yStart: number, depth: number, t: number) {
  let squares = 0, products = 0;
  for (let k = 0; k < depth; k++) {
    const u = x[xStart + k];
    const head = leading(u);
    const r = y[yStart + k] - t * head - t * (u - head);
    squares += r * r;
    products += u * r;
  }
  return { squares: squares / depth, products: products / depth };
}

/** The leading 26 bits of x; Dekker 1971, "A floating-point technique for extending the available precision". */
function leading(x: number): number {
  const scaled = x * SPLITTER;
  const head = scaled - (scaled - x);
  // Beyond 1e300 the product overflows.
  return Number.isFinite(head) ? head : x;
}
