/** Kernels that are singular, ill-conditioned, in float32, or none: right values by closed forms, on the range of the kernel. */
import { array, NdArray, random, stax } from "../mod.ts";
import { NotPositiveDefiniteError } from "../lib/errors.ts";
import {
  gpInference,
  gradientDescent,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  type KernelFn,
  maxLearningRate,
} from "../lib/predict/mod.ts";
import { assert, assertClose, assertEquals, assertThrows } from "./assert.ts";
import { targets } from "./targets.ts";

type Rows = readonly (readonly number[])[];
const dtypes = ["float64", "float32"] as const;

/** A matrix in a precision. */
function matrix(rows: Rows, dtype: "float64" | "float32" = "float64"): NdArray {
  const type = dtype === "float32" ? Float32Array : Float64Array;
  return array(type.from(rows.flat()), [rows.length, rows[0].length]);
}

const table = (n: number, m: number, entry: (i: number, j: number) => number) =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => entry(i, j)));
const column = (values: readonly number[]) => values.map((value) => [value]);

/** Kernels of an ensemble for training inputs 0 … n − 1 and, as one test input, −1. */
function ensembleKernels(
  kernels: Record<"nngp" | "ntk", { train: NdArray; test: NdArray; prior: NdArray }>,
): KernelFn {
  return (x1, x2, get) => {
    const isTest = (x1 as NdArray).data[0] === -1;
    const key = !isTest ? "train" : x2 === null ? "prior" : "test";
    return Promise.resolve(Object.fromEntries(get.map((name) => [name, kernels[name][key]])));
  };
}

const inputs = (n: number) => array(table(n, 1, (i) => i));
const TEST = array([[-1]]);

/** Singular kernels, a test row in their range, and the projection of the targets at training points and at the test point. */
const singular: {
  name: string;
  kernel: Rows;
  row: number[];
  prior: number;
  y: number[];
  train: number[];
  test: number;
  rank: number;
}[] = [
  // Three networks' outputs that are one: the best fit is the mean of the targets.
  {
    name: "three equal rows",
    kernel: table(3, 3, () => 2),
    row: [2, 2, 2],
    prior: 2,
    y: [1, 2, 6],
    train: [3, 3, 3],
    test: 3,
    rank: 1,
  },
  // x·x' for x = −2 … 2: least squares through the origin, slope Σxy/Σx² = 11/10.
  {
    name: "a linear kernel",
    kernel: table(5, 5, (i, j) => (i - 2) * (j - 2)),
    row: [-6, -3, 0, 3, 6],
    prior: 9,
    y: [-3, 0, 4, 1, 2],
    train: [-2.2, -1.1, 0, 1.1, 2.2],
    test: 3.3,
    rank: 1,
  },
  // Two pairs of equal points, independent of each other, and one point that the kernel holds at 0.
  {
    name: "pairs, and a point without variance",
    kernel: [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 4, 4, 0], [0, 0, 4, 4, 0], [0, 0, 0, 0, 0]],
    row: [0.5, 0.5, 2, 2, 0],
    prior: 2,
    y: [1, 3, -2, 8, 7],
    train: [2, 2, 3, 3, 0],
    test: 0.5 * 2 + 0.5 * 3,
    rank: 2,
  },
  // The first one at the size at which LAPACK takes over.
  {
    name: "300 equal rows",
    kernel: table(300, 300, () => 1),
    row: Array(300).fill(1),
    prior: 1,
    y: Array.from({ length: 300 }, (_, i) => i),
    train: Array(300).fill(149.5),
    test: 149.5,
    rank: 1,
  },
];

