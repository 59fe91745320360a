/** Layers of features: recorded values, the kernels of `stax`, and bad calls. */
import { features, NdArray, random, sketching, stax } from "../mod.ts";
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

const bad: [string, () => unknown, typeof TypeError | typeof RangeError | typeof Error, string][] = [];
