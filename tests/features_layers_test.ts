/** Layers of features: recorded values, the kernels of `stax`, and bad calls. */
import { features, NdArray, random, sketching, stax, UnsupportedError } from "../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import type { FixtureArray } from "./fixtures.ts";
import {
  assertComplex,
  type FixtureComplex,
  innerProduct,
  polyDraws,
  sketches,
  type sketches as Sketches,
  srhtDraws,
} from "./sketches.ts";

const {
  AvgPoolFeatures,
  ConvFeatures,
  DenseFeatures,
  ExpNormalizedFeatures,
  FlattenFeatures,
  serial,
} = features;

type Case = (typeof Sketches)["features"][number];
type Options = Record<string, never>;

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const reference = { backend: "reference" } as const;

const camel = (name: string) => name.toLowerCase().replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Our layer for one that Python describes. */
function layerOf([name, pythonOptions]: Case["layers"][number]): features.FeatureLayer {
  const { outDim, outChan, filterShape, windowShape, ...options } = Object.fromEntries(
    Object.entries(pythonOptions).map(([name, value]) => [camel(name), value]),
  ) as Options;
  switch (name) {
    case "DenseFeatures":
      return DenseFeatures(outDim, options);
    case "ConvFeatures":
      return ConvFeatures(outChan, filterShape, options);
    case "AvgPoolFeatures":
      return AvgPoolFeatures(windowShape, options);
    case "FlattenFeatures":
      return FlattenFeatures(options);
    default:
      return ExpNormalizedFeatures(untyped(options));
  }
}

const inputsOf = ({ draws }: Case) =>
  draws.map((draw) =>
    draw && {
      polySketch: new sketching.PolyTensorSketch(polyDraws(draw.polysketch)),
      tensorSRHT: new sketching.TensorSRHT(srhtDraws(draw.tensorsrht)),
    }
  );

const countOf = ({ layers }: Case, layer: string) => layers.filter(([name]) => name === layer).length;

/** The recorded features in our order: each convolution of the reference exchanges both axes of positions, which 4 × 4 pictures have. */
function inOrder(c: Case, given: FixtureArray | FixtureComplex): FixtureArray | FixtureComplex {
  if (countOf(c, "ConvFeatures") % 2 === 0) return given;
  const isFlat = given.shape.length === 2;
  const side = isFlat ? 2 : 4;
  const width = isFlat ? c.nngp_feat.shape[1] / side ** 2 : given.shape[3];
  const exchange = (data: number[]) =>
    data.map((_, k) => {
      const [channel, position] = [k % width, Math.floor(k / width)];
      const [block, row, column] = [
        Math.floor(position / side ** 2),
        Math.floor(position / side) % side,
        position % side,
      ];
      return data[((block * side + column) * side + row) * width + channel];
    });
  return "re" in given
    ? { ...given, re: exchange(given.re), im: exchange(given.im) }
    : { ...given, data: exchange(given.data) };
}

/** The reference halves the kernel at each of these layers. */
function scaled(c: Case, given: FixtureArray | FixtureComplex): FixtureArray | FixtureComplex {
  const factor = 2 ** (countOf(c, "ExpNormalizedFeatures") / 2);
  const times = (data: number[]) => data.map((value) => value * factor);
  return "re" in given
    ? { ...given, re: times(given.re), im: times(given.im) }
    : { ...given, data: times(given.data) };
}

// That with even filters is wrong there: see below.
for (const c of sketches.features.filter(({ name }) => name !== "conv2x2-even")) {
  const network = serial(...c.layers.map(layerOf));

  Deno.test(`${c.name} gives the recorded features`, async () => {
    const { nngp, ntk, norms } = await network.featureFn(c.x, inputsOf(c));
    assertComplex(nngp, scaled(c, inOrder(c, c.nngp_feat)), "nngp");
    assertComplex(ntk!, scaled(c, inOrder(c, c.ntk_feat)), "ntk");
    assertEquals(norms, null);
  });

  Deno.test(`${c.name} draws the recorded choices and gives the recorded shapes`, () => {
    const [{ nngp, ntk }, inputs] = network.initFn(random.key(c.seed), c.x.shape);
    assertDeepEquals([nngp, ntk], c.out_shape_declared);
    assertDeepEquals(inputs, inputsOf(c));
  });
}

const noise = (seed: number, shape: number[]) => random.normal(random.key(seed), shape);

/** All inner products of rows. */
function gram(x: features.FeatureArray): NdArray {
  const [n] = "re" in x ? x.re.shape : x.shape;
  const data = Array.from({ length: n * n }, (_, k) => innerProduct(x, Math.floor(k / n), x, k % n));
  return new NdArray(Float64Array.from(data), [n, n]);
}

