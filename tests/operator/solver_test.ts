/** Solving with operators against the Cholesky factor of the same matrix. */
import { NdArray, NotPositiveDefiniteError } from "../../mod.ts";
import { transpose } from "../../lib/array/mod.ts";
import { cholesky } from "../../lib/linalg/cholesky.ts";
import { matmul } from "../../lib/linalg/matmul.ts";
import { choleskySolve } from "../../lib/linalg/triangular.ts";
import { conjugateGradients } from "../../lib/operator/conjugate_gradients.ts";
import type { KernelOperator } from "../../lib/operator/kernel_operator.ts";
import { pivotedCholesky } from "../../lib/operator/pivoted_cholesky.ts";
import { woodbury } from "../../lib/operator/preconditioner.ts";
import { LargeSolver, solveLarge } from "../../lib/operator/solver.ts";
import { ThinMatrix } from "../../lib/operator/thin_matrix.ts";
import { finished } from "../../lib/steps.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { operatorOf, smooth } from "./matrices.ts";

const N = 300;
const y = new NdArray(
  Float64Array.from({ length: 3 * N }, (_, at) => Math.sin(at) + (at % 3)),
  [N, 3],
);
const perPoint = Float64Array.from({ length: N }, (_, i) => 0.001 + 0.1 * (i % 7));

/** K + D as a matrix. */
async function matrixOf(kernel: KernelOperator, noise: ArrayLike<number>): Promise<NdArray<Float64Array>> {
  const k = await kernel.columns(Array.from({ length: kernel.n }, (_, i) => i));
  for (let i = 0; i < kernel.n; i++) k.data[i * (kernel.n + 1)] += noise[i];
  return k;
}

const exactly = (a: NdArray<Float64Array>, b: NdArray) =>
  finished(choleskySolve(finished(cholesky(a)).lower, b));

for (const rank of [1, 20, 300]) {
  Deno.test(`a solution with a preconditioner of rank ${rank} is that of Cholesky, with noise per point`, async () => {
    using kernel = await operatorOf(N, smooth, { tileRows: 64 });
    const exact = exactly(await matrixOf(kernel, perPoint), y);
    const { x, residual, iterations, ...rest } = await solveLarge(kernel, perPoint, y, {
      rank,
      tolerance: 1e-11,
    });
    assert(residual <= 1e-11 && iterations > 0 && rest.seconds > 0 && rest.rank <= rank);
    // The condition number is below 5/0.001.
    assertClose(x.data, exact.data, { rtol: 1e-7, atol: 1e-7 });
  });
}

Deno.test("the residual is that of the solution, and of the worst column", async () => {
  using kernel = await operatorOf(N, smooth);
  const { x, residual } = await solveLarge(kernel, 0.01, y, { tolerance: 1e-3, rank: 5 });
  const a = await matrixOf(kernel, new Float64Array(N).fill(0.01));
  const norms = [0, 1, 2].map((column) => {
    let [error, norm] = [0, 0];
    for (let i = 0; i < N; i++) {
      let sum = y.at(i, column);
      norm += sum ** 2;
      for (let j = 0; j < N; j++) sum -= a.at(i, j) * x.at(j, column);
      error += sum ** 2;
    }
    return Math.sqrt(error / norm);
  });
  assertClose(residual, Math.max(...norms), { rtol: 1e-6 });
  assert(residual <= 1e-3 && residual > 1e-8);
});

Deno.test("a higher rank takes fewer iterations", async () => {
  using kernel = await operatorOf(N, smooth);
  const iterations: number[] = [];
  for (const rank of [1, 100, 250]) {
    iterations.push((await solveLarge(kernel, 1e-2, y, { rank })).iterations);
  }
  assert(iterations[0] > iterations[1] && iterations[1] > iterations[2], String(iterations));
});

