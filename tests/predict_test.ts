import { NdArray } from "../lib/array/mod.ts";
import { NotPositiveDefiniteError, UnsupportedError } from "../lib/errors.ts";
import { matmul } from "../lib/linalg/matmul.ts";
import {
  type Gaussian,
  gpInference,
  gradientDescent,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  type KernelFn,
  type KernelName,
  maxLearningRate,
  type PosteriorName,
} from "../lib/predict/mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { fixture, type FixtureArray } from "./fixtures.ts";

const toMatrix = ({ data, shape }: FixtureArray) => new NdArray(Float64Array.from(data), shape);

interface GaussianFixture {
  mean: FixtureArray;
  covariance: FixtureArray;
}
interface Outputs {
  fx_train_t: FixtureArray;
  fx_test_t: FixtureArray;
}
interface Predict
  extends Record<"x_train" | "x_test" | "y_train" | "fx_train_0" | "fx_test_0", FixtureArray> {
  k_train_train: Record<KernelName, FixtureArray>;
  k_test_train: Record<KernelName, FixtureArray>;
  k_test_test: Record<KernelName, FixtureArray>;
  gp_inference: {
    diag_reg: number;
    diag_reg_absolute_scale: boolean;
    get: PosteriorName;
    mean: FixtureArray;
    gaussian: GaussianFixture;
    train: FixtureArray;
    train_regularized: GaussianFixture;
  }[];
  gradient_descent_mse: (
    & { kernel: KernelName; diag_reg: number; learning_rate: number; t: number | number[] | null }
    & Outputs
    & {
      zero_init: Outputs;
      train_only: FixtureArray;
    }
  )[];
  gradient_descent_mse_ensemble: {
    diag_reg: number;
    learning_rate: number;
    t: number | number[] | null;
    get: KernelName;
    compute_cov: boolean;
    on: "test" | "train";
    out: FixtureArray | GaussianFixture;
  }[];
  max_learning_rate: { kernel: KernelName; momentum: number; y_train_size: number | null; value: number }[];
  gradient_descent_ode: { momentum: number | null; t: number; out: Outputs }[];
}

const reference = fixture<Predict>("predict");
const { k_train_train: kTrainTrain, k_test_train: kTestTrain, k_test_test: kTestTest } = reference;
const { x_train: xTrain, x_test: xTest, y_train: yTrain, fx_train_0: fxTrain0, fx_test_0: fxTest0 } =
  reference;
const TOLERANCE = 1e-10;

/** Fails unless all entries agree to `tolerance` times the largest expected entry, or `scale` if that is larger. */
function assertMatches(
  actual: NdArray,
  expected: FixtureArray,
  { scale = 0, tolerance = TOLERANCE, message }: { scale?: number; tolerance?: number; message: string },
): void {
  assertDeepEquals([...actual.shape], expected.shape, message);
  const largest = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), scale);
  assertClose(actual.data, expected.data, { atol: tolerance * largest, message });
}

/** Covariances are differences of kernels, so their errors scale with the kernels. */
function assertGaussian(
  actual: Gaussian,
  expected: GaussianFixture,
  prior: FixtureArray,
  message: string,
): void {
  assertMatches(actual.mean, expected.mean, { message: `${message} mean` });
  const scale = Math.max(...prior.data);
  assertMatches(actual.covariance, expected.covariance, { scale, message: `${message} covariance` });
}

Deno.test("gpInference agrees with the reference", async () => {
  for (
    const { get, diag_reg: diagReg, diag_reg_absolute_scale: diagRegAbsoluteScale, ...expected } of reference
      .gp_inference
  ) {
    const message = `${get} diagReg ${diagReg} ${diagRegAbsoluteScale}`;
    const predictFn = gpInference(kTrainTrain, yTrain, { diagReg, diagRegAbsoluteScale });
    assertMatches(await predictFn({ get, kTestTrain }), expected.mean, { message });
    assertGaussian(
      await predictFn({ get, kTestTrain, kTestTest }),
      expected.gaussian,
      kTestTest.ntk,
      message,
    );
    // The Python library leaves the regularizer out at the training points unless it is given their kernels again; here it
    // never does. Without regularizer both are (y, 0).
    const train = diagReg > 0 ? expected.train_regularized.mean : expected.train;
    assertMatches(await predictFn({ get }), train, { message: `${message} train` });
    assertGaussian(
      await predictFn({ get, kTestTest: true }),
      expected.train_regularized,
      kTrainTrain.ntk,
      `${message} train`,
    );
    const regularized = await predictFn({ get, kTestTrain: kTrainTrain, kTestTest: kTrainTrain });
    assertGaussian(regularized, expected.train_regularized, kTrainTrain.ntk, `${message} regularized`);
    assertDeepEquals(predictFn.jitter, { [get === "nngp" ? "nngp" : "ntk"]: 0 });
  }
});

