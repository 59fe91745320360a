/** Large factorizations, by LAPACK where there is one, give and refuse what those in TypeScript do. */
import { NdArray } from "../lib/array/mod.ts";
import { NotPositiveDefiniteError } from "../lib/errors.ts";
import { cholesky, type CholeskyOptions } from "../lib/linalg/cholesky.ts";
import { eigh, eigvalsh } from "../lib/linalg/eigh.ts";
import { diagonalize, eigenvalues, factorize } from "../lib/linalg/factor.ts";
import { inverseOf } from "../lib/linalg/inverse.ts";
import { choleskySolve, solveLower } from "../lib/linalg/triangular.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "./assert.ts";
import { blasTest } from "./blas.ts";
import { predictions, rankOne } from "./predict_large.ts";
import { finished } from "../lib/steps.ts";

const [N, TOLERANCE] = [300, 1e-10];

/** exp(−|i − j|/10). */
const kernel = new NdArray(
  Float64Array.from({ length: N * N }, (_, at) => Math.exp(-Math.abs(Math.floor(at / N) - at % N) / 10)),
  [N, N],
);

function changed(row: number, column: number, value: number): NdArray<Float64Array> {
  const data = kernel.data.slice();
  data[row * N + column] = value;
  return new NdArray(data, [N, N]);
}

blasTest("solutions equal those in TypeScript", async () => {
  const options = { shift: 1e-3 };
  const [factor, { lower }] = [await factorize(kernel, options), finished(cholesky(kernel, options))];
  const b = new NdArray(Float64Array.from({ length: 3 * N }, (_, i) => Math.sin(i)), [N, 3]);
  const before = b.data.slice();
  assertClose((await factor.solve(b)).data, finished(choleskySolve(lower, b)).data, { atol: TOLERANCE });
  assertClose((await factor.whiten(b)).data, finished(solveLower(lower, b)).data, { atol: TOLERANCE });
  assertDeepEquals(b.data, before);
  const float32 = new NdArray(Float32Array.from(kernel.data), [N, N]);
  const expected = finished(choleskySolve(finished(cholesky(float32, options)).lower, b));
  assertClose((await (await factorize(float32, options)).solve(b)).data, expected.data, { atol: TOLERANCE });
});

/** The inverse of the kernel of n points: tridiagonal, since it is that of a Markov process. */
function tridiagonal(n: number): Float64Array {
  const r = Math.exp(-1 / 10);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const own = i === 0 || i === n - 1 ? 1 : 1 + r * r;
    return (i === j ? own : Math.abs(i - j) === 1 ? -r : 0) / (1 - r * r);
  });
}

blasTest("an inverse by LAPACK", async () => {
  const { lower } = await factorize(kernel);
  const before = lower.data.slice();
  const { data, shape } = await inverseOf(lower);
  assertClose(data, tridiagonal(N), { atol: TOLERANCE });
  assertDeepEquals(shape, [N, N]);
  assertDeepEquals(lower.data, before);
  for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) assert(data[i * N + j] === data[j * N + i]);
});

Deno.test("an inverse in TypeScript", async () => {
  for (const n of [1, 20, 48, 131]) {
    const part = Float64Array.from({ length: n * n }, (_, at) => kernel.at(Math.floor(at / n), at % n));
    const { lower } = finished(cholesky(new NdArray(part, [n, n])));
    const { data } = await inverseOf(lower);
    assertClose(data, n === 1 ? [1] : tridiagonal(n), { atol: TOLERANCE, message: `order ${n}` });
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) assert(data[i * n + j] === data[j * n + i]);
  }
});

blasTest("eigensystems equal those in TypeScript", async () => {
  const before = kernel.data.slice();
  const [{ values, vectors }, expected] = [await diagonalize(kernel), finished(eigh(kernel))];
  assertClose(values.data, expected.values.data, { atol: TOLERANCE });
  // The kernel has no multiple eigenvalues, so that eigenvectors differ at most in sign.
  const dots = values.data.map((_, j) => {
    let dot = 0;
    for (let i = 0; i < N; i++) dot += vectors.at(i, j) * expected.vectors.at(i, j);
    return Math.abs(dot);
  });
  assertClose(dots, new Float64Array(N).fill(1), { atol: TOLERANCE });
  assertClose((await eigenvalues(kernel)).data, finished(eigvalsh(kernel)).data, { atol: TOLERANCE });
  assertDeepEquals(kernel.data, before);
});

/** The identity, but for a pair of rows with a second pivot of 1e-14: positive, yet below its rounding error. */
const roundedPivot = new NdArray(Float64Array.from(kernel.data, (_, at) => at % (N + 1) === 0 ? 1 : 0), [
  N,
  N,
]);
roundedPivot.data[1] = roundedPivot.data[N] = 1;
roundedPivot.data[N + 1] = 1 + 1e-14;

const refused: [string, NdArray, CholeskyOptions][] = [
  ["an indefinite matrix", changed(200, 200, -1), {}],
  ["a matrix with a late bad pivot", rankOne(0.5), { name: "k", shift: 1e-3 }],
  ["a singular matrix without jitter", rankOne(1), {}],
  ["a pivot that rounding errors could have made", roundedPivot, {}],
];
for (const [name, a, options] of refused) {
  Deno.test(`factorize refuses ${name} in the words of cholesky`, async () => {
    await assertThrows(() => factorize(a, options), NotPositiveDefiniteError, messageOf(a, options));
  });
}

function messageOf(a: NdArray, options: CholeskyOptions): string {
  try {
    finished(cholesky(a, options));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("cholesky has not refused");
}

Deno.test("matrices that are not symmetric or not finite are refused", async () => {
  for (
    const routine of [
      (a: NdArray, name: string) => factorize(a, { name }),
      diagonalize,
      eigenvalues,
    ]
  ) {
    await assertThrows(
      () => routine(changed(1, 0, 5), "k"),
      RangeError,
      `Cannot factor k as k[1][0] must equal k[0][1] = ${kernel.at(0, 1)}: current value is 5; ` +
        "average the matrix with its transpose if both are right",
    );
    await assertThrows(
      () => routine(changed(7, 7, NaN), "k"),
      RangeError,
      "Cannot use k as k[7][7] must be finite: current value is NaN",
    );
  }
});

/** What a command of Deno prints without the permission to call LAPACK. */
async function withoutFfi(command: "run" | "test", ...rest: string[]): Promise<string> {
  const permissions = ["--no-check", "--no-prompt", "--allow-read", "--allow-env", "--deny-ffi"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, ...permissions, ...rest],
    // Devices that need foreign functions are not there.
    env: { NO_COLOR: "1", REQUIRE_NATIVE: "", REQUIRE_BLAS: "" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

blasTest("predictions with and without LAPACK agree", async () => {
  const without = JSON.parse(await withoutFfi("run", `${import.meta.dirname}/predict_large.ts`));
  for (const [name, values] of Object.entries(await predictions())) {
    const largest = Math.max(...values.map(Math.abs));
    assertClose(values, without[name], { atol: TOLERANCE * largest, message: name });
  }
});

Deno.test("all tests of predictions pass without foreign functions", async () => {
  const files = ["predict_test.ts", "predict_singular_test.ts"].map((file) =>
    `${import.meta.dirname}/${file}`
  );
  await withoutFfi("test", "--quiet", ...files);
});