/** Networks without sketches: their features have the kernels of `stax` to the last digits. */
const exact: [string, features.FeatureLayer[], stax.Network[], number[]][] = [
  ["dense", [DenseFeatures(1, { wStd: 1.3, bStd: 0.4 })], [stax.Dense(1, { wStd: 1.3, bStd: 0.4 })], [5, 3]],
  [
    "dense twice",
    [DenseFeatures(1, { wStd: 1.3, bStd: 0.4 }), DenseFeatures(1, { wStd: -0.7, bStd: 0.2 })],
    [stax.Dense(1, { wStd: 1.3, bStd: 0.4 }), stax.Dense(1, { wStd: -0.7, bStd: 0.2 })],
    [5, 3],
  ],
  ...([[[2, 2]], [[4, 3]], [[3, 5]], [[1, 2]]] as const).flatMap(([filter]) =>
    (["SAME", "VALID", "CIRCULAR"] as const).flatMap((padding) =>
      ([[1, 1], [2, 1]] as const).map((strides): (typeof exact)[number] => [
        `${padding} filters ${filter} with strides ${strides}`,
        [
          ConvFeatures(1, filter, { wStd: 1.2, bStd: 0.3, padding, strides }),
          ConvFeatures(1, [2, 1]),
          FlattenFeatures(),
          DenseFeatures(1),
        ],
        [
          stax.Conv(1, filter, { wStd: 1.2, bStd: 0.3, padding, strides }),
          stax.Conv(1, [2, 1], { padding: "SAME" }),
          stax.Flatten(),
          stax.Dense(1),
        ],
        [3, 5, 6, 2],
      ])
    )
  ),
  [
    "one axis of positions",
    [ConvFeatures(1, [3]), AvgPoolFeatures([2]), ConvFeatures(1, [2]), FlattenFeatures()],
    [
      stax.Conv(1, [3], { padding: "SAME" }),
      stax.AvgPool([2]),
      stax.Conv(1, [2], { padding: "SAME" }),
      stax.Flatten(),
    ],
    [3, 5, 2],
  ],
  [
    "three axes of positions",
    [ConvFeatures(1, [3, 2, 1]), ConvFeatures(1, [1, 2, 3]), FlattenFeatures()],
    [
      stax.Conv(1, [3, 2, 1], { padding: "SAME" }),
      stax.Conv(1, [1, 2, 3], { padding: "SAME" }),
      stax.Flatten(),
    ],
    [2, 3, 2, 4, 2],
  ],
  [
    "pools that overlap, at the edges too, before and after weights",
    [
      AvgPoolFeatures([2, 2]),
      ConvFeatures(1, [3, 3]),
      AvgPoolFeatures([3, 2], { strides: [2, 1], padding: "SAME", normalizeEdges: true }),
      FlattenFeatures(),
    ],
    [
      stax.AvgPool([2, 2]),
      stax.Conv(1, [3, 3], { padding: "SAME" }),
      stax.AvgPool([3, 2], { strides: [2, 1], padding: "SAME", normalizeEdges: true }),
      stax.Flatten(),
    ],
    [3, 5, 4, 2],
  ],
  [
    "serial in serial",
    [serial(DenseFeatures(1, { wStd: 2 })), serial(DenseFeatures(1))],
    [stax.Dense(1, { wStd: 2 }), stax.Dense(1)],
    [4, 3],
  ],
];

for (const [name, layers, staxLayers, shape] of exact) {
  Deno.test(`${name}: the inner products are the kernels`, async () => {
    const x = noise(1, shape);
    const network = serial(...layers);
    const [declared, inputs] = network.initFn(random.key(0), shape);
    const { nngp, ntk } = await network.featureFn(x, inputs);
    const kernel = await stax.serial(...staxLayers).kernelFn(x, null, null, reference);
    assertClose(gram(nngp).data, kernel.nngp.data, { atol: 1e-13, message: "nngp" });
    assertClose(gram(ntk!).data, kernel.ntk!.data, { atol: 1e-13, message: "ntk" });
    assertDeepEquals([declared.nngp, declared.ntk], [(nngp as NdArray).shape, (ntk as NdArray).shape]);
  });
}

Deno.test("without weights there are no features of the NTK", async () => {
  const layer = serial(FlattenFeatures(), ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8 }));
  const [shape, inputs] = layer.initFn(random.key(0), [-1, 2, 2]);
  const { ntk, norms } = await layer.featureFn(noise(0, [3, 2, 2]), inputs);
  assertDeepEquals([shape.ntk, ntk, norms], [null, null, null]);
});

