/** What callers see of the types: this file uses public names only, and has to pass the type checker. */
import {
  array,
  type ArrayInput,
  type Availability,
  backends,
  batch,
  type DType,
  dual,
  expr,
  type NdArray,
  polynomials,
  predict,
  type Progress,
  random,
  stax,
} from "../../mod.ts";
import { assertEquals } from "../assert.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only if the type that is given is `true`. */
const check = <T extends true>(value?: T) => assertEquals(value, undefined);

type Double = NdArray<Float64Array>;
const x: ArrayInput = [[1, 2], [3, 4]];
const network: stax.Network = stax.serial(stax.Dense(2, { wStd: 1.5, bStd: null }), stax.Relu());
const options: stax.KernelOptions = { backend: "reference", dtype: "float64", diagonalBatch: true };

Deno.test("get decides the type of the result", async () => {
  const kernelFn: stax.KernelFn = network.kernelFn;
  const ntk = await kernelFn(x, null, "ntk", { backend: "reference" });
  check<Equal<typeof ntk, Double>>();
  const { nngp, cov1 } = await kernelFn(x, null, ["nngp", "cov1"], { backend: "reference" });
  check<Equal<[typeof nngp, typeof cov1], [Double, Double]>>();
  const isGaussian = await kernelFn(x, x, "isGaussian", { backend: "reference" });
  check<Equal<typeof isGaussian, boolean>>();
  const kernel = await kernelFn(x, null, null, { backend: "reference" });
  check<Equal<typeof kernel.ntk, Double>>();
  check<Equal<typeof kernel.cov2, Double | null>>();
  const continued: stax.Kernel = await stax.Dense(1).kernelFn(kernel, null, null, { backend: "reference" });
  check<Equal<typeof continued.shape1, readonly number[]>>();
});

Deno.test("dtype decides the type of the arrays", async () => {
  const single = await network.kernelFn(x, null, "ntk", { backend: "reference", dtype: "float32" });
  check<Equal<typeof single, NdArray<Float32Array>>>();
  const dtype = "float64" as DType;
  const either = await network.kernelFn(x, null, "ntk", { backend: "reference", dtype });
  check<Equal<typeof either.dtype, DType>>();
  const field: stax.Field = "nngp";
  await network.kernelFn(x, null, field, options);
});

Deno.test("options, progress and availability have public types", async () => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => void seen.push(progress);
  await network.kernelFn(array(x as number[][]), null, "nngp", { ...options, onProgress });
  const available: Availability[] = await backends();
  check<Equal<(typeof available)[number]["dtypes"], readonly DType[]>>();
});

Deno.test("finite networks", () => {
  const initFn: stax.InitFn = network.initFn;
  const applyFn: stax.ApplyFn = network.applyFn;
  const key: random.Key = random.key(0);
  const shape: stax.Shape = [-1, 2];
  const [, params] = initFn(key, shape);
  const anyParams: stax.Params = params;
  const apply: stax.ApplyOptions = { rng: key };
  const outputs = applyFn(anyParams, x, apply);
  check<Equal<typeof outputs, Double>>();
});

Deno.test("layers keep the types of their parameters, and forward functions need no annotation", () => {
  const { outDim, bStd } = stax.Dense(3);
  check<Equal<[typeof outDim, typeof bStd], [number, number | null]>>();
  const layer: stax.Layer = stax.fromJSON(stax.toJSON(stax.Gelu()));
  stax.serial(layer, stax.Dense(1), stax.Elementwise({ fn: (x) => x.mul(2), nngp: ({ cov }) => cov.mul(4) }));
  stax.ElementwiseNumerical((x) => x.tanh());
  stax.ElementwiseNumerical((x) => Math.tanh(x) ** 3);
  stax.ElementwiseNumerical((x: number) => x, { tolerance: 1e-6 });
  stax.ElementwiseNumerical((x: expr.Expr) => expr.exp(x.square().neg()));
});

Deno.test("names that are none are type errors", () => {
  const key = random.key(0);
  const eye = [[1, 0], [0, 1]];
  const calls = [
    // @ts-expect-error diagReg
    () => predict.gpInference(eye, eye, { diag_reg: 1 }),
    // @ts-expect-error kTestTrain
    () => predict.gpInference(eye, eye)({ k_test_train: eye }),
    // @ts-expect-error ntk
    () => predict.gpInference({ nngp: eye, nkt: eye }, eye),
    // @ts-expect-error learningRate
    () => predict.gradientDescentMse(eye, eye, { learning_rate: 1 }),
    // @ts-expect-error { t: 0.01 }
    () => predict.gradientDescentMse(eye, eye)(0.01),
    // @ts-expect-error fxTest0
    () => predict.gradientDescentMse(eye, eye)({ fx_test_0: 0 }),
    // @ts-expect-error momentum
    () => predict.gradientDescent("mse", eye, eye, { momentun: 0.9 }),
    // @ts-expect-error xTest
    () => predict.gradientDescentMseEnsemble(network.kernelFn, eye, eye)({ x_test: eye }),
    // @ts-expect-error backend
    () => predict.gradientDescentMseEnsemble(network.kernelFn, eye, eye, { bakend: "reference" }),
    // @ts-expect-error the kernels of predictions have all their entries
    () => predict.gradientDescentMseEnsemble(network.kernelFn, eye, eye, { diagonalSpatial: true }),
    // @ts-expect-error yTrainSize
    () => predict.maxLearningRate(eye, { y_train_size: 2 }),
    // @ts-expect-error minval
    () => random.uniform(key, [1], { min_val: 0 }),
    // @ts-expect-error dtype
    () => random.normal(key, [1], { type: "float32" }),
    // @ts-expect-error dtype
    () => array([1], { d_type: "float32" }),
    // @ts-expect-error batchSize
    () => batch(network.kernelFn, { batch_size: 1 }),
    // @ts-expect-error isXMatrix
    () => dual.dualKernelExact(eye, "relu", { is_x_matrix: true }),
    // @ts-expect-error var2
    () => dual.dualActivation(stax.Relu(), { cov: 0, var1: 1, var_2: 1 }),
    // @ts-expect-error convertToMono
    () => polynomials.hermitePolfit("relu", 2, { convert_to_mono: true }),
    // @ts-expect-error maskConstant
    () => network.applyFn(null, eye, { mask_constant: 0 }),
    // @ts-expect-error diagonalBatch
    () => network.kernelFn(eye, null, "ntk", { diagonal_batch: false }),
    // @ts-expect-error wStd
    () => stax.Dense(1, { W_std: 1 }),
  ];
  assertEquals(calls.length, 21);
});

Deno.test("one kernel or those of a network, in all predictions", async () => {
  const kernel = await network.kernelFn(x, null, null, { backend: "reference" });
  const train = await stax.Dense(1).kernelFn(x, null, null, { backend: "reference" });
  const y = [[1], [2]];
  const query = { fxTest0: 0, kTestTrain: train };
  const { fxTest } = await predict.gradientDescentMse(train, y, { get: "nngp", diagReg: 0.1 })(query);
  check<Equal<typeof fxTest, Double>>();
  const rate = await predict.maxLearningRate(kernel.ntk, { get: "ntk" });
  check<Equal<typeof rate, number>>();
  const options: predict.GradientDescentMseEnsembleOptions = { ...{ backend: "reference" }, pattern: null };
  const kernelFn: predict.KernelFn = stax.Dense(1).kernelFn;
  const { ntk } = await predict.gradientDescentMseEnsemble(kernelFn, x, y, options)({ pattern: null });
  check<Equal<typeof ntk, Double>>();
});