for (const { name, kernel, row, prior, y, train, test, rank } of singular) {
  for (const dtype of dtypes) {
    const [k, kTestTrain, kTestTest] = [
      matrix(kernel, dtype),
      matrix([row], dtype),
      matrix([[prior]], dtype),
    ];
    const scale = Math.max(...y.map(Math.abs));
    const close = (actual: NdArray, expected: readonly number[], what: string) =>
      assertClose(actual.data, expected, {
        atol: 1e-13 * scale * y.length,
        message: `${name} ${dtype} ${what}`,
      });

    Deno.test(`late and infinite times agree on the range of ${name} in ${dtype}`, async () => {
      const times = [1e12, 1e16, 1e18, Infinity];
      const predictFn = gradientDescentMse(k, column(y));
      const { fxTrain, fxTest } = await predictFn({ t: times, fxTest0: 0, kTestTrain });
      close(fxTrain, times.flatMap(() => train), "train");
      close(fxTest, times.map(() => test), "test");
      assertEquals(predictFn.report!.rank, rank);
      const lost = Math.sqrt(y.reduce((sum, value, i) => sum + (value - train[i]) ** 2, 0)) /
        Math.hypot(...y);
      assertClose(predictFn.report!.residual!, lost, { atol: 1e-13 });
      const ode = gradientDescent("mse", k, column(y));
      const late = await ode({ t: 1e16, fxTest0: 0, kTestTrain });
      close(late.fxTrain, train, "gradientDescent train");
      close(late.fxTest, [test], "gradientDescent test");
    });

    Deno.test(`gpInference is the fit on the range of ${name} in ${dtype}`, async () => {
      for (const get of ["nngp", "ntk", "ntkgp"] as const) {
        const predictFn = gpInference({ nngp: k, ntk: k }, column(y));
        const kernels = { nngp: kTestTrain, ntk: kTestTrain };
        const { mean, covariance } = await predictFn({
          get,
          kTestTrain: kernels,
          kTestTest: { nngp: kTestTest, ntk: kTestTest },
        });
        close(mean, [test], get);
        // The test output is a combination of training outputs: nothing is left of its variance, but in the third kernel.
        assertClose(covariance.at(0, 0), name.startsWith("pairs") ? 2 - 0.25 - 1 : 0, {
          atol: 1e-14 * y.length * prior,
        });
        assert(covariance.at(0, 0) >= 0);
        const own = await predictFn({ get, kTestTest: true });
        close(own.mean, train, `${get} train`);
        assertClose(own.covariance.data, new Float64Array(y.length ** 2), { atol: 1e-13 });
        assertEquals(predictFn.report[get === "nngp" ? "nngp" : "ntk"]!.rank, rank);
      }
    });

    Deno.test(`an ensemble reaches the range of ${name} in ${dtype}`, async () => {
      const same = { train: k, test: kTestTrain, prior: kTestTest };
      const predictFn = gradientDescentMseEnsemble(
        ensembleKernels({ nngp: same, ntk: same }),
        inputs(y.length),
        column(y),
      );
      for (const get of ["nngp", "ntk"] as const) {
        for (const t of [1e12, 1e18, Infinity]) {
          const tested = await predictFn({ t, xTest: TEST, get, computeCov: true });
          close(tested.mean, [test], `${get} ${t}`);
          assertClose(tested.covariance.at(0, 0), name.startsWith("pairs") ? 0.75 : 0, {
            atol: 1e-14 * y.length * prior,
          });
          const trained = await predictFn({ t, get, computeCov: true });
          close(trained.mean, train, `${get} ${t} train`);
          assertClose(trained.covariance.data, new Float64Array(y.length ** 2), { atol: 1e-13 });
        }
        assertEquals(predictFn.report[get]!.rank, rank);
      }
    });
  }
}

Deno.test("outputs keep the variance that no training reaches", async () => {
  // Θ = 2·11ᵀ trains the mean of three outputs that are independent at the start, K = I: K − 11ᵀ/3 is left.
  const kernels = ensembleKernels({
    nngp: {
      train: matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
      test: matrix([[1, 0, 0]]),
      prior: matrix([[1]]),
    },
    ntk: { train: matrix(table(3, 3, () => 2)), test: matrix([[2, 2, 2]]), prior: matrix([[2]]) },
  });
  const predictFn = gradientDescentMseEnsemble(kernels, inputs(3), column([1, 2, 6]));
  for (const t of [1e6, Infinity]) {
    const { covariance } = await predictFn({ t, get: "ntk", computeCov: true });
    assertClose(covariance.data, table(3, 3, (i, j) => (i === j ? 1 : 0) - 1 / 3).flat(), { atol: 1e-15 });
    // The test output is the first one.
    const test = await predictFn({ t, xTest: TEST, get: "ntk", computeCov: true });
    assertClose(test.covariance.at(0, 0), 2 / 3, { atol: 1e-15 });
  }
});