Deno.test("columns of zeros have the solution 0, and those that are done are left alone", async () => {
  const b = Float64Array.of(1, 0, 4, 0, 0, 9);
  const diagonal = [1, 2];
  const counted: number[] = [];
  const apply = (v: Float64Array, columns: number) => {
    counted.push(columns);
    return Promise.resolve(v.map((value, at) => value * diagonal[Math.floor(at / columns)]));
  };
  const options = { tolerance: 1e-12, maxIterations: 10 };
  const { x, iterations, residuals } = await conjugateGradients({ n: 2, apply }, b, 3, options);
  assertClose(x, [1, 0, 4, 0, 0, 4.5], { atol: 1e-12 });
  // The first column is an eigenvector; two eigenvalues are done after two iterations.
  assertEquals(iterations, 2);
  assertDeepEquals(counted, [2, 1, 2]);
  assert(residuals.every((residual) => residual <= 1e-12));
});

Deno.test("the preconditioner is the inverse of the low rank and its diagonal", async () => {
  const [rank, n] = [2, 4];
  const factor = Float64Array.of(1, 2, 0, -1, 0.5, 0, 3, 1);
  const diagonal = Float64Array.of(1, 0.5, 2, 4);
  const dense = new NdArray(
    Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return factor[i] * factor[j] + factor[n + i] * factor[n + j] + (i === j ? diagonal[i] : 0);
    }),
    [n, n],
  );
  const b = new NdArray(Float64Array.of(1, 5, 2, 6, 3, 7, 4, 8), [n, 2]);
  const inverse = await woodbury(new NdArray(factor.slice(), [rank, n]), diagonal, {});
  assertClose(await inverse(b.data, 2, {}), exactly(dense, b).data, { rtol: 1e-13, atol: 1e-13 });
});

Deno.test("a thin matrix and its transpose multiply by the entries that it has rounded, within 2⁻³¹ of the largest of a column", async () => {
  const [rows, cols, k] = [37, 300, 5];
  const entry = (_: unknown, at: number) => Math.sin(at * at) * (1 + at % cols) * (at % cols === 7 ? 0 : 1);
  const exact = Float64Array.from({ length: rows * cols }, entry);
  const entries = exact.slice();
  const matrix = finished(ThinMatrix.of(entries, rows, cols));
  entries.forEach((value, at) => assert(Math.abs(value - exact[at]) <= (1 + at % cols) * 2 ** -31));
  const v = Float64Array.from({ length: cols * k }, (_, at) => Math.cos(at));
  const w = Float64Array.from({ length: rows * k }, (_, at) => Math.cos(2 * at));
  const dense = new NdArray(entries, [rows, cols]);
  const product = matmul(dense, new NdArray(v, [cols, k]));
  const others = matmul(transpose(dense), new NdArray(w, [rows, k]));
  assertClose(await matrix.multiply(v, k, {}), product.data, { rtol: 1e-13, atol: 1e-9 });
  assertClose(await matrix.multiplyTransposed(w, k, {}), others.data, { rtol: 1e-13, atol: 1e-9 });
});

Deno.test("a pivoted Cholesky factor leaves a remainder that is positive semidefinite, 0 for points that were chosen", async () => {
  using kernel = await operatorOf(N, smooth);
  const { transposed, points, remainder } = await pivotedCholesky(kernel, 200);
  const rank = points.length;
  assertDeepEquals(transposed.shape, [rank, N]);
  assertEquals(new Set(points).size, rank);
  const k = await matrixOf(kernel, new Float64Array(N).fill(1e-6));
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      for (let p = 0; p < rank; p++) {
        k.data[i * N + j] -= transposed.data[p * N + i] * transposed.data[p * N + j];
      }
    }
    assertClose(k.at(i, i) - 1e-6, remainder[i], { atol: 1e-5 });
  }
  for (const point of points) assert(remainder[point] === 0 && Math.abs(k.at(point, point)) < 1e-5);
  finished(cholesky(k));
});

