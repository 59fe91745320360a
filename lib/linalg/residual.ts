/** Residuals of linear systems with twice the digits of float64, for iterative refinement. */
import { NdArray } from "../array/mod.ts";
import { breather } from "../pause.ts";
import { product as exactProduct, SPLITTER } from "../special/double_double.ts";

/** Rows computed between two looks at the clock. */
const ROWS = 16;

/**
 * B − (A + shift·I)·X for A of shape [n, n] and X, B of shape [n, m]: each sum is compensated by the errors of its products and
 * additions (Ogita, Rump & Oishi 2005, algorithm Dot2), so that what remains of B is right although nearly all of it cancels.
 */
export async function residual(
  a: NdArray,
  shift: number,
  x: NdArray,
  b: NdArray,
): Promise<NdArray<Float64Array>> {
  const [n, m] = x.shape;
  const columns = Array.from(
    { length: m },
    (_, j) => split(Float64Array.from({ length: n }, (_, i) => x.data[i * m + j])),
  );
  const rest = new Float64Array(n * m);
  const breathe = breather({});
  for (let i = 0; i < n; i++) {
    if (i % ROWS === 0) await breathe();
    const row = split(Float64Array.from(a.data.subarray(i * n, i * n + n)));
    for (let j = 0; j < m; j++) rest[i * m + j] = rowResidual(b.data[i * m + j], row, columns[j], i, shift);
  }
  return new NdArray(rest, x.shape);
}

/** Numbers, and their leading halves. */
interface Split {
  readonly value: Float64Array;
  readonly high: Float64Array;
}

function split(value: Float64Array): Split {
  const high = value.map((v) => {
    const scaled = SPLITTER * v;
    return scaled - (scaled - v);
  });
  return { value, high };
}

/** start − Σ rowₖ·xₖ − shift·xᵢ. */
function rowResidual(start: number, row: Split, x: Split, i: number, shift: number): number {
  let sum = start, error = 0;
  for (let k = 0; k < row.value.length; k++) {
    const a = row.value[k], b = x.value[k], ah = row.high[k], bh = x.high[k];
    const product = a * b;
    const lost = ((ah * bh - product) + ah * (b - bh) + (a - ah) * bh) + (a - ah) * (b - bh);
    const next = sum - product;
    const added = next - sum;
    error += ((sum - (next - added)) - (product + added)) - lost;
    sum = next;
  }
  // A shift below the last digits of the diagonal counts, too: it is not added to A.
  const [shifted, lost] = exactProduct(shift, x.value[i]);
  const next = sum - shifted;
  const added = next - sum;
  return next + (error + ((sum - (next - added)) - (shifted + added)) - lost);
}
