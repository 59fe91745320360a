/** The machine's LAPACK gives what the TypeScript routines give. */
import { assert, assertClose, assertDeepEquals, assertEquals } from "./assert.ts";
import { NdArray } from "../lib/array/mod.ts";
import { cholesky } from "../lib/linalg/cholesky.ts";
import { eigh } from "../lib/linalg/eigh.ts";
import { matmul } from "../lib/linalg/matmul.ts";
import { choleskySolve } from "../lib/linalg/triangular.ts";
import { block, type MatrixView, matrixView, transposed as transposedView } from "../lib/linalg/view.ts";
import { blas, blasTest as register } from "./blas.ts";
import { finished } from "../lib/steps.ts";

/** Registers a test of the routines. */
const blasTest = (name: string, test: (routines: NonNullable<typeof blas>) => Promise<void>) =>
  register(name, () => test(blas!));

/** Entries in [−1, 1) from a fixed sequence. */
function matrix(rows: number, cols: number, seed: number): NdArray<Float64Array> {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31;
  return new NdArray(Float64Array.from({ length: rows * cols }, next), [rows, cols]);
}

const transposed = ({ data, shape: [rows, cols] }: NdArray) =>
  new NdArray(Float64Array.from(data, (_, at) => data[at % rows * cols + Math.floor(at / rows)]), [
    cols,
    rows,
  ]);

/** X·Xᵀ + I. */
function positive(n: number): NdArray<Float64Array> {
  const x = matrix(n, n, n);
  const a = matmul(x, transposed(x));
  for (let i = 0; i < n; i++) a.data[i * n + i] += 1;
  return a;
}

const sizes = [1, 2, 7, 100];

/** A as it is, and as the transpose of a stored matrix. */
function bothViews(a: NdArray<Float64Array>): MatrixView[] {
  const { data, shape: [cols, rows] } = transposed(a);
  return [matrixView(a.data, rows, cols), transposedView(matrixView(data, cols, rows))];
}

blasTest("products of matrices and of transposes equal those in TypeScript", async ({ multiply }) => {
  for (const [m, k, n] of [[1, 1, 1], [3, 5, 2], [1, 6, 1], [4, 1, 3], [1, 1, 5], [5, 2, 1], [70, 33, 51]]) {
    const [a, b] = [matrix(m, k, 1), matrix(k, n, 2)];
    const expected = matmul(a, b).data;
    for (const first of bothViews(a)) {
      for (const second of bothViews(b)) {
        assertClose(await multiply(first, second), expected, { atol: 1e-14 * k });
      }
    }
  }
});

blasTest("products of a block", async ({ multiply, gram }) => {
  const [a, b] = [matrix(20, 9, 1), matrix(5, 4, 2)];
  const part = block(matrixView(a.data, 20, 9), 3, 10, 2, 7);
  const copy = new NdArray(
    Float64Array.from({ length: 35 }, (_, at) => a.at(3 + Math.floor(at / 5), 2 + at % 5)),
    [7, 5],
  );
  assertClose(await multiply(part, matrixView(b.data, 5, 4)), matmul(copy, b).data, { atol: 1e-13 });
  assertClose(await gram(transposedView(part)), matmul(transposed(copy), copy).data, { atol: 1e-13 });
});

blasTest("products with the own transpose equal those in TypeScript and are symmetric", async ({ gram }) => {
  for (const [n, k] of [[1, 1], [1, 7], [6, 1], [3, 5], [32, 4], [33, 40], [100, 20]]) {
    const a = matrix(n, k, 1);
    const expected = matmul(a, transposed(a)).data;
    for (const view of bothViews(a)) {
      const product = await gram(view);
      assertClose(product, expected, { atol: 1e-14 * k });
      assertDeepEquals(product, transposed(new NdArray(product, [n, n])).data);
    }
  }
});

blasTest("Cholesky factors and solutions equal those in TypeScript", async (routines) => {
  for (const n of sizes) {
    const a = positive(n);
    const { lower } = finished(cholesky(a));
    const factor = a.data.slice();
    assertEquals(await routines.cholesky(factor, n), -1);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const expected = j <= i ? lower.data[i * n + j] : a.data[i * n + j];
        assertClose(factor[i * n + j], expected, { rtol: 1e-12, atol: 1e-13 });
      }
    }
    const b = matrix(n, 3, 5);
    const x = b.data.slice();
    await routines.choleskySolve(factor, x, n, 3);
    assertClose(x, finished(choleskySolve(lower, b)).data, { rtol: 1e-11, atol: 1e-12 });
  }
});

blasTest("a matrix that is not positive definite is told by its first bad pivot", async (routines) => {
  const a = positive(20);
  a.data[7 * 20 + 7] = -1;
  assertEquals(await routines.cholesky(a.data, 20), 7);
});

blasTest("eigenvalues equal those in TypeScript, and eigenvectors diagonalise", async (routines) => {
  for (const n of sizes) {
    const a = positive(n);
    const { values, vectors } = await routines.eigh(a.data.slice(), n);
    assertClose(values, finished(eigh(a)).values.data, { rtol: 1e-12, atol: 1e-12 * n });
    const v = new NdArray(vectors, [n, n]);
    const scaled = new NdArray(vectors.map((x, at) => x * values[at % n]), [n, n]);
    assertClose(matmul(a, v).data, scaled.data, { atol: 1e-12 * n });
    const identity = Float64Array.from({ length: n * n }, (_, at) => at % (n + 1) === 0 ? 1 : 0);
    assertClose(matmul(transposed(v), v).data, identity, { atol: 1e-13 * n });
  }
});

blasTest("many calls at once come to the same results", async ({ multiply, cholesky: factor }) => {
  const [a, b] = [positive(50), matrix(50, 50, 3)];
  const [first, second] = [a, b].map(({ data }) => matrixView(data, 50, 50));
  const expected = await multiply(first, second);
  const copies = [1, 2, 3, 4].map(() => a.data.slice());
  const [products, pivots] = await Promise.all([
    Promise.all([1, 2, 3, 4].map(() => multiply(first, second))),
    Promise.all(copies.map((copy) => factor(copy, 50))),
  ]);
  for (const product of products) assertClose(product, expected);
  assertDeepEquals(pivots, [-1, -1, -1, -1]);
});

Deno.test("without permission there is no library, and no question", async () => {
  const url = new URL("../lib/linalg/blas/mod.ts", import.meta.url);
  const code = `import { lapack } from "${url}"; console.log(await lapack());`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const args = ["run", "--no-check", "--no-prompt", "--allow-read", file];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    assert(new TextDecoder().decode(stdout).trim() === "null");
  } finally {
    await Deno.remove(file);
  }
});