Deno.test("equal points with different targets get the average, and the report says what is left", async () => {
  const predictFn = gpInference([[1, 1], [1, 1]], [[0.1], [0.7]]);
  const { mean, covariance } = await predictFn({ get: "nngp", kTestTrain: [[1, 1]], kTestTest: [[1]] });
  assertClose(mean.data, [0.4], { rtol: 2e-16 });
  assertEquals(covariance.at(0, 0), 0);
  const { rank, condition, residual, jitter } = predictFn.report.nngp!;
  assertEquals(rank, 1);
  assertEquals(condition, 1);
  // ‖(0.3, −0.3)‖/‖(0.1, 0.7)‖.
  assertClose(residual!, 0.6, { rtol: 1e-15 });
  // 2·ε times the eigenvalue 2.
  assertClose(jitter, 4 * Number.EPSILON, { rtol: 1e-14 });
});

for (const { name, options, test } of targets) {
  test("a tenth of the points twice is the fit to the averages", async () => {
    const [n, twice] = [60, 6];
    const network = stax.serial(
      stax.Dense(1, { wStd: 1.5, bStd: 0.05 }),
      stax.Relu(),
      stax.Dense(1, { wStd: 1.5, bStd: 0.05 }),
      stax.Relu(),
      stax.Dense(1),
    );
    const [x, xTest] = [random.normal(random.key(1), [n, 3]), random.normal(random.key(2), [20, 3])];
    const repeated = array([...x.data, ...x.data.subarray(0, 3 * twice)], [3 * (n + twice)]);
    const points = new NdArray(repeated.data, [n + twice, 3]);
    const targetOf = (i: number) => Math.sin(3 * x.at(i % n, 0)) + (i < n ? -0.1 : 0.2);
    const y = Array.from({ length: n + twice }, (_, i) => [targetOf(i)]);
    const averages = Array.from(
      { length: n },
      (_, i) => [i < twice ? (targetOf(i) + targetOf(n + i)) / 2 : targetOf(i)],
    );
    const kernelsOf = async (points: NdArray, settings: stax.KernelOptions) => ({
      kTrainTrain: await network.kernelFn(points, null, "ntk", settings),
      kTestTrain: await network.kernelFn(xTest, points, "ntk", settings),
    });
    const exact = await kernelsOf(x, { backend: "reference", dtype: "float64" });
    const expected = await gpInference(exact.kTrainTrain, averages)({
      get: "ntk",
      kTestTrain: exact.kTestTrain,
    });
    const { kTrainTrain, kTestTrain } = await kernelsOf(points, options);
    const predictFn = gpInference(kTrainTrain, y);
    const mean = await predictFn({ get: "ntk", kTestTrain });
    const { rank, condition } = predictFn.report.ntk!;
    assertEquals(rank, n);
    // A condition number of 8e3 times the rounding errors of the entries.
    const rounding = options.dtype === "float32" ? 2e-6 : name.startsWith("webgpu") ? 1e-12 : 1e-15;
    assert(condition > 5e3 && condition < 1e4);
    assertClose(mean.data, expected.data, { atol: 1e4 * rounding, message: name });
    const ensemble = gradientDescentMseEnsemble(network.kernelFn, points, y, { ...options });
    const late = await ensemble({ t: [1e12, 1e18, Infinity], xTest, get: "ntk" });
    for (let at = 0; at < 60; at += 20) {
      assertClose(late.data.subarray(at, at + 20), expected.data, { atol: 1e4 * rounding, message: name });
    }
    assertEquals(ensemble.report.ntk!.rank, n);
  });
}

