/**
 * The Gram matrix of a block of rows of x1 and x2, in plain TypeScript: where a program of vectors starts.
 *
 * In: the rows, which lie one after the other, and a block [i0, i1) × [j0, j1) of pairs. Out, for backend.ts: ⟨x1ᵢ, x2ⱼ⟩ / depth of each.
 * Pairs are computed in groups of 4 × 3, which read each number for three or four products; the rest of the block, at its right and
 * lower edges, pair by pair. Every sum runs over the coordinates in the same order, so that both give the same bits.
 */
import { type Block } from "../../pairs.ts";
import type { Gram } from "../../program/job.ts";
import type { Values } from "../../array/dtype.ts";

/** tile[i − i0, j − j0] = ⟨x1ᵢ, x2ⱼ⟩ / depth for the rows of the block; `stride` is the row length of `tile`. */
export function gramTile(gram: Gram, [i0, i1, j0, j1]: Block, tile: Float64Array, stride: number): void {
  // Up to here groups are whole.
  const iFull = i1 - (i1 - i0) % 4;
  const jFull = j1 - (j1 - j0) % 3;
  for (let i = i0; i < iFull; i += 4) {
    for (let j = j0; j < jFull; j += 3) products(gram, i, j, tile, (i - i0) * stride + j - j0, stride);
  }
  for (let i = i0; i < i1; i++) {
    for (let j = i < iFull ? jFull : j0; j < j1; j++) {
      tile[(i - i0) * stride + j - j0] = dot(gram.x1, i * gram.depth, gram.x2, j * gram.depth, gram.depth) /
        gram.depth;
    }
  }
}

/** ⟨x, y⟩ of two rows, summed in the order of the coordinates as everywhere here, so that equal rows give equal sums. */
export function dot(x: Values, xStart: number, y: Values, yStart: number, depth: number): number {
  let sum = 0;
  for (let k = 0; k < depth; k++) sum += x[xStart + k] * y[yStart + k];
  return sum;
}

/** The 4 × 3 entries at (i, j): 12 products for 7 loads, as many as the 16 registers of x86-64 hold. */
function products(
  { x1, x2, depth }: Gram,
  i: number,
  j: number,
  tile: Float64Array,
  at: number,
  stride: number,
): void {
  const a = i * depth, b = a + depth, c = b + depth, d = c + depth;
  const e = j * depth, f = e + depth, g = f + depth;
  let ae = 0, af = 0, ag = 0, be = 0, bf = 0, bg = 0, ce = 0, cf = 0, cg = 0, de = 0, df = 0, dg = 0;
  for (let k = 0; k < depth; k++) {
    const u = x2[e + k], v = x2[f + k], w = x2[g + k];
    const p = x1[a + k], q = x1[b + k], r = x1[c + k], s = x1[d + k];
    ae += p * u, af += p * v, ag += p * w;
    be += q * u, bf += q * v, bg += q * w;
    ce += r * u, cf += r * v, cg += r * w;
    de += s * u, df += s * v, dg += s * w;
  }
  tile[at] = ae / depth, tile[at + 1] = af / depth, tile[at + 2] = ag / depth;
  at += stride;
  tile[at] = be / depth, tile[at + 1] = bf / depth, tile[at + 2] = bg / depth;
  at += stride;
  tile[at] = ce / depth, tile[at + 1] = cf / depth, tile[at + 2] = cg / depth;
  at += stride;
  tile[at] = de / depth, tile[at + 1] = df / depth, tile[at + 2] = dg / depth;
}