Deno.test("gradientDescentMse agrees with the reference", async () => {
  for (
    const { kernel, diag_reg: diagReg, learning_rate: learningRate, t, ...expected } of reference
      .gradient_descent_mse
  ) {
    const message = `${kernel} diagReg ${diagReg} learningRate ${learningRate} t ${t}`;
    const predictFn = gradientDescentMse(kTrainTrain[kernel], yTrain, { diagReg, learningRate });
    const both = await predictFn({ t, fxTrain0, fxTest0, kTestTrain: kTestTrain[kernel] });
    const k = toMatrix(kTrainTrain[kernel]);
    const shift = diagReg * k.data.filter((_, i) => i % 9 === 0).reduce((sum, value) => sum + value / 8, 0);
    // The Python library has f = f₀ + (1 − e^{−(K + r)t/N})·(y − f₀) at the training points, without the factor K·(K + r)⁻¹ that
    // it has at test points equal to them: (K + r)·(f − f₀) must be K times its change.
    const assertTrain = (f: NdArray, start: ArrayLike<number>, reference: FixtureArray) => {
      if (diagReg === 0) return assertMatches(f, reference, { message });
      assertDeepEquals([...f.shape], reference.shape, message);
      for (let at = 0; at < f.size; at += 16) {
        const change = (data: ArrayLike<number>) =>
          new NdArray(Float64Array.from({ length: 16 }, (_, i) => data[at + i] - start[i]), [8, 2]);
        const ours = change(f.data);
        const pulled = matmul(k, ours).data.map((value, i) => value + shift * ours.data[i]);
        assertClose(pulled, matmul(k, change(reference.data)).data, { atol: 1e-9, message });
      }
    };
    assertTrain(both.fxTrain, fxTrain0.data, expected.fx_train_t);
    assertMatches(both.fxTest, expected.fx_test_t, { message });
    const zero = await predictFn({ t, fxTrain0: 0, fxTest0: 0, kTestTrain: kTestTrain[kernel] });
    assertTrain(zero.fxTrain, new Float64Array(16), expected.zero_init.fx_train_t);
    assertMatches(zero.fxTest, expected.zero_init.fx_test_t, { message });
    const trainOnly = await predictFn({ t, fxTrain0 });
    assertTrain(trainOnly.fxTrain, fxTrain0.data, expected.train_only);
    assertEquals(trainOnly.fxTest, null);
  }
});

/** The same kernels at test points that are the training points. */
const trainKernelFn: KernelFn = (_x1, _x2, get) =>
  Promise.resolve(Object.fromEntries(get.map((name) => [name, kTrainTrain[name]])));

const kernelFn: KernelFn = (x1, x2, get) => {
  const kernels = x2 !== null ? kTestTrain : x1 === xTest ? kTestTest : kTrainTrain;
  return Promise.resolve(Object.fromEntries(get.map((name) => [name, kernels[name]])));
};

