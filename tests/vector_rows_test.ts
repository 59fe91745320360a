/** The row variables of vectors: variances as in the Gram matrix, and classes of equal rows. */
import { dot } from "../lib/backends/reference/gram_tile.ts";
import { rowClasses, vectorRows } from "../lib/rows/vectors.ts";
import { assert, assertDeepEquals } from "./assert.ts";
import { gaussian } from "./backends/jobs.ts";
import { finished } from "../lib/steps.ts";

const classes = (depth: number, ...parts: number[][]) => [
  ...finished(vectorRows(parts.map((part) => Float64Array.from(part)), depth).id()),
];

Deno.test("equal rows have the same class, the number of the first of them", () => {
  assertDeepEquals(classes(2, [1, 2, 3, 4, 1, 2, 3, 4.5]), [0, 1, 0, 3]);
  assertDeepEquals(classes(1, [0.1, 0.1, 0.25], [0.25, 0.5, 0.1]), [0, 0, 2, 2, 4, 0]);
  assertDeepEquals(classes(1, [0, -0, 5e-324, -5e-324]), [0, 0, 2, 3]);
  assertDeepEquals(classes(3, [1, 2, 3]), [0]);
  const single = Float32Array.of(0.1, 0.2, 0.1, 0.2, 0.1, -0.2).subarray(2);
  assertDeepEquals([...finished(vectorRows([single], 2).id())], [0, 1]);
});

Deno.test("rows whose variances are equal have the same class only if their values are", () => {
  assertDeepEquals(classes(2, [3, 4, 4, 3, -3, 4, 0, 5, 4, 3]), [0, 1, 2, 3, 1]);
  // Squares that under- or overflow tell nothing apart.
  assertDeepEquals(classes(1, [1e-200, 2e-200, 1e-200], [1e200, -1e200, 1e200]), [0, 1, 0, 3, 4, 3]);
  const units = Float64Array.from({ length: 37 * 37 }, (_, k) => Number(k % 38 === 0));
  assertDeepEquals([...finished(vectorRows([units], 37).id())], Array.from({ length: 37 }, (_, i) => i));
});

Deno.test("rows with the same hash and other values are different", () => {
  // Among so many numbers a few dozen pairs share their 32 bits of hash.
  const numbers = Float64Array.from({ length: 400_000 }, (_, i) => Math.sqrt(i));
  const all = finished(rowClasses([numbers], 1, new Float64Array(numbers.length)));
  assert(all.every((number, i) => number === i));
});

Deno.test("variances are the diagonal of the Gram matrix to the last bit, for any number of rows", () => {
  for (const dtype of ["float64", "float32"] as const) {
    for (const counts of [[1], [2], [3], [4], [7], [5, 3], [8, 9]]) {
      const parts = counts.map((count, seed) => gaussian(count, 19, dtype, seed));
      const expected = parts.flatMap((x) =>
        Array.from({ length: x.length / 19 }, (_, i) => dot(x, i * 19, x, i * 19, 19) / 19)
      );
      assertDeepEquals([...finished(vectorRows(parts, 19).var())], expected);
    }
  }
});