Deno.test("a zero point has features 0", async () => {
  const network = serial(
    DenseFeatures(1),
    ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8 }),
    DenseFeatures(1),
  );
  const [, inputs] = network.initFn(random.key(0), [1, 2]);
  const { nngp, ntk } = await network.featureFn([[0, 0]], inputs);
  assertEquals(innerProduct(nngp, 0, nngp, 0), 0);
  assertEquals(innerProduct(ntk!, 0, ntk!, 0), 0);
});

Deno.test("layers by themselves hand on norms, and give what serial gives", async () => {
  const x = noise(2, [3, 4, 4, 2]);
  const layers: features.FeatureLayer[] = [
    ConvFeatures(1, [3, 3], { wStd: 1.4 }),
    ExpNormalizedFeatures({ sketchDim: 32, polySketchDim: 32, polyDegree: 3 }),
    ConvFeatures(1, [3, 1]),
    AvgPoolFeatures([2, 2], { strides: [2, 2] }),
    FlattenFeatures(),
    DenseFeatures(1, { bStd: 0.5 }),
  ];
  const network = serial(...layers);
  const [shape, inputs] = network.initFn(random.key(0), x.shape);
  const whole = await network.featureFn(x, inputs);
  let one: features.FeatureInput = x;
  for (const [i, layer] of layers.entries()) one = await layer.featureFn(one, inputs[i]);
  const { nngp, norms } = one as features.Features;
  assertDeepEquals(norms!.shape, [3, 1]);
  assert("re" in nngp && "re" in whole.nngp);
  const width = nngp.re.shape[1];
  assertDeepEquals(shape.nngp, [3, 2 * width]);
  const scaled = nngp.re.data.map((value, k) => value * norms!.data[Math.floor(k / width)]);
  assertClose(scaled, whole.nngp.re.data, { atol: 1e-14 });
});

/** Fails unless the means of independent estimates are within four standard errors of values. */
function assertUnbiased(estimates: Float64Array[], values: ArrayLike<number>, message: string): void {
  const count = estimates.length;
  for (let k = 0; k < values.length; k++) {
    const mean = estimates.reduce((sum, x) => sum + x[k], 0) / count;
    const variance = estimates.reduce((sum, x) => sum + (x[k] - mean) ** 2, 0) / (count - 1);
    const atol = 4 * Math.sqrt(variance / count) + 2e-6;
    assert(atol < 0.3, `${message}: the standard error ${atol / 4} is too large`);
    assertClose(mean, values[k], { atol, message });
  }
}

for (const a of [1, 0.5]) {
  Deno.test(`features of ExpNormalized with a = ${a} have its kernels in the mean`, async () => {
    const x = [[1, 0.5, -0.2], [0.8, 0.9, 0.1]];
    const network = serial(
      DenseFeatures(1, { wStd: 1.4 }),
      ExpNormalizedFeatures({ sketchDim: 128, polySketchDim: 128, a }),
      DenseFeatures(1),
    );
    const nngps: Float64Array[] = [], ntks: Float64Array[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const [, inputs] = network.initFn(random.key(seed), [2, 3]);
      const { nngp, ntk } = await network.featureFn(x, inputs);
      nngps.push(gram(nngp).data as Float64Array);
      ntks.push(gram(ntk!).data as Float64Array);
    }
    // Its series up to the eighth power lacks 1e-6 at most.
    const kernel = await stax.serial(
      stax.Dense(1, { wStd: 1.4 }),
      stax.ExpNormalized({ gamma: a }),
      stax.Dense(1),
    ).kernelFn(x, null, null, reference);
    assertUnbiased(nngps, kernel.nngp.data, "nngp");
    assertUnbiased(ntks, kernel.ntk!.data, "ntk");
  });
}

const key = random.key(0);
const exp = ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8, polyDegree: 2 });
const other = ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8, polyDegree: 3 });
const [, drawn] = exp.initFn(key, { nngp: [1, 2], ntk: [1, 2], isComplex: false });
const state = await DenseFeatures(1).featureFn([[1, 2]]);

type Loose = (...args: unknown[]) => unknown;
const loosely = untyped<(layer: unknown) => Record<"initFn" | "featureFn", Loose>>((layer: unknown) => layer);
const loose = untyped<Record<string, (...args: unknown[]) => ReturnType<typeof loosely>>>(features);