Deno.test("gradientDescentMseEnsemble agrees with the reference", async () => {
  for (
    const { diag_reg: diagReg, learning_rate: learningRate, t, get, compute_cov: computeCov, on, out }
      of reference.gradient_descent_mse_ensemble
  ) {
    const message = `${get} diagReg ${diagReg} t ${t} on ${on}`;
    const predictFn = gradientDescentMseEnsemble(kernelFn, xTrain, yTrain, { diagReg, learningRate });
    const query = { t, xTest: on === "test" ? xTest : null, get };
    if (on === "train" && diagReg > 0) {
      // The Python library leaves the regularizer out here, or takes it for a part of the initial covariance; what it has at
      // test points, which is checked below, holds at those that are training points, too.
      const options = { diagReg, learningRate };
      const explicit = gradientDescentMseEnsemble(trainKernelFn, xTrain, yTrain, options);
      const expected = await explicit({ t, xTest: xTrain, get, computeCov: true });
      const { mean, covariance } = await predictFn({ ...query, computeCov: true });
      assertClose(mean.data, expected.mean.data, { atol: 1e-12, message });
      assertClose(covariance.data, expected.covariance.data, { atol: 1e-12, message });
      continue;
    }
    if ("mean" in out) {
      const prior = on === "test" ? kTestTest.nngp : kTrainTrain.nngp;
      assertGaussian(await predictFn({ ...query, computeCov: true }), out, prior, message);
    } else assertMatches(await predictFn(query), out, { message });
    assertEquals(computeCov, "mean" in out);
  }
});

Deno.test("maxLearningRate agrees with the reference", async () => {
  for (const { kernel, momentum, y_train_size: yTrainSize, value } of reference.max_learning_rate) {
    assertClose(await maxLearningRate(kTrainTrain[kernel], { momentum, yTrainSize }), value, {
      rtol: TOLERANCE,
    });
  }
});

Deno.test("gradientDescent agrees with the reference", async () => {
  for (const { momentum, t, out } of reference.gradient_descent_ode) {
    const message = `momentum ${momentum} t ${t}`;
    const predictFn = gradientDescent("mse", kTrainTrain.ntk, yTrain, { momentum });
    const { fxTrain, fxTest } = await predictFn({ t, fxTrain0, fxTest0, kTestTrain: kTestTrain.ntk });
    assertMatches(fxTrain, out.fx_train_t, { tolerance: 1e-6, message });
    assertMatches(fxTest, out.fx_test_t, { tolerance: 1e-6, message });
  }
});

Deno.test("gradientDescent with momentum can be resumed from its state", async () => {
  const predictFn = gradientDescent("mse", kTrainTrain.ntk, yTrain, { momentum: 0.9, rtol: 1e-10 });
  const start = { fxTrain0, fxTest0, kTestTrain: kTestTrain.ntk };
  const whole = await predictFn({ t: [3, 7], ...start });
  assertDeepEquals([...whole.qxTest!.shape], [2, 5, 2]);
  const half = await predictFn({ t: 3, ...start });
  const rest = await predictFn({
    t: 4,
    fxTrain0: half.fxTrain,
    fxTest0: half.fxTest,
    qxTrain0: half.qxTrain,
    qxTest0: half.qxTest,
    kTestTrain: kTestTrain.ntk,
  });
  assertClose(rest.fxTrain.data, whole.fxTrain.data.subarray(16), { atol: 1e-8 });
  assertClose(rest.qxTest!.data, whole.qxTest!.data.subarray(10), { atol: 1e-8 });
});

Deno.test("gradientDescent reaches the tolerance it is asked for", async () => {
  const query = { t: [0.5, 20, 200], fxTrain0, fxTest0, kTestTrain: kTestTrain.ntk };
  const exact = await gradientDescentMse(kTrainTrain.ntk, yTrain)(query);
  const largest = Math.max(...fxTrain0.data.map(Math.abs));
  for (const rtol of [1e-4, 1e-6, 1e-8, 1e-10]) {
    const { fxTrain, fxTest } = await gradientDescent("mse", kTrainTrain.ntk, yTrain, { rtol })(query);
    // Errors of single steps add up: ten tolerances at times much longer than a step.
    assertClose(fxTrain.data, exact.fxTrain.data, { atol: 10 * rtol * largest, message: `rtol ${rtol}` });
    assertClose(fxTest.data, exact.fxTest.data, { atol: 10 * rtol * largest, message: `rtol ${rtol}` });
  }
});