/** n! / (k!·(n − k)!). */
function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value = value * (n - k + i) / i;
  return value;
}

Deno.test("a solve keeps its digits whatever the condition number", async () => {
  // 360360 times Hilbert's matrix and Pascal's have integer entries, and the inverses are known; condition 1.5e10 and 4e9.
  const hilbert = (i: number, j: number) => {
    const paired = binomial(8 + i, 7 - j) * binomial(8 + j, 7 - i) * binomial(i + j, i) ** 2;
    return ((i + j) % 2 === 0 ? 1 : -1) * (i + j + 1) * paired / 360360;
  };
  // P = L·Lᵀ with binomials, L⁻¹ the same with alternating signs.
  const pascal = (i: number, j: number) => {
    let sum = 0;
    for (let k = Math.max(i, j); k < 10; k++) sum += binomial(k, i) * binomial(k, j);
    return (i + j) % 2 === 0 ? sum : -sum;
  };
  const cases = [
    { n: 8, entry: (i: number, j: number) => 360360 / (i + j + 1), inverse: hilbert },
    { n: 10, entry: (i: number, j: number) => binomial(i + j, i), inverse: pascal },
  ];
  for (const { n, entry, inverse } of cases) {
    const unit = table(n, n, (i, j) => i === j ? 1 : 0);
    const predictFn = gpInference(table(n, n, entry), unit);
    const mean = await predictFn({ get: "nngp", kTestTrain: unit });
    assertClose(mean.data, table(n, n, inverse).flat(), { rtol: 1e-14 });
    const { rank, jitter, condition } = predictFn.report.nngp!;
    assertEquals(rank, n);
    assertEquals(jitter, 0);
    assert(condition > 1e9 && condition < 2e10);
  }
});

/** exp(−(x − x')²/(2·l²)) at the points 0, ⅛, … ⅞ with targets sin 3x. */
function rbf(length: number, xTest: number, dtype: "float64" | "float32") {
  const x = Array.from({ length: 8 }, (_, i) => i / 8);
  const kernel = (a: number, b: number) => Math.exp(-((a - b) ** 2) / (2 * length * length));
  return {
    kTrainTrain: matrix(table(8, 8, (i, j) => kernel(x[i], x[j])), dtype),
    query: { kTestTrain: matrix([x.map((b) => kernel(xTest, b))], dtype), kTestTest: matrix([[1]], dtype) },
    y: column(x.map((v) => Math.sin(3 * v))),
  };
}

// Means and variances from mpmath with 60 digits.
const smooth = [
  [0.25, 0.5625, 0.992869065289999, 7.99455723323e-07],
  [0.25, 1.25, -0.0682415621917207, 0.523790009677],
  [0.5, 0.5625, 0.993197016343465, 1.65855237095e-11],
  [0.5, 1, 0.141529745871103, 3.15049781955e-06],
  [1, 0.5625, 0.993197806579379, 2.66261740014e-16],
  [1, 1, 0.141149127167691, 1.08351911053e-10],
] as const;

Deno.test("a smooth kernel in float32 is predicted within two deviations, without noise taken for signal", async () => {
  for (const [length, xTest, mean, variance] of smooth) {
    for (const dtype of dtypes) {
      const { kTrainTrain, query, y } = rbf(length, xTest, dtype);
      const predictFn = gpInference(kTrainTrain, y);
      const { mean: actual, covariance } = await predictFn({ get: "nngp", ...query });
      const message = `length ${length} at ${xTest} in ${dtype}`;
      // What is dropped for want of digits widens the posterior; where it does not, float32 has two roundings of its own.
      const deviation = dtype === "float64" ? 1e-7 : 2 * Math.sqrt(covariance.at(0, 0)) + 2e-4;
      assertClose(actual.at(0, 0), mean, { atol: deviation, message });
      assert(covariance.at(0, 0) >= 0, message);
      assertClose(covariance.at(0, 0), variance, { atol: dtype === "float64" ? 1e-6 : 2e-4, message });
      assert(predictFn.report.nngp!.rank === 8 || dtype === "float32" && length > 0.25, message);
    }
  }
});

