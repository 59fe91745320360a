/** What predictions are given: arrays that change later, kernels of networks, graphs, and networks that are no Gaussian process. */
import { array, NdArray, predict, random, stax, UnsupportedError } from "../mod.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "./assert.ts";
import { positionTargets } from "./targets.ts";

const { Aggregate, Conv, Dense, Erf, Flatten, GlobalAvgPool, Relu, serial } = stax;
const reference = { backend: "reference" };
const network = serial(Dense(1, { bStd: 0.3 }), Relu(), Dense(1));
const x = random.normal(random.key(1), [4, 3]);
const xTest = random.normal(random.key(2), [2, 3]);
const y = random.normal(random.key(3), [4, 2]);
const copy = (a: NdArray) => new NdArray(a.data.slice(), a.shape);
const spoil = (...arrays: NdArray[]) => arrays.forEach((a) => a.data.fill(1e3));
const kTrainTrain = await network.kernelFn(x, null, null, reference);
const kTestTrain = await network.kernelFn(xTest, x, null, reference);
const kTestTest = await network.kernelFn(xTest, null, null, reference);
const copyOf = ({ nngp, ntk }: { nngp: NdArray; ntk: NdArray | null }) => ({
  nngp: copy(nngp),
  ntk: copy(ntk!),
});
const get = ["nngp", "ntk"] as const;

Deno.test("gpInference keeps what it was given", async () => {
  const want = await predict.gpInference(kTrainTrain, y)({ get, kTestTrain, kTestTest });
  const own = { train: copyOf(kTrainTrain), y: copy(y), test: copyOf(kTestTrain), prior: copyOf(kTestTest) };
  const predictFn = predict.gpInference(own.train, own.y);
  spoil(own.train.nngp, own.train.ntk, own.y);
  const got = predictFn({ get, kTestTrain: own.test, kTestTest: own.prior });
  spoil(own.test.nngp, own.test.ntk, own.prior.nngp, own.prior.ntk);
  assertDeepEquals(await got, want);
  const targets = { data: [...y.data], shape: y.shape };
  const atTraining = predict.gpInference(kTrainTrain, targets);
  targets.data.fill(0);
  assertDeepEquals((await atTraining({ get: "ntk" })).data, y.data);
});

Deno.test("gradient descents keep what they were given", async () => {
  const fxTrain0 = random.normal(random.key(4), [4, 2]);
  for (
    const train of [
      (k: NdArray, y: NdArray) => predict.gradientDescentMse(k, y),
      (k: NdArray, y: NdArray) => predict.gradientDescent("mse", k, y),
    ]
  ) {
    const query = { t: [1, 2], fxTrain0, fxTest0: 0, kTestTrain: kTestTrain.ntk };
    const want = await train(kTrainTrain.ntk, y)(query);
    const own = [kTrainTrain.ntk, y, fxTrain0, kTestTrain.ntk, array([1, 2])].map(copy);
    const predictFn = train(own[0], own[1]);
    spoil(own[0], own[1]);
    const got = predictFn({ t: own[4], fxTrain0: own[2], fxTest0: 0, kTestTrain: own[3] });
    spoil(own[2], own[3], own[4]);
    assertDeepEquals(await got, want);
  }
  const k = copy(kTrainTrain.ntk);
  const rate = predict.maxLearningRate(k);
  spoil(k);
  assertDeepEquals(await rate, await predict.maxLearningRate(kTrainTrain.ntk));
});

for (
  const [name, kernelFn] of [
    ["a network", network.kernelFn],
    // Reads its arguments at once, as it has to.
    [
      "another function",
      (...args: Parameters<predict.KernelFn>) =>
        network.kernelFn(copy(args[0] as NdArray), args[1], args[2], args[3]),
    ],
  ] as const
) {
  Deno.test(`the ensemble keeps what it was given to the kernelFn of ${name}`, async () => {
    const query = { t: [1, 2], computeCov: true } as const;
    const want = await predict.gradientDescentMseEnsemble(kernelFn, x, y, reference)({ ...query, xTest });
    const own = [x, y, xTest, array([1, 2])].map(copy);
    const predictFn = predict.gradientDescentMseEnsemble(kernelFn, own[0], own[1], reference);
    spoil(own[0], own[1]);
    const got = predictFn({ ...query, t: own[3], xTest: own[2] });
    spoil(own[2], own[3]);
    assertDeepEquals(await got, want);
  });
}

