/** Names of options and queries: whatever is public refuses those that are none, and says which was meant. */
import {
  array,
  batch,
  dual,
  features,
  kernelGradient,
  KernelOperator,
  polynomials,
  predict,
  random,
  sketching,
  stax,
  tiles,
} from "../mod.ts";
import { zeros } from "../lib/array/mod.ts";
import { nearest } from "../lib/options.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const key = random.key(0);
const eye = [[1, 0], [0, 1]];
const labels = [[1], [1]];
const dense = stax.Dense(1);
const srht = sketching.TensorSRHT.draw(key, { inputDim1: 2, inputDim2: 2, sketchDim: 2 });
const of = "backend dtype onProgress signal";
const regularizer = "diagReg diagRegAbsoluteScale maxJitter traceAxes";
const axes = "batchAxis channelAxis";
const convolution = `strides padding wStd bStd dimensionNumbers parameterization s`;

/** What takes an object, and the names that it knows. */
const takers: [name: string, call: (given: never) => unknown, names: string][] = [
  [
    "predict.evidence",
    (o) => predict.evidence(dense, eye, labels, o),
    "kernel noise outputScale gradient backend signal free",
  ],
  [
    "predict.fit",
    (o) => predict.fit(dense, eye, labels, o),
    "kernel noise outputScale gradient backend signal free bounds restarts key objective standardize maxIterations tolerance onProgress",
  ],
  ["array", (o) => array([1], o), "dtype"],
  ["batch", (o) => batch(dense.kernelFn, o), "batchSize deviceCount storeOnDevice"],
  ["random.uniform", (o) => random.uniform(key, [1], o), "minval maxval dtype"],
  ["random.normal", (o) => random.normal(key, [1], o), "dtype"],
  ["random.bernoulli", (o) => random.bernoulli(key, 0.5, [1], o), "dtype"],
  ["random.randint", (o) => random.randint(key, [1], 0, 2, o), "dtype"],
  ["random.choice", (o) => random.choice(key, 2, [1], o), "dtype"],
  [
    "kernelFn",
    (o) => dense.kernelFn(eye, null, "nngp", o),
    `${of} diagonalBatch diagonalSpatial pattern maskConstant`,
  ],
  ["tiles", (o) => tiles(dense.kernelFn, eye, null, "nngp", o).next(), `rows ${of}`],
  ["KernelOperator.of", (o) => KernelOperator.of(dense, eye, "nngp", o), `tileRows path ${of}`],
  ["kernelGradient", (o) => kernelGradient(dense, eye, null, "nngp", o), `${of} kinks`],
  ["applyFn", (o) => dense.applyFn(dense.initFn(key, [1, 2])[1], eye, o), "rng pattern maskConstant"],
  ["dual.dualActivation", (o) => dual.dualActivation(stax.Relu(), { cov: 0, var1: 1, var2: 1 }, o), of],
  ["moments", (o) => dual.dualActivation(stax.Relu(), o), "cov var1 var2"],
  ["dual.dualKernelExact", (o) => dual.dualKernelExact(eye, "relu", o), `${of} isXMatrix`],
  ["dual.dualKernelPoly", (o) => dual.dualKernelPoly([1], eye, 1, o), of],
  ["dual.dualKernelHermite", (o) => dual.dualKernelHermite(eye, "relu", 2, o), `${of} exactDiagonal`],
  ["dual.dualKernelEmpirical", (o) => dual.dualKernelEmpirical(eye, key, o), `${of} numHiddens act`],
  ["polynomials.hermitePolfit", (o) => polynomials.hermitePolfit("relu", 2, o), "convertToMono"],
  ["polynomials.hermiteCoeffsRelu", (o) => polynomials.hermiteCoeffsRelu(2, o), "convertToMono"],
  ["predict.gpInference", (o) => predict.gpInference(eye, labels, o), regularizer],
  [
    "predict.regression",
    (o) => predict.regression(dense, eye, labels, o),
    "kernel noise standardize solver tolerance rank tiles backend dtype onProgress signal",
  ],
  ["predict.prior", (o) => predict.prior(dense, o).sample(eye, key), "kernel backend dtype outputs"],
  ["its query", (o) => predict.gpInference(eye, labels)(o), "get kTestTrain kTestTest"],
  [
    "predict.gradientDescentMse",
    (o) => predict.gradientDescentMse(eye, labels, o),
    `${regularizer} learningRate get`,
  ],
  ["its query", (o) => predict.gradientDescentMse(eye, labels)(o), "t fxTrain0 fxTest0 kTestTrain"],
  [
    "predict.gradientDescent",
    (o) => predict.gradientDescent("mse", eye, labels, o),
    "learningRate momentum rtol atol traceAxes get",
  ],
  [
    "its query",
    (o) => predict.gradientDescent("mse", eye, labels)(o),
    "t fxTrain0 fxTest0 kTestTrain qxTrain0 qxTest0 signal",
  ],
  [
    "predict.gradientDescentMseEnsemble",
    (o) => predict.gradientDescentMseEnsemble(dense.kernelFn, eye, labels, o),
    `${regularizer} ${of} learningRate pattern maskConstant`,
  ],
  [
    "its query",
    (o) => predict.gradientDescentMseEnsemble(dense.kernelFn, eye, labels)(o),
    "t xTest pattern get computeCov",
  ],
  ["predict.maxLearningRate", (o) => predict.maxLearningRate(eye, o), "get yTrainSize momentum eps"],
  [
    "predict.ridge",
    (o) => predict.ridge([], o),
    "regularizations absoluteScale validation checkpoint checkpointSeconds onProgress signal",
  ],
  ["a batch", (o) => predict.ridge([o], { regularizations: 1 }), "features targets"],
  ["zeros", (o) => zeros([1], o), "dtype"],
  ["stax.Dense", (o) => stax.Dense(1, o), `wStd bStd parameterization s ${axes}`],
  ["stax.Conv", (o) => stax.Conv(1, [1], o), convolution],
  ["stax.ConvTranspose", (o) => stax.ConvTranspose(1, [1], o), convolution],
  ["stax.ConvLocal", (o) => stax.ConvLocal(1, [1], o), convolution],
  ["stax.AvgPool", (o) => stax.AvgPool([1], o), `strides padding normalizeEdges ${axes}`],
  ["stax.SumPool", (o) => stax.SumPool([1], o), `strides padding ${axes}`],
  ["stax.Erf", (o) => stax.Erf(o), "a b c"],
  ["stax.ExpNormalized", (o) => stax.ExpNormalized(o), "gamma shift doClip"],
  ["stax.Aggregate", (o) => stax.Aggregate(o), `aggregateAxis implementation ${axes}`],
  ["stax.LayerNorm", (o) => stax.LayerNorm(o), `axis eps ${axes}`],
  ["stax.ImageResize", (o) => stax.ImageResize([-1, 2, -1], o), `method antialias ${axes}`],
  ["stax.Elementwise", (o) => stax.Elementwise(o), "fn nngp dNngp"],
  ["stax.ElementwiseNumerical", (o) => stax.ElementwiseNumerical(Math.tanh, o), "tolerance deg df kinks"],
  ["sketching.TensorSRHT", (o) => new sketching.TensorSRHT(o), "signs1 signs2 indices1 indices2"],
  ["its draw", (o) => sketching.TensorSRHT.draw(key, o), "inputDim1 inputDim2 sketchDim"],
  ["its sketch", (o) => srht.sketch(eye, eye, o), "realOutput"],
  [
    "sketching.PolyTensorSketch",
    (o) => new sketching.PolyTensorSketch(o),
    "treeSigns treeIndices signs indices",
  ],
  ["its draw", (o) => sketching.PolyTensorSketch.draw(key, o), "inputDim sketchDim degree"],
  ["features.DenseFeatures", (o) => features.DenseFeatures(1, o), `wStd bStd parameterization ${axes}`],
  [
    "features.ConvFeatures",
    (o) => features.ConvFeatures(1, [1], o),
    "wStd bStd parameterization strides padding dimensionNumbers",
  ],
  [
    "features.AvgPoolFeatures",
    (o) => features.AvgPoolFeatures([1], o),
    `strides padding normalizeEdges ${axes}`,
  ],
  ["features.FlattenFeatures", (o) => features.FlattenFeatures(o), "batchAxis batchAxisOut"],
  [
    "features.ExpNormalizedFeatures",
    (o) => features.ExpNormalizedFeatures(o),
    "sketchDim polySketchDim polyDegree a",
  ],
  ["features.fromNetwork", (o) => features.fromNetwork(stax.Relu(), o), "sketchDim polyDegree variance"],
  [
    "the featureFn of nystrom",
    (o) => features.nystrom(stax.Relu(), [[1]]).featureFn([[1]], { key }, o),
    "backend dtype errorRows onProgress signal",
  ],
  [
    "its featureFn",
    (o) => features.fromNetwork(stax.Relu()).featureFn([[1]], { key, positions: [], width: 1 }, o),
    "backend dtype errorRows onProgress signal",
  ],
  ["features.randomFeatures", (o) => features.randomFeatures(stax.Dense(1), o), "sketchDim width get"],
  [
    "the featureFn of randomFeatures",
    (o) => features.randomFeatures(stax.Dense(1)).featureFn([[1]], { key, shape: [1], channels: 1 }, o),
    "backend dtype errorRows onProgress signal",
  ],
];