const TOO_SMOOTH =
  "Cannot predict as the share of the targets along eigenvalues of kTrainTrain within its rounding errors in " +
  "float32 (6.74e-7) must be at most 0.001: current value is 0.0129; compute the kernel in float64, or raise diagReg";

Deno.test("a kernel too smooth for float32 is refused with the remedies, which help", async () => {
  const { kTrainTrain, query, y } = rbf(2, 1, "float32");
  await assertThrows(
    () => gpInference(kTrainTrain, y)({ get: "nngp", ...query }),
    NotPositiveDefiniteError,
    TOO_SMOOTH,
  );
  await assertThrows(
    () => gpInference(kTrainTrain, y)({ get: "nngp" }),
    NotPositiveDefiniteError,
    TOO_SMOOTH,
  );
  const mse = gradientDescentMse(kTrainTrain, y);
  const late = { fxTest0: 0, kTestTrain: query.kTestTrain };
  await assertThrows(() => mse(late), NotPositiveDefiniteError, TOO_SMOOTH);
  await assertThrows(() => mse({ t: 1e12, ...late }), NotPositiveDefiniteError, TOO_SMOOTH);
  await assertThrows(
    () => gradientDescent("mse", kTrainTrain, y)({ t: 1e12 }),
    NotPositiveDefiniteError,
    TOO_SMOOTH,
  );
  // Early on nothing depends on small eigenvalues.
  const double = rbf(2, 1, "float64");
  const early = await gradientDescentMse(double.kTrainTrain, y)({
    t: 5,
    fxTest0: 0,
    kTestTrain: double.query.kTestTrain,
  });
  assertClose((await mse({ t: 5, ...late })).fxTest.data, early.fxTest.data, { rtol: 1e-6 });
  const ridge = { diagReg: 1e-4 };
  const expected = await gpInference(double.kTrainTrain, y, ridge)({ get: "nngp", ...double.query });
  const actual = await gpInference(kTrainTrain, y, ridge)({ get: "nngp", ...query });
  assertClose(actual.mean.data, expected.mean.data, { atol: 1e-3 });
});

Deno.test("a kernel that rounding to float32 made asymmetric is accepted by all predictions", async () => {
  const off = Math.fround(0.3);
  const k = array(Float32Array.of(1, off, off + 2 ** -24, 1), [2, 2]);
  // K⁻¹·(1, 1) = 1/1.3.
  const { data } = await gpInference(k, [[1], [1]])({ get: "nngp", kTestTrain: [[1, 0]] });
  assertClose(data, [1 / 1.3], { rtol: 1e-7 });
  assertClose(await maxLearningRate(k), 4 / 1.3, { rtol: 1e-7 });
  const { fxTrain } = await gradientDescentMse(k, [[1], [1]])({ t: 1 });
  assertClose(fxTrain.data, Array(2).fill(1 - Math.exp(-0.65)), { rtol: 1e-7 });
});

Deno.test("variances below 0 are 0 within rounding and refused beyond", async () => {
  // A test point that is a training point: 1 − 1 up to rounding, in float32 from a kernel wrong by three roundings.
  for (const [entry, expected] of [[1, 0], [1 + 3 * 2 ** -24, 0]]) {
    const k = matrix([[1, 0.5], [0.5, 1]], "float32");
    const query = { kTestTrain: matrix([[entry, 0.5]], "float32"), kTestTest: matrix([[1]], "float32") };
    const { covariance } = await gpInference(k, [[1], [2]])({ get: "nngp", ...query });
    assertEquals(covariance.at(0, 0), expected);
  }
  // Kernels of different networks: 1 − (9 − 3·1 + 1)/0.75.
  await assertThrows(
    () =>
      gpInference([[1, 0.5], [0.5, 1]], [[1], [2]])({ get: "nngp", kTestTrain: [[3, 1]], kTestTest: [[1]] }),
    RangeError,
    "Cannot predict as the variance of test output 0 must not be negative beyond rounding (1.36e-13): " +
      "current value is -8.33; take all kernels from one network, or raise diagReg",
  );
});

