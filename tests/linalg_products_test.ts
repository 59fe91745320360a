/** Products, by the machine's BLAS where it has one and they are large, are what `matmul` gives. */
import { NdArray, transpose } from "../lib/array/mod.ts";
import { lapack } from "../lib/linalg/blas/mod.ts";
import { matmul } from "../lib/linalg/matmul.ts";
import {
  gramOfColumns,
  gramOfRows,
  multiply,
  multiplyTransposed,
  transposedMultiply,
} from "../lib/linalg/products.ts";
import { assertClose, assertDeepEquals, assertThrows } from "./assert.ts";
import { gaussian } from "./backends/jobs.ts";

// Loaded before the first test, as it outlives that.
await lapack();

const matrix = (rows: number, cols: number, dtype: "float64" | "float32" = "float64") =>
  new NdArray(gaussian(rows, cols, dtype, rows + cols), [rows, cols]);

// Small ones are multiplied in TypeScript, large ones where the library is.
for (const [m, k, n] of [[3, 4, 2], [180, 170, 160]]) {
  Deno.test(`products of ${m} × ${k} by ${k} × ${n} matrices`, async () => {
    const [a, b] = [matrix(m, k), matrix(k, n)];
    const [expected, atol] = [matmul(a, b).data, 1e-13 * k];
    for (
      const [name, product] of Object.entries({
        multiply: multiply(a, b),
        multiplyTransposed: multiplyTransposed(a, transpose(b)),
        transposedMultiply: transposedMultiply(transpose(a), b),
      })
    ) {
      const { data, shape } = await product;
      assertDeepEquals(shape, [m, n]);
      assertClose(data, expected, { atol, message: name });
    }
  });

  Deno.test(`products of a ${m + n} × ${k} matrix with itself are symmetric to the last digit`, async () => {
    const a = matrix(m + n, k);
    const expected = matmul(a, transpose(a)).data;
    for (const gram of [await gramOfRows(a), await gramOfColumns(transpose(a))]) {
      assertClose(gram.data, expected, { atol: 1e-13 * k });
      assertDeepEquals(gram, transpose(gram));
    }
  });
}

Deno.test("float32 is widened", async () => {
  const [a, b] = [matrix(180, 170, "float32"), matrix(170, 160)];
  assertClose((await multiply(a, b)).data, matmul(a, b).data, { atol: 1e-11 });
});

Deno.test("matrices that do not fit are refused in the words of matmul", async () => {
  await assertThrows(
    () => multiply(matrix(300, 200), matrix(300, 200)),
    TypeError,
    "Cannot multiply matrices as the length of the shared axis of b must be 200, as in a: current value is 300",
  );
  await assertThrows(
    () => gramOfRows(new NdArray(new Float64Array(3), [3])),
    TypeError,
    "Cannot multiply matrices as the number of axes of a must be 2: current value is 1",
  );
});