/** A name as Python writes it. */
const snake = (name: string) => name.replace(/[A-Z]|(?<=[a-z])\d/g, (letter) => `_${letter.toLowerCase()}`);

for (const [taker, call, list] of takers) {
  Deno.test(`${taker} (${list}) refuses names that are none`, async () => {
    const names = list.split(" ");
    const wrong = [
      ...names.map((name) => [snake(name), name]).filter(([wrong, name]) => wrong !== name),
      ...names.filter((name) => name.length > 3).map((
        name,
      ) => [name.slice(0, -2) + "x" + name.slice(-2), name]),
      ["qqqqqq", null],
    ];
    for (const [name, meant] of wrong) {
      const error = await refusal(() => call(untyped({ [name!]: undefined })));
      assert(error instanceof TypeError, `${name}: ${error}`);
      const hint = meant === null ? "" : `, did you mean ${meant}?`;
      assert(error.message.endsWith(`: current value is ${name}${hint}`), error.message);
      for (const known of names) assert(error.message.includes(known), error.message);
    }
  });

  Deno.test(`${taker} (${list}) refuses what is no object`, async () => {
    for (
      const given of [1, "float32", true, [{}], new Map([["dtype", "float32"]]), Object.create({ dtype: 1 })]
    ) {
      const error = await refusal(() => call(untyped(given)));
      // A list is a shape for `array`, and nonsense all the same.
      assert(error instanceof TypeError || error instanceof RangeError, `${error}`);
      assert(/^Cannot .* must be .*: current value is/.test(error.message), error.message);
    }
  });
}

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return "no error";
}