const indefinite = [[1, 2], [2, 1]];
const NEGATIVE =
  "Cannot predict as the eigenvalues of kTrainTrain must not be negative: current value is -1.00, and rounding " +
  "explains 1.33e-15; raise diagReg";

Deno.test("a kernel that is none is followed exactly where that is defined", async () => {
  // Eigenvalues 3 of (1, 1) and −1 of (1, −1), targets (1, 2) = 3/2·(1, 1) − 1/2·(1, −1), N = 2.
  const [sum, difference] = [1.5 * -Math.expm1(-1.5), -0.5 * -Math.expm1(0.5)];
  const query = { t: 1, fxTest0: 0, kTestTrain: [[1, 0]] };
  const closed = await gradientDescentMse(indefinite, column([1, 2]))(query);
  const exact = await gradientDescent("mse", indefinite, column([1, 2]))(query);
  const stepped = await gradientDescent(
    (fx, y) => new NdArray(fx.data.map((value, i) => (value - y.data[i]) / y.size), y.shape),
    indefinite,
    column([1, 2]),
  )(query);
  for (const [{ fxTrain, fxTest }, rtol] of [[closed, 1e-14], [exact, 1e-14], [stepped, 1e-6]] as const) {
    assertClose(fxTrain.data, [sum + difference, sum - difference], { rtol });
    assertClose(fxTest.data, [sum / 3 - difference], { rtol });
  }
});

Deno.test("a kernel that is none is refused where it has no meaning", async () => {
  const y = column([1, 2]);
  const refuses = (call: () => unknown, text = NEGATIVE) =>
    assertThrows(call, NotPositiveDefiniteError, text);
  await refuses(() => gradientDescentMse(indefinite, y)());
  await refuses(() => gpInference(indefinite, y)({ get: "nngp", kTestTrain: [[1, 0]] }));
  await refuses(() => gpInference(indefinite, y)({ get: "ntk" }));
  const k = { train: matrix(indefinite), test: matrix([[1, 0]]), prior: matrix([[1]]) };
  const ensemble = gradientDescentMseEnsemble(ensembleKernels({ nngp: k, ntk: k }), inputs(2), y);
  for (const t of [1, Infinity]) {
    await refuses(
      () => ensemble({ t, xTest: TEST, get: "ntk" }),
      NEGATIVE.replace("kTrainTrain", "kTrainTrain.ntk"),
    );
  }
  for (
    const [kernel, value, rounding] of [[[[-1]], "-1.00", "2.22e-16"], [
      indefinite,
      "-1.00",
      "1.33e-15",
    ]] as const
  ) {
    await refuses(
      () => maxLearningRate(kernel),
      "Cannot predict as the eigenvalues of kTrainTrain must not be negative for any learning rate to converge: " +
        `current value is ${value}, and rounding explains ${rounding}`,
    );
  }
  // A test–train kernel that does not vanish where the train–train kernel does.
  await refuses(
    () => gradientDescentMse([[0, 0], [0, 2]], y)({ fxTest0: 0, kTestTrain: [[1, 0]] }),
    "Cannot predict at infinite time as kTestTrain must be 0 in the directions in which kTrainTrain is: " +
      "current value is 1.00 for test output 0; compute both with one network",
  );
});

