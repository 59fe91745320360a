/** The Gram matrix of a block of rows of x1 and x2, in plain TypeScript. */
import type { Gram, Values } from "./backend.ts";

/** Rows i0 ≤ i < i1 of x1 and j0 ≤ j < j1 of x2. */
export type Block = readonly [i0: number, i1: number, j0: number, j1: number];

/** tile[i − i0, j − j0] = ⟨x1ᵢ, x2ⱼ⟩ / depth for the rows of the block; `stride` is the row length of `tile`. */
export function gramTile(gram: Gram, [i0, i1, j0, j1]: Block, tile: Float64Array, stride: number): void {
  const iFull = i1 - (i1 - i0) % 4;
  const jFull = j1 - (j1 - j0) % 2;
  for (let i = i0; i < iFull; i += 4) {
    for (let j = j0; j < jFull; j += 2) products(gram, i, j, tile, (i - i0) * stride + j - j0, stride);
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

/** The 4 × 2 entries at (i, j): 8 products for 6 loads. */
function products(
  { x1, x2, depth }: Gram,
  i: number,
  j: number,
  tile: Float64Array,
  at: number,
  stride: number,
): void {
  const a = i * depth, b = a + depth, c = b + depth, d = c + depth;
  const e = j * depth, f = e + depth;
  let ae = 0, af = 0, be = 0, bf = 0, ce = 0, cf = 0, de = 0, df = 0;
  for (let k = 0; k < depth; k++) {
    const y = x2[e + k], z = x2[f + k];
    const p = x1[a + k], q = x1[b + k], r = x1[c + k], s = x1[d + k];
    ae += p * y;
    af += p * z;
    be += q * y;
    bf += q * z;
    ce += r * y;
    cf += r * z;
    de += s * y;
    df += s * z;
  }
  tile[at] = ae / depth;
  tile[at + 1] = af / depth;
  tile[at + stride] = be / depth;
  tile[at + stride + 1] = bf / depth;
  tile[at + 2 * stride] = ce / depth;
  tile[at + 2 * stride + 1] = cf / depth;
  tile[at + 3 * stride] = de / depth;
  tile[at + 3 * stride + 1] = df / depth;
}