Deno.test("what is undefined has its default", async () => {
  const options = { diagReg: undefined, maxJitter: undefined, traceAxes: undefined };
  const got = await predict.gpInference(eye, labels, options)({ get: "ntk", kTestTrain: undefined });
  assertEquals(got.at(0, 0), 1);
  assertEquals(random.uniform(key, undefined, { minval: undefined }).at(), random.uniform(key).at());
});

Deno.test("an object without a prototype has names, too", async () => {
  const options = Object.assign(Object.create(null), { diag_reg: 1 });
  await assertThrows(() => predict.gpInference(eye, labels, options), TypeError);
});

Deno.test("the nearest name is the one that was meant, or none", () => {
  const known = ["diagReg", "diagRegAbsoluteScale", "maxJitter", "traceAxes", "t", "get"];
  const meant: [string, string | null][] = [
    ["diag_reg", "diagReg"],
    ["DIAGREG", "diagReg"],
    ["diagrge", "diagReg"],
    ["diag_reg_absolute_scale", "diagRegAbsoluteScale"],
    ["jitter", null],
    ["tracAxes", "traceAxes"],
    ["trace_axis", "traceAxes"],
    ["T", "t"],
    ["k", null],
    ["gets", "get"],
    ["", null],
    ["learningRate", null],
  ];
  for (const [name, want] of meant) assertEquals(nearest(name, known), want, name);
  assertEquals(nearest("a", []), null);
});