Deno.test("kernelFn keeps what it was given", async () => {
  const own = [x, xTest].map(copy);
  const got = network.kernelFn(own[0], own[1], "ntk", reference);
  spoil(...own);
  assertDeepEquals(await got, await network.kernelFn(x, xTest, "ntk", reference));
});

Deno.test("a Kernel is accepted wherever one kernel is meant", async () => {
  const fx = { t: 2, fxTest0: 0 };
  for (const name of get) {
    const record = { ...fx, kTestTrain };
    const single = { ...fx, kTestTrain: kTestTrain[name] };
    const options = name === "ntk" ? {} : { get: name };
    assertDeepEquals(
      await predict.gradientDescentMse(kTrainTrain, y, options)(record),
      await predict.gradientDescentMse(kTrainTrain[name], y)(single),
    );
    assertDeepEquals(
      await predict.gradientDescent("mse", kTrainTrain, y, options)(record),
      await predict.gradientDescent("mse", kTrainTrain[name], y)(single),
    );
    assertDeepEquals(
      await predict.maxLearningRate(kTrainTrain, options),
      await predict.maxLearningRate(kTrainTrain[name]),
    );
  }
});

Deno.test("progress of the ensemble is that of all kernels that it computes", async () => {
  const seen: stax.KernelOptions["onProgress"] extends ((p: infer P) => void) | undefined ? P[] : never = [];
  const options = { ...reference, onProgress: (progress: (typeof seen)[number]) => void seen.push(progress) };
  const predictFn = predict.gradientDescentMseEnsemble(network.kernelFn, x, y, options);
  await predictFn({ xTest, computeCov: true });
  assert(seen.every(({ done, total }) => done <= total));
  const last = seen.at(-1)!;
  assertDeepEquals(last.done, last.total);
});

const edges = (key: number, n: number) => random.bernoulli(random.key(key), 0.5, [n, 5, 5]);
const graphs = {
  x: random.normal(random.key(5), [4, 5, 3]),
  xTest: random.normal(random.key(6), [3, 5, 3]),
  pattern: edges(7, 4),
  patternTest: edges(8, 3),
};

for (const { options, test, rounding } of positionTargets) {
  test("the ensemble has graphs of its own for test inputs", async () => {
    const { kernelFn } = serial(Dense(1, { bStd: 0.2 }), Relu(), Aggregate(), GlobalAvgPool(), Dense(1));
    const { x, xTest, pattern, patternTest } = graphs;
    const kernels = async (a: NdArray, b: NdArray | null, pattern: stax.PatternPair) =>
      await kernelFn(a, b, ["nngp", "ntk"], { ...options, pattern });
    const predictFn = predict.gpInference(await kernels(x, null, [pattern]), y, { diagReg: 1e-2 });
    const want = await predictFn({
      get,
      kTestTrain: await kernels(xTest, x, [patternTest, pattern]),
      kTestTest: await kernels(xTest, null, [patternTest]),
    });
    const ensemble = predict.gradientDescentMseEnsemble(kernelFn, x, y, {
      ...options,
      diagReg: 1e-2,
      pattern: [pattern],
    });
    const got = await ensemble({ xTest, pattern: [patternTest], computeCov: true });
    // As many test inputs as training inputs, whose graphs must not be taken for theirs.
    const four = await ensemble({ xTest: graphs.x, pattern: [edges(9, 4)] });
    for (const name of get) {
      const atol = 1e3 * rounding;
      assertClose(got[name].mean.data, want[name].mean.data, { atol });
      assertClose(got[name].covariance.data, want[name].covariance.data, { atol });
      const kTestTrain = await kernels(x, x, [edges(9, 4), pattern]);
      assertClose(four[name].data, (await predictFn({ get: name, kTestTrain })).data, { atol });
      const atTraining = await ensemble({ get: name });
      assertClose(atTraining.data, (await predictFn({ get: name })).data, { atol });
    }
  });
}

