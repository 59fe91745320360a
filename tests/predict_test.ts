import { array, NdArray } from "../lib/array.ts";
import { NotPositiveDefiniteError, UnsupportedError } from "../lib/errors.ts";
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
    assertMatches(await predictFn({ get }), expected.train, { message: `${message} train` });
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
    assertMatches(both.fxTrain, expected.fx_train_t, { message });
    assertMatches(both.fxTest, expected.fx_test_t, { message });
    const zero = await predictFn({ t, fxTrain0: 0, fxTest0: 0, kTestTrain: kTestTrain[kernel] });
    assertMatches(zero.fxTrain, expected.zero_init.fx_train_t, { message });
    assertMatches(zero.fxTest, expected.zero_init.fx_test_t, { message });
    const trainOnly = await predictFn({ t, fxTrain0 });
    assertMatches(trainOnly.fxTrain, expected.train_only, { message });
    assertEquals(trainOnly.fxTest, null);
  }
});

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