Deno.test("the rank is that of the kernel where that is lower", async () => {
  using kernel = await operatorOf(40, (i, j) => (1 + i % 2) * (1 + j % 2));
  assertEquals((await pivotedCholesky(kernel, 30)).points.length, 1);
  // 40 points of one function f = w·(1 + i % 2), w ~ N(0, 1): 1/(1 + Σ a²/noise) is the variance of w.
  const { x } = await solveLarge(kernel, 2, new NdArray(new Float64Array(40).fill(1), [40, 1]));
  const [sum, squares] = [20 * (1 + 2), 20 * (1 + 4)];
  const w = sum / (2 + squares);
  assertClose(x.data, Float64Array.from({ length: 40 }, (_, i) => (1 - w * (1 + i % 2)) / 2), { rtol: 1e-7 });
});

Deno.test("reductions of variance are between their bounds", async () => {
  using kernel = await operatorOf(N, smooth);
  const solver = await LargeSolver.of(kernel, perPoint, { rank: 30 });
  const m = 70;
  const rows = new NdArray(
    Float64Array.from({ length: m * N }, (_, at) => smooth(4.3 * Math.floor(at / N), at % N)),
    [m, N],
  );
  const transposed = new NdArray(
    Float64Array.from({ length: m * N }, (_, at) => rows.at(at % m, Math.floor(at / m))),
    [N, m],
  );
  const solved = exactly(await matrixOf(kernel, perPoint), transposed);
  for (const tolerance of [1e-2, 1e-6]) {
    const { lower, gap } = await solver.reductions(rows, { tolerance });
    for (let k = 0; k < m; k++) {
      let exact = 0;
      for (let i = 0; i < N; i++) exact += rows.at(k, i) * solved.at(i, k);
      const slack = 1e-9 * exact;
      assert(
        lower[k] <= exact + slack && exact <= lower[k] + gap[k] + slack,
        `${lower[k]} ${exact} ${gap[k]}`,
      );
      // gap ≤ ‖r‖²/min D
      const norm = rows.data.subarray(k * N, (k + 1) * N).reduce((sum, value) => sum + value ** 2, 0);
      assert(gap[k] <= 2 * tolerance ** 2 * norm / 0.001);
    }
  }
});

Deno.test("a tolerance that is not reached is refused with what was", async () => {
  using kernel = await operatorOf(N, smooth);
  let last = 0;
  const call = () =>
    solveLarge(kernel, 1e-3, y, {
      rank: 2,
      tolerance: 1e-8,
      maxIterations: 3,
      onProgress: ({ residual }) => last = residual,
    });
  await assertThrows(call, RangeError);
  const message = await call().catch((error) => error.message);
  assertEquals(
    message,
    `Cannot solve with a kernel of 300 points as its relative residual must reach 1e-8: current value is ${
      last.toPrecision(3)
    } after 3 iterations with a preconditioner of rank 2, raise noise, rank or maxIterations`,
  );
});

Deno.test("a kernel that is not positive definite is refused", async () => {
  // Its eigenvalues are 1.9, 1.9 and −0.8, for (1, 1, 1).
  using kernel = await operatorOf(3, (i, j) => i === j ? 1 : -0.9);
  const ones = new NdArray(Float64Array.of(1, 1, 1), [3, 1]);
  const system = {
    n: 3,
    apply: async (v: Float64Array) => (await kernel.multiply(new NdArray(v, [3, 1]))).data,
  };
  await assertThrows(
    () => conjugateGradients(system, ones.data, 1, { tolerance: 1e-4, maxIterations: 9 }),
    NotPositiveDefiniteError,
    "Cannot solve with a kernel as vᵀ·(K + noise)·v must be positive for all v: current value is -2.40 for one of them; " +
      "raise noise",
  );
  const { x } = await solveLarge(kernel, 1, ones);
  assertClose(x.data, [5, 5, 5], { rtol: 1e-3 });
});