Deno.test("a sparse graph at finite times, changed after the call", async () => {
  const { kernelFn } = serial(Dense(1), Aggregate({ implementation: "SPARSE" }), Flatten(), Dense(1));
  const pattern = array([0, 1, 1, 0, 0, 0, 1, 1], [2, 2, 2]);
  const patternTest = array([1, 0, 1, 1], [1, 2, 2]);
  const [x, xTest] = [[[[1], [2]], [[-1], [1]]], [[[2], [5]]]];
  const kTestTrain = await kernelFn(xTest, x, "ntk", { ...reference, pattern: [patternTest, pattern] });
  const k = await kernelFn(x, null, "ntk", { ...reference, pattern: [pattern] });
  const { fxTest } = await predict.gradientDescentMse(k, [[1], [2]])({ t: 0.1, fxTest0: 0, kTestTrain });
  const own = [pattern, patternTest].map(copy);
  const options = { ...reference, pattern: [own[0]] } as const;
  const ensemble = predict.gradientDescentMseEnsemble(kernelFn, x, [[1], [2]], options);
  own[0].data.fill(0);
  const mean = ensemble({ t: 0.1, get: "ntk", xTest, pattern: [own[1]] });
  own[1].data.fill(0);
  assertClose((await mean).data, fxTest.data, { rtol: 1e-14 });
});

const endings: [string, stax.Network][] = [
  ["Erf", serial(Dense(1), Erf())],
  ["a pool of rectified outputs", serial(Conv(1, [2]), Relu(), GlobalAvgPool())],
  ["dropout", serial(Dense(1), stax.Dropout(0.5))],
];

for (const [name, ending] of endings) {
  Deno.test(`a network that ends in ${name} is no Gaussian process`, async () => {
    const input = name.startsWith("a pool") ? [[[1], [2]], [[3], [-1]]] : [[1], [2]];
    const [what, remedy] = [
      (argument: string) =>
        `Cannot predict as the outputs of ${argument} must be Gaussian: current value is not, end the network with Dense(…)`,
      ", or give its arrays as { nngp, ntk } for regression with a kernel as it is",
    ];
    await assertThrows(
      () => predict.gradientDescentMseEnsemble(ending.kernelFn, input, [[1], [2]], reference)(),
      UnsupportedError,
      what("the network"),
    );
    // Another function may return a whole Kernel, which says so.
    await assertThrows(
      () => predict.gradientDescentMseEnsemble((a, b) => ending.kernelFn(a, b), input, [[1], [2]])(),
      UnsupportedError,
      what("the network"),
    );
    const kernel = await ending.kernelFn(input, null, null, reference);
    const message = what("kTrainTrain") + remedy;
    for (
      const call of [
        () => predict.gpInference(kernel, [[1], [2]]),
        () => predict.gradientDescentMse(kernel, [[1], [2]]),
        () => predict.gradientDescent("mse", kernel, [[1], [2]]),
        () => predict.maxLearningRate(kernel),
      ]
    ) await assertThrows(call, UnsupportedError, message);
    await predict.gpInference({ nngp: kernel.nngp }, [[1], [2]], { diagReg: 0.1 })();
  });
}

Deno.test("inputs alone are no Gaussian process", () =>
  assertThrows(
    () => predict.gradientDescentMseEnsemble(stax.Identity().kernelFn, [[1, 2], [2, 0]], [[1], [2]])(),
    UnsupportedError,
    "Cannot predict as the outputs of the network must be Gaussian: current value is not, end the network with Dense(…)",
  ));