const refusals: [() => unknown, new (...args: never[]) => Error, string][] = [
  [
    () => loose.DenseFeatures(0),
    RangeError,
    "Cannot build DenseFeatures as outDim must be an integer of at least 1: current value is 0",
  ],
  [
    () => loose.DenseFeatures(1, { wStd: NaN }),
    RangeError,
    "Cannot build DenseFeatures as wStd must be a finite number: current value is NaN",
  ],
  [
    () => loose.DenseFeatures(1, { bStd: Infinity }),
    RangeError,
    "Cannot build DenseFeatures as bStd must be a finite number: current value is Infinity",
  ],
  [
    () => loose.DenseFeatures(1, { parameterization: "standard" }),
    UnsupportedError,
    "Cannot build DenseFeatures as parameterization must be ntk: current value is standard, compute the kernel of the standard parameterization by kernelFn of stax",
  ],
  [
    () => loose.DenseFeatures(1, { channelAxis: 1 }),
    UnsupportedError,
    "Cannot build DenseFeatures as channelAxis must be -1: current value is 1, transpose the points",
  ],
  [
    () => loose.DenseFeatures(1, { w_std: 1 }),
    TypeError,
    "Cannot build DenseFeatures as its options must be among wStd, bStd, parameterization, batchAxis, channelAxis: current value is w_std, did you mean wStd?",
  ],
  [
    () => loose.ConvFeatures(1, 3),
    TypeError,
    "Cannot build ConvFeatures as filterShape must be a list of one number an axis: current value is 3",
  ],
  [
    () => loose.ConvFeatures(1, [0, 3]),
    RangeError,
    "Cannot build ConvFeatures as filterShape[0] must be an integer of at least 1: current value is 0",
  ],
  [
    () => loose.ConvFeatures(1, [3, 3], { padding: "FULL" }),
    RangeError,
    'Cannot build ConvFeatures as padding must be one of SAME, VALID, CIRCULAR: current value is "FULL"',
  ],
  [
    () => loose.ConvFeatures(1, [3, 3], { strides: [2] }),
    TypeError,
    "Cannot build ConvFeatures as strides must have 2 entries, as filterShape has: current value is 1",
  ],
  [
    () => loose.ConvFeatures(1, [3, 3], { dimensionNumbers: ["NCHW", "OIHW", "NCHW"] }),
    UnsupportedError,
    'Cannot build ConvFeatures as dimensionNumbers must be null: current value is ["NCHW","OIHW","NCHW"], transpose the points to batch, positions and features',
  ],
  [
    () => loose.ConvFeatures(1, [3, 3]).featureFn([[1, 2]]),
    TypeError,
    "Cannot apply ConvFeatures as its input must have positions, (batch, …positions, features): current value is a vector, put it before Flatten() or global pooling",
  ],
  [
    () => loose.ConvFeatures(1, [3], { padding: "VALID" }).featureFn([[[1], [2]]]),
    RangeError,
    'Cannot apply ConvFeatures as filterShape must fit into the positions [2]: current value is [3], use padding "SAME"',
  ],
  [
    () => loose.ConvFeatures(1, [3]).initFn(key, [1, 2, 3, 4]),
    TypeError,
    "Cannot apply ConvFeatures as filterShape must have 2 entries, one for each axis of positions [2, 3]: current value is [3]",
  ],
  [
    () => loose.AvgPoolFeatures([2], { normalizeEdges: 1 }),
    TypeError,
    "Cannot build AvgPoolFeatures as normalizeEdges must be true or false: current value is 1",
  ],
  [
    () => loose.AvgPoolFeatures([2], { batchAxis: 1 }),
    UnsupportedError,
    "Cannot build AvgPoolFeatures as batchAxis must be 0: current value is 1, transpose the points",
  ],
  [
    () => loose.AvgPoolFeatures([3]).featureFn([[[1], [2]]]),
    RangeError,
    'Cannot apply AvgPoolFeatures as windowShape must fit into the positions [2]: current value is [3], use padding "SAME"',
  ],
  [
    () => loose.FlattenFeatures({ batchAxisOut: 1 }),
    UnsupportedError,
    "Cannot build FlattenFeatures as batchAxisOut must be 0: current value is 1, transpose the features",
  ],
  [
    () => loose.ExpNormalizedFeatures(),
    TypeError,
    "Cannot build ExpNormalizedFeatures as its options must be an object: current value is undefined",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 8 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as polySketchDim must be an integer of at least 8: current value is undefined",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 1, polySketchDim: 8 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as sketchDim must be an integer of at least 2: current value is 1",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 7 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as polySketchDim must be an integer of at least 8: current value is 7",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8, a: -1 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as a must be a non-negative number: current value is -1",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8, polyDegree: 0 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as polyDegree must be an integer of at least 1: current value is 0",
  ],
  [
    () => loose.ExpNormalizedFeatures({ sketchDim: 8, polySketchDim: 8, polyDegree: 5000 }),
    RangeError,
    "Cannot build ExpNormalizedFeatures as polyDegree must be an integer of at most 1024: current value is 5000",
  ],
  [
    () => loosely(exp).featureFn([[1, 2]]),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as inputs must be an object: current value is undefined",
  ],
  [
    () => loosely(exp).featureFn([[1, 2]], { ...drawn, polySketch: null }),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as inputs.polySketch must be a PolyTensorSketch: current value is null",
  ],
  [
    () => loosely(exp).featureFn([[1, 2]], { ...drawn, tensorSRHT: 1 }),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as inputs.tensorSRHT must be a TensorSRHT or null: current value is 1",
  ],
  [
    () => loosely(exp).featureFn([[1, 2, 3]], drawn),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as inputs.polySketch.inputDim must be 3, the width of its input: current value is 2",
  ],
  [
    () => loosely(exp).featureFn(state, { ...drawn, tensorSRHT: null }),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as inputs.tensorSRHT must be a TensorSRHT, as its input has features of the NTK: current value is null",
  ],
  [
    () => loosely(other).featureFn(state, drawn),
    TypeError,
    "Cannot apply ExpNormalizedFeatures as the degree of inputs.polySketch must be 3, as polyDegree: current value is 2",
  ],
  [
    () => loose.serial(),
    TypeError,
    "Cannot build serial as the number of layers must be at least 1: current value is 0",
  ],
  [
    () => loose.serial(DenseFeatures),
    TypeError,
    "Cannot build serial as layer 0 must be a layer of features, such as DenseFeatures(1): current value is a function",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn([[1]], []),
    TypeError,
    "Cannot apply serial as inputs must be a list of length 1, one a layer: current value is a list of length 0",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn([1, 2]),
    TypeError,
    "Cannot apply serial as the shape of x must be [batch, …positions, width]: current value is [2]",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn([[1, NaN]]),
    RangeError,
    "Cannot use x as x[0][1] must be finite: current value is NaN",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn({ nngp: [[1, 2]] }),
    TypeError,
    "Cannot read ntk as ntk must be a number: current value is undefined",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn({ ...state, ntk: [[1], [2]] }),
    TypeError,
    "Cannot apply serial as the shape of ntk must be [1, 1]: current value is [2, 1]",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn({ ...state, norms: [[1], [2]] }),
    TypeError,
    "Cannot apply serial as the shape of norms must be [1, 1]: current value is [2, 1]",
  ],
  [
    () => loose.serial(DenseFeatures(1)).featureFn({ ...state, isReversed: 0 }),
    TypeError,
    "Cannot apply serial as isReversed must be true or false: current value is 0",
  ],
  [
    () => loose.serial(DenseFeatures(1)).initFn(key, [2]),
    TypeError,
    "Cannot initialise serial as shape must be [batch, …positions, width]: current value is a list of length 1",
  ],
  [
    () => loose.serial(DenseFeatures(1)).initFn(key, [2, -1]),
    RangeError,
    "Cannot initialise serial as shape[1] must be a positive integer: current value is -1",
  ],
  [
    () => loose.serial(DenseFeatures(1)).initFn(key, 5),
    TypeError,
    "Cannot initialise serial as shape must be a list of integers, or what another initFn returned: current value is 5",
  ],
  [
    () => loose.serial(exp).initFn(0, [1, 2]),
    TypeError,
    "Cannot draw random numbers as key must be a key, such as random.key(0): current value is 0",
  ],
  [
    () => loose.serial(DenseFeatures(1)).initFn(0, [1, 2]),
    TypeError,
    "Cannot draw random numbers as key must be a key, such as random.key(0): current value is 0",
  ],
  [
    () => loosely(exp).initFn(key, { nngp: [1, 2], ntk: [1, 2] }),
    TypeError,
    "Cannot initialise ExpNormalizedFeatures as shape.isComplex must be true or false: current value is undefined",
  ],
  [
    () => loose.serial(DenseFeatures(1)).initFn(key, { nngp: [1, 2], ntk: null }),
    TypeError,
    "Cannot initialise serial as shape.isComplex must be true or false: current value is undefined",
  ],
  [
    () => loosely(exp).initFn(key, { nngp: [1, 7], ntk: null, isComplex: true }),
    RangeError,
    "Cannot draw PolyTensorSketch as inputDim must be an integer of at least 1: current value is 3.5",
  ],
];

for (const [call, type, message] of refusals) {
  Deno.test(`refused: ${message}`, async () => await assertThrows(call, type, message));
}