Deno.test("get selects what is returned, and an absent get what is available", async () => {
  const both = gpInference(kTrainTrain, yTrain);
  const single = await both({ get: "ntk", kTestTrain });
  assertDeepEquals(Object.keys(await both({ kTestTrain })), ["nngp", "ntk"]);
  const listed = await both({ get: ["ntkgp", "ntk"], kTestTrain, kTestTest });
  assertDeepEquals(Object.keys(listed), ["ntkgp", "ntk"]);
  assertDeepEquals(listed.ntk.mean, single);
  assertDeepEquals(listed.ntkgp.mean, single);
  const nngpOnly = gpInference({ nngp: kTrainTrain.nngp }, yTrain);
  assertDeepEquals(Object.keys(await nngpOnly({ kTestTrain })), ["nngp"]);
  const array = gpInference(kTrainTrain.ntk, yTrain);
  assertDeepEquals(await array({ get: "ntk", kTestTrain: kTestTrain.ntk }), single);
});

Deno.test("a posterior covariance is symmetric to the last digit", async () => {
  const mirrored = (a: NdArray) =>
    new NdArray(a.data.map((_, at) => a.at(at % 5, Math.floor(at / 5))), [5, 5]);
  const symmetric = ({ data }: FixtureArray) => {
    const a = new NdArray(Float64Array.from(data), [5, 5]);
    return new NdArray(a.data.map((value, at) => (value + mirrored(a).data[at]) / 2), [5, 5]);
  };
  const predictFn = gpInference(kTrainTrain, yTrain, { diagReg: 1e-3 });
  const posteriors = await predictFn({
    get: ["nngp", "ntk", "ntkgp"],
    kTestTrain,
    kTestTest: { nngp: symmetric(kTestTest.nngp), ntk: symmetric(kTestTest.ntk) },
  });
  for (const { covariance } of Object.values(posteriors)) assertDeepEquals(mirrored(covariance), covariance);
});

Deno.test("gpInference reports the jitter of a singular kernel, or refuses it", async () => {
  const singular = [[1, 1], [1, 1]];
  const predictFn = gpInference(singular, [[1], [1]]);
  assertDeepEquals(predictFn.jitter, {});
  const mean = await predictFn({ get: "nngp", kTestTrain: [[1, 1]] });
  assertClose(mean.data, [1], { rtol: 1e-10 });
  assert(predictFn.jitter.nngp! > 0 && predictFn.jitter.nngp! <= 1e-10);
  await assertThrows(
    () => gpInference(singular, [[1], [1]], { maxJitter: 0 })({ get: "nngp", kTestTrain: [[1, 1]] }),
    NotPositiveDefiniteError,
    "Cannot factor kTrainTrain as its smallest pivot must exceed its rounding error 4.44e-16: " +
      "current value is 0.00 at index 1 without jitter; raise diagReg",
  );
});

Deno.test("finite times stay finite where the kernel is zero", async () => {
  const { fxTrain, fxTest } = await gradientDescentMse([[0, 0], [0, 2]], [[1], [1]])({
    t: 3,
    fxTest0: 0,
    kTestTrain: [[1, 0]],
  });
  assertClose(fxTrain.data, [0, 1 - Math.exp(-3)], { rtol: 1e-15 });
  // The limit of (1 − e^{−λt/N})/λ for λ → 0 is t/N.
  assertClose(fxTest.data, [1.5], { rtol: 1e-15 });
});

Deno.test("infinity among the times is the limit", async () => {
  const mse = gradientDescentMse(kTrainTrain.ntk, yTrain);
  const query = { fxTrain0, fxTest0, kTestTrain: kTestTrain.ntk };
  const limit = await mse(query);
  const times = await mse({ t: [[0], [Infinity]], ...query });
  assertDeepEquals([...times.fxTest.shape], [2, 1, 5, 2]);
  assertDeepEquals(times.fxTest.data.slice(10), limit.fxTest.data);
  assertDeepEquals(times.fxTrain.data.slice(16), limit.fxTrain.data);
  const ensemble = gradientDescentMseEnsemble(kernelFn, xTrain, yTrain);
  const converged = await ensemble({ xTest, get: "ntk", computeCov: true });
  const late = await ensemble({ t: 1e9, xTest, get: "ntk", computeCov: true });
  assertClose(late.mean.data, converged.mean.data, { atol: 1e-10 });
  assertClose(late.covariance.data, converged.covariance.data, { atol: 1e-10 });
});