Deno.test("kernels whose entries no kernel can have are refused", async () => {
  await assertThrows(
    () => operatorOf(3, (i, j) => i === j ? 1 + i : 4),
    NotPositiveDefiniteError,
    "Cannot keep a kernel as its entry (0, 1) must be at most 1.41 in size, the root of K(0, 0)·K(1, 1): current value is 4",
  );
  await assertThrows(
    () => operatorOf(3, (i, j) => i === j ? 1 : NaN),
    NotPositiveDefiniteError,
    "Cannot keep a kernel as its entry (0, 1) must be at most 1.00 in size, the root of K(0, 0)·K(1, 1): current value is NaN",
  );
  for (const entry of [-1, NaN, Infinity]) {
    await assertThrows(
      () => operatorOf(3, (i, j) => i === j && i === 2 ? entry : 0, { tileRows: 2 }),
      NotPositiveDefiniteError,
      `Cannot keep a kernel as its diagonal must be finite and not negative: current value is ${entry} at (2, 2)`,
    );
  }
});

Deno.test("a solve is stopped by its signal, and reports progress that rises", async () => {
  using kernel = await operatorOf(N, smooth);
  const solver = await LargeSolver.of(kernel, 1e-3, { rank: 5 });
  const controller = new AbortController();
  const reports: number[] = [];
  await solver.solve(y, { onProgress: ({ done, total }) => reports.push(done / total) });
  assertEquals(reports.at(-1), 1);
  const stopped = solver.solve(y, {
    signal: controller.signal,
    onProgress: ({ iterations }) => iterations === 2 && controller.abort(new Error("enough")),
  });
  await assertThrows(() => stopped, Error, "enough");
  await assertThrows(
    () => LargeSolver.of(kernel, 1, { signal: AbortSignal.abort(new Error("before")) }),
    Error,
    "before",
  );
});

Deno.test("bad arguments are refused", async () => {
  using kernel = await operatorOf(4, smooth);
  const solve = "Cannot solve with a kernel as";
  const b = new NdArray(new Float64Array(4).fill(1), [4, 1]);
  const refused: [() => Promise<unknown>, new (...args: never[]) => Error, string][] = [
    [
      () => solveLarge(kernel, -1, b),
      RangeError,
      `${solve} noise must be a non-negative number: current value is -1`,
    ],
    [
      () => solveLarge(kernel, [1, 1, NaN, 1], b),
      RangeError,
      `${solve} noise[2] must be a non-negative number: current value is NaN`,
    ],
    [
      () => solveLarge(kernel, [1, 2], b),
      TypeError,
      `${solve} noise must be a number or have 4 entries, one a point: current value is 2`,
    ],
    [
      () => solveLarge(kernel, 1, new NdArray(new Float64Array(3), [3, 1])),
      TypeError,
      `${solve} y must have shape [4, outputs]: current value is [3, 1]`,
    ],
    [
      () => solveLarge(kernel, 1, b, { rank: 0 }),
      RangeError,
      `${solve} rank must be an integer of at least 1: current value is 0`,
    ],
    [
      () => solveLarge(kernel, 1, b, { tolerance: 0 }),
      RangeError,
      `${solve} tolerance must be a positive number: current value is 0`,
    ],
    [
      () => solveLarge(kernel, 1, b, { maxIterations: 1.5 }),
      RangeError,
      `${solve} maxIterations must be an integer of at least 1: current value is 1.5`,
    ],
    [
      () => kernel.multiply([[1], [2]]),
      TypeError,
      "Cannot multiply a kernel as v must have shape [4, k]: current value is [2, 1]",
    ],
    [
      () => kernel.columns([4]),
      RangeError,
      "Cannot read columns of a kernel as indices[0] must be an integer of at most 3: current value is 4",
    ],
  ];
  for (const [call, type, message] of refused) await assertThrows(call, type, message);
});