Deno.test("a kernel with small negative eigenvalues is singular up to maxJitter", async () => {
  // Eigenvalues 2 and −2e-12.
  const k = [[1 - 1e-12, 1 + 1e-12], [1 + 1e-12, 1 - 1e-12]];
  const predictFn = gpInference(k, column([0.1, 0.7]));
  assertClose((await predictFn({ get: "nngp", kTestTrain: [[1, 1]] })).data, [0.4], { rtol: 1e-11 });
  assertEquals(predictFn.report.nngp!.rank, 1);
  assertClose(predictFn.jitter.nngp!, 4e-12, { rtol: 1e-3 });
  await assertThrows(
    () => gpInference(k, column([0.1, 0.7]), { maxJitter: 1e-13 })({ get: "nngp", kTestTrain: [[1, 1]] }),
    NotPositiveDefiniteError,
    "Cannot predict as the eigenvalues of kTrainTrain must not be negative: current value is -2.00e-12, and rounding " +
      "explains 8.88e-16; raise diagReg",
  );
});

Deno.test("extreme numbers give a number or an error", async () => {
  const tiny = await gradientDescentMse([[2e-320]], [[1]])({
    t: [1e300, Infinity],
    fxTest0: 0,
    kTestTrain: [[1e-320]],
  });
  // 2e-320 and 1e-320 have twelve bits.
  assertClose(tiny.fxTest.data, [1e-20, 0.5], { rtol: 3e-4 });
  const gp = await gpInference([[2e-320]], [[1]])({
    get: "nngp",
    kTestTrain: [[1e-320]],
    kTestTest: [[1e-320]],
  });
  assertClose(gp.mean.data, [0.5], { rtol: 3e-4 });
  assertClose(gp.covariance.data, [5e-321], { rtol: 1e-2 });
  const large = await gpInference([[1e308, 9e307], [9e307, 1e308]], column([1, 2]))({
    get: "nngp",
    kTestTrain: [[9.5e307, 9.5e307]],
    kTestTest: [[1.2e308]],
  });
  // K⁻¹ has the eigenvalue 1/1.9e308 along (1, 1): 9.5/19·3 and 1.2e308 − 2·9.5e307²/1.9e308.
  assertClose(large.mean.data, [1.5], { rtol: 1e-14 });
  assertClose(large.covariance.data, [2.5e307], { rtol: 1e-13 });
  const k = [[2, 1], [1, 2]], y = column([1e308, -1e308]);
  // (1, −1) has the eigenvalue 1: 1 − e^{−½}, and from ∓1e308 twice as far.
  const learned = -Math.expm1(-0.5) * 1e308;
  for (const predict of [gradientDescentMse(k, y), gradientDescent("mse", k, y)]) {
    const { fxTrain, fxTest } = await predict({ t: 1, fxTest0: 0, kTestTrain: [[1, 0]] });
    assertClose(fxTrain.data, [learned, -learned], { rtol: 1e-14 });
    assertClose(fxTest.data, [learned], { rtol: 1e-14 });
    const far = await predict({ t: 1, fxTrain0: column([-1e308, 1e308]) });
    assertClose(far.fxTrain.data, [2 * learned - 1e308, 1e308 - 2 * learned], { rtol: 1e-13 });
  }
  assertClose((await gpInference(k, y)({ get: "nngp", kTestTrain: [[1, 0]] })).data, [1e308], {
    rtol: 1e-14,
  });
  await assertThrows(
    () => gpInference(k, y)({ get: "nngp", kTestTrain: [[2, 0]] }),
    RangeError,
    "Cannot predict as the mean must stay below 1.8e308: current value is Infinity; scale targets and kernels down",
  );
  await assertThrows(
    () => gradientDescentMse(indefinite, column([1, 2]))({ t: 1e4 }),
    RangeError,
    "Cannot predict as the outputs must stay below 1.8e308: current value is Infinity; scale targets and kernels down",
  );
  assertClose(await maxLearningRate([[2e-320]]), 2e12, { rtol: 1e-12 });
  await assertThrows(
    () => maxLearningRate([[2e-320]], { eps: 0 }),
    RangeError,
    "Cannot predict as the largest eigenvalue of kTrainTrain plus eps must be a number with an inverse: " +
      "current value is 2e-320; scale the kernel, or raise eps",
  );
});