Deno.test("kernels over positions are predicted as one matrix over points and positions", async () => {
  // Axes (point, point, position, position): two training and one test point at three positions.
  const kernel = (rows: number, cols: number, first: number) => {
    const data = new Float64Array(rows * cols * 9);
    for (let at = 0; at < data.length; at++) {
      const [i, j, p, q] = [
        Math.floor(at / 9 / cols),
        Math.floor(at / 9) % cols,
        Math.floor(at / 3) % 3,
        at % 3,
      ];
      data[at] = Math.exp(-((first + i - j) ** 2) - (p - q) ** 2 / 2);
    }
    return new NdArray(data, [rows, cols, 3, 3]);
  };
  const flat = (k: NdArray) => {
    const [rows, cols] = k.shape;
    const data = Float64Array.from({ length: k.size }, (_, at) => {
      const [row, col] = [Math.floor(at / (3 * cols)), at % (3 * cols)];
      return k.at(Math.floor(row / 3), Math.floor(col / 3), row % 3, col % 3);
    });
    return new NdArray(data, [3 * rows, 3 * cols]);
  };
  const [dd, td, tt] = [kernel(2, 2, 0), kernel(1, 2, 0.3), kernel(1, 1, 0)];
  const y = new NdArray(Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), [2, 3, 2]);
  const spatial = await gpInference(dd, y)({ get: "nngp", kTestTrain: td, kTestTest: tt });
  const matrix = gpInference(flat(dd), new NdArray(y.data, [6, 2]));
  const expected = await matrix({ get: "nngp", kTestTrain: flat(td), kTestTest: flat(tt) });
  assertDeepEquals([...spatial.mean.shape], [1, 3, 2]);
  assertDeepEquals([...spatial.covariance.shape], [1, 1, 3, 3]);
  assertDeepEquals(spatial.mean.data, expected.mean.data);
  assertDeepEquals(flat(spatial.covariance), expected.covariance);
});

Deno.test("gradientDescentMseEnsemble computes each training kernel once and passes options on", async () => {
  const calls: [boolean, boolean, KernelName[], unknown][] = [];
  const counting: KernelFn = (x1, x2, get, options) => {
    calls.push([x1 === xTest, x2 !== null, get, options]);
    return kernelFn(x1, x2, get);
  };
  const predictFn = gradientDescentMseEnsemble(counting, xTrain, yTrain, {
    diagReg: 1e-3,
    backend: "reference",
  });
  await predictFn({ get: "ntk" });
  await predictFn({ get: "ntk", xTest, computeCov: true });
  await predictFn({ t: 1 });
  const backend = { backend: "reference" };
  assertDeepEquals(calls, [
    [false, false, ["ntk"], backend],
    [false, false, ["nngp"], backend],
    [true, true, ["nngp", "ntk"], backend],
    [true, false, ["nngp"], backend],
  ]);
});

Deno.test("gradientDescentMseEnsemble asks again after a failure", async () => {
  let fail = true;
  const unreliable: KernelFn = (x1, x2, get) =>
    fail ? Promise.reject(new Error("lost")) : kernelFn(x1, x2, get);
  const predictFn = gradientDescentMseEnsemble(unreliable, xTrain, yTrain);
  await assertThrows(() => predictFn({ get: "ntk" }), Error, "lost");
  fail = false;
  assertDeepEquals([...(await predictFn({ get: "ntk" })).shape], [8, 2]);
});

const square = [[2, 1], [1, 2]];
const labels = [[1], [2]];
const unknownGet = "nngpp" as PosteriorName;

