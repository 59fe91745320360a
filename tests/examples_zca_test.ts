/** ZCA whitening by the identities that define it. */
import { NdArray } from "../lib/array/mod.ts";
import { cholesky } from "../lib/linalg/cholesky.ts";
import { matmul } from "../lib/linalg/matmul.ts";
import { choleskySolve } from "../lib/linalg/triangular.ts";
import { finished } from "../lib/steps.ts";
import { random } from "../mod.ts";
import { zcaWhitening } from "../examples/zca.ts";
import { assertClose, assertThrows } from "./assert.ts";

type Matrix = NdArray<Float64Array>;

/** Images of normal numbers, neighbours correlated. */
function images(seed: number, shape: readonly number[]): Matrix {
  const x = random.normal(random.key(seed), shape);
  for (let k = 1; k < x.size; k++) x.data[k] += 0.9 * x.data[k - 1];
  return x;
}

/** Each image as a row of mean 0 and norm 1. */
function unitRows({ data, shape }: Matrix): Matrix {
  const size = data.length / shape[0];
  const rows = Array.from({ length: shape[0] }, (_, i) => {
    const row = data.slice(i * size, (i + 1) * size);
    const mean = row.reduce((a, b) => a + b) / size;
    const norm = Math.hypot(...row.map((value) => value - mean));
    return row.map((value) => (value - mean) / norm);
  });
  return new NdArray(Float64Array.from(rows.flatMap((row) => [...row])), [shape[0], size]);
}

function transposed({ data, shape: [rows, columns] }: Matrix): Matrix {
  const out = data.map((_, k) => data[(k % rows) * columns + Math.floor(k / rows)]);
  return new NdArray(out, [columns, rows]);
}

/** XᵀX/n + shift·I. */
function covariance(x: Matrix, shift = 0): Matrix {
  const { data, shape } = matmul(transposed(x), x);
  return new NdArray(
    data.map((value, k) => value / x.shape[0] + (k % (shape[0] + 1) === 0 ? shift : 0)),
    shape,
  );
}

Deno.test("zcaWhitening: the covariance becomes C·(C + r·I)⁻¹, the images keep their shape", async () => {
  const x = images(1, [100, 4, 5, 1]);
  const whitened = await (await zcaWhitening(x, 0.1))(x);
  const rows = unitRows(x);
  const after = covariance(new NdArray(whitened.data, rows.shape));
  // Rows of norm 1 have a covariance of trace 1, of which the mean of the diagonal is 1/20.
  assertClose(matmul(after, covariance(rows, 0.1 / 20)).data, covariance(rows).data, { atol: 1e-14 });
  // The symmetric root of all roots: whitening moves images as little as can be.
  const moved = matmul(transposed(rows), new NdArray(whitened.data, rows.shape));
  assertClose(moved.data, transposed(moved).data, { atol: 1e-12 });
});

Deno.test("zcaWhitening: directions that few images lack keep their lengths", async () => {
  const x = images(2, [3, 3, 3, 1]);
  const whiten = await zcaWhitening(x, 0.1);
  // An image of mean 0 that is orthogonal to all three, by Gram and Schmidt.
  const other = unitRows(images(3, [1, 3, 3, 1])).data;
  const basis: Float64Array[] = [];
  for (let i = 0; i <= 3; i++) {
    const row = i < 3 ? unitRows(x).data.slice(9 * i, 9 * i + 9) : other;
    for (const one of basis) {
      const along = one.reduce((sum, value, k) => sum + value * row[k], 0);
      one.forEach((value, k) => row[k] -= along * value);
    }
    const norm = Math.hypot(...row);
    basis.push(row.map((value) => value / norm));
  }
  const whitened = await whiten(new NdArray(basis[3], [1, 3, 3, 1]));
  assertClose(whitened.data, basis[3], { atol: 1e-13 });
});

Deno.test("zcaWhitening: brightness and contrast do not matter, of a channel neither if all images share it", async () => {
  const changed = ({ data, shape }: Matrix) => new NdArray(data.map((value) => 3 * value + 7), shape);
  const gray = images(4, [50, 3, 3, 1]);
  const whiten = await zcaWhitening(gray, 0.1);
  assertClose((await whiten(changed(gray))).data, (await whiten(gray)).data, { atol: 1e-12 });
  const color = images(5, [50, 3, 3, 2]);
  const whitened = await (await zcaWhitening(color, 0.1))(color);
  const all = changed(color);
  assertClose((await (await zcaWhitening(all, 0.1))(all)).data, whitened.data, { atol: 1e-12 });
});

Deno.test("zcaWhitening: channels are standardized, and the covariance is that of the images before", async () => {
  const x = images(6, [50, 2, 2, 2]);
  // A second channel of another mean and deviation than the first.
  for (let k = 1; k < x.size; k += 2) x.data[k] = 4 * x.data[k] + 3;
  const standardized = new NdArray(x.data.slice(), x.shape);
  for (const channel of [0, 1]) {
    const values = x.data.filter((_, k) => k % 2 === channel);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    values.forEach((value, i) => standardized.data[2 * i + channel] = (value - mean) / deviation);
  }
  const whitened = await (await zcaWhitening(x, 0.1))(x);
  // Inner products of whitened rows R·W need no root: R·W·(R·W)ᵀ = R·(C + r·I)⁻¹·Rᵀ.
  const rows = unitRows(standardized);
  const after = new NdArray(whitened.data, rows.shape);
  const solved = finished(choleskySolve(
    finished(cholesky(covariance(unitRows(x), 0.1 / 8))).lower,
    transposed(rows),
  ));
  assertClose(matmul(after, transposed(after)).data, matmul(rows, solved).data, { atol: 1e-12 });
});

Deno.test("zcaWhitening: an image of one value", async () => {
  const x = images(7, [2, 2, 2, 1]);
  x.data.fill(0.5, 4);
  const message = "Cannot whiten image 1 as its pixels must differ: current value is the same everywhere";
  await assertThrows(() => zcaWhitening(x, 0.1), RangeError, message);
});