const badCalls: [string, () => unknown, new (...args: never[]) => Error, string][] = [
  [
    "labels of another length",
    () => gpInference(square, [[1], [2], [3]]),
    TypeError,
    "Cannot predict as the shape of yTrain must be [2, channels] to match kTrainTrain: current value is [3, 1]",
  ],
  [
    "labels without channels",
    () => gpInference(square, [1, 2]),
    TypeError,
    "Cannot predict as the shape of yTrain must be [2, channels] to match kTrainTrain: current value is [2]",
  ],
  [
    "labels that are not a number",
    () => gpInference(square, [[1], [NaN]]),
    RangeError,
    "Cannot use yTrain as yTrain[1][0] must be finite: current value is NaN",
  ],
  [
    "a kernel that is not a number",
    () => gpInference({ ntk: [[1, NaN], [NaN, 1]] }, labels),
    RangeError,
    "Cannot use kTrainTrain.ntk as kTrainTrain.ntk[0][1] must be finite: current value is NaN",
  ],
  [
    "a kernel that is not square",
    () => gpInference([[1, 2]], [[1]]),
    TypeError,
    "Cannot predict as the column axes of kTrainTrain must be [1]: current value is [2]",
  ],
  [
    "a kernel with an odd number of axes",
    () => gpInference([1, 2], labels),
    TypeError,
    "Cannot predict as the number of axes of kTrainTrain must be 2, or 2 more for each axis of positions: " +
    "current value is 1",
  ],
  [
    "a kernel that is not symmetric",
    () => gpInference([[1, 0.25], [0.5, 1]], labels)({ get: "ntk", kTestTrain: [[1, 1]] }),
    RangeError,
    "Cannot factor kTrainTrain as kTrainTrain[1][0] must equal kTrainTrain[0][1] = 0.25: current value is 0.5; " +
    "average the matrix with its transpose if both are right",
  ],
  [
    "a record without kernels",
    () => gpInference({ nngp: null }, labels),
    TypeError,
    'Cannot predict as kTrainTrain must contain "nngp" or "ntk": current value has neither',
  ],
  [
    "a negative diagReg",
    () => gpInference(square, labels, { diagReg: -1 }),
    RangeError,
    "Cannot predict as diagReg must be a non-negative number: current value is -1",
  ],
  [
    "an infinite maxJitter",
    () => gpInference(square, labels, { maxJitter: Infinity }),
    RangeError,
    "Cannot predict as maxJitter must be a non-negative number: current value is Infinity",
  ],
  [
    "traceAxes that keep the channels",
    () => gpInference(square, labels, { traceAxes: [] }),
    UnsupportedError,
    "Cannot predict as traceAxes must be [-1]: current value is []; move the channels of yTrain to its last axis",
  ],
  [
    "an unknown get",
    () => gpInference(square, labels)({ get: unknownGet }),
    RangeError,
    'Cannot predict as get must be one of "nngp", "ntk", "ntkgp": current value is "nngpp"',
  ],
  [
    "an empty get",
    () => gpInference(square, labels)({ get: [] }),
    RangeError,
    'Cannot predict as get must be a list of "nngp", "ntk", "ntkgp": current value is a list of length 0',
  ],
  [
    "a train kernel that is missing",
    () => gpInference({ nngp: square }, labels)({ get: "ntk" }),
    TypeError,
    'Cannot predict as kTrainTrain must contain "ntk": current value has "nngp"',
  ],
  [
    "a test kernel that is missing",
    () => gpInference(square, labels)({ get: "ntk", kTestTrain: { nngp: [[1, 1]] } }),
    TypeError,
    'Cannot predict as kTestTrain must contain "ntk": current value has "nngp"',
  ],
  [
    "the covariance of an ensemble from a single train kernel",
    () =>
      gpInference(square, labels)({
        get: "ntk",
        kTestTrain: { nngp: [[1, 1]], ntk: [[1, 1]] },
        kTestTest: [[1]],
      }),
    TypeError,
    'Cannot predict the covariance for "ntk" as kTrainTrain must contain "nngp" and "ntk": ' +
    "current value is a single array",
  ],
  [
    "the covariance of an ensemble from a single test kernel",
    () =>
      gpInference({ nngp: square, ntk: square }, labels)({
        get: "ntk",
        kTestTrain: [[1, 1]],
        kTestTest: [[1]],
      }),
    TypeError,
    'Cannot predict the covariance for "ntk" as kTestTrain must contain "nngp" and "ntk": ' +
    "current value is a single array",
  ],
  [
    "a test kernel for other training points",
    () => gpInference(square, labels)({ get: "ntk", kTestTrain: [[1, 1, 1]] }),
    TypeError,
    "Cannot predict as the column axes of kTestTrain must be [2]: current value is [3]",
  ],
  [
    "a prior for other test points",
    () => gpInference(square, labels)({ get: "nngp", kTestTrain: [[1, 1]], kTestTest: square }),
    TypeError,
    "Cannot predict as the row axes of kTestTest must be [1]: current value is [2]",
  ],
  [
    "a prior that is only true",
    () => gpInference(square, labels)({ get: "nngp", kTestTrain: [[1, 1]], kTestTest: true }),
    TypeError,
    "Cannot predict as kTestTest must be a kernel if kTestTrain is given: current value is true",
  ],
  [
    "a learning rate of 0",
    () => gradientDescentMse(square, labels, { learningRate: 0 }),
    RangeError,
    "Cannot predict as learningRate must be a positive number: current value is 0",
  ],
  [
    "a negative time",
    () => gradientDescentMse(square, labels)({ t: [1, -1] }),
    RangeError,
    "Cannot predict as t must be non-negative: current value is -1",
  ],
  [
    "test outputs without their kernel",
    () => gradientDescentMse(square, labels)({ fxTest0: 0 }),
    TypeError,
    "Cannot predict as kTestTrain must be given with fxTest0: current value is null",
  ],
  [
    "no outputs at all",
    () => gradientDescentMse(square, labels)({ fxTrain0: null }),
    TypeError,
    "Cannot predict as fxTrain0 or fxTest0 must be given: current value is null for both",
  ],
  [
    "initial outputs of another shape",
    () => gradientDescentMse(square, labels)({ fxTrain0: [[1, 2]] }),
    TypeError,
    "Cannot predict as fxTrain0 must be a number or have the shape [2, 1]: current value is [1, 2]",
  ],
  [
    "inputs and labels of different lengths",
    () => gradientDescentMseEnsemble(kernelFn, [[1], [2], [3]], labels),
    TypeError,
    "Cannot predict as the first axis of yTrain must be 3, as that of xTrain: current value is 2",
  ],
  [
    "the posterior of the NTK from an ensemble",
    () => gradientDescentMseEnsemble(kernelFn, xTrain, yTrain)({ get: "ntkgp" as KernelName }),
    RangeError,
    'Cannot predict as get must be one of "nngp", "ntk": current value is "ntkgp"',
  ],
  [
    "a momentum of 1",
    () => maxLearningRate(square, { momentum: 1 }),
    RangeError,
    "Cannot predict as momentum must be a number from 0 up to, but not including, 1: current value is 1",
  ],
  [
    "a fractional number of outputs",
    () => maxLearningRate(square, { yTrainSize: 1.5 }),
    RangeError,
    "Cannot predict as yTrainSize must be a positive integer: current value is 1.5",
  ],
  [
    "a loss by an unknown name",
    () => gradientDescent("mae" as "mse", square, labels),
    RangeError,
    'Cannot predict as loss must be "mse" or a gradient: current value is "mae"',
  ],
  [
    "infinite training with a loss",
    () => gradientDescent("mse", square, labels)({ t: Infinity }),
    RangeError,
    "Cannot predict as t must be finite, non-negative and increasing: current value is Infinity",
  ],
  [
    "times that do not increase",
    () => gradientDescent("mse", square, labels)({ t: [1, 1] }),
    RangeError,
    "Cannot predict as t must be finite, non-negative and increasing: current value is 1",
  ],
  [
    "velocities without momentum",
    () => gradientDescent("mse", square, labels)({ t: 1, qxTrain0: 0 }),
    TypeError,
    "Cannot predict as momentum must be given with qxTrain0 or qxTest0: current value is null",
  ],
  [
    "a gradient of another shape",
    () => gradientDescent(() => [[1]], square, labels)({ t: 1 }),
    TypeError,
    "Cannot predict as the shape of the gradient of the loss must be [2, 1]: current value is [1, 1]",
  ],
  [
    "a gradient that is not a number",
    () =>
      gradientDescent((_, y) => new NdArray(new Float64Array(y.size).fill(NaN), y.shape), square, labels)({
        t: 1,
      }),
    RangeError,
    "Cannot predict as the outputs must stay finite: current value is not at t = 0 (in units of the learning rate); " +
    "lower the learning rate or check the gradient of the loss",
  ],
];

for (const [name, call, type, message] of badCalls) {
  Deno.test(`predict refuses ${name}`, () => assertThrows(call, type, message));
}
