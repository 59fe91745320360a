/** The layer of any nonlinearity: products of its features are the kernels of the network in the mean over keys. */
import { features, type NdArray, random, stax } from "../../mod.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assertMeanProducts } from "./mean_products.ts";
import { assert, assertDeepEquals, assertThrows } from "../assert.ts";

const {
  ActivationFeatures,
  AvgPoolFeatures,
  ConvFeatures,
  DenseFeatures,
  ExpNormalizedFeatures,
  FlattenFeatures,
} = features;
const NAMES = ["nngp", "ntk"] as const;
const W = { wStd: 1.3, bStd: 0.2 };
const same = { padding: "SAME", ...W } as const;
const x = random.normal(random.key(4), [3, 4, 4, 2]);
x.data.fill(0, 0, 32);
const sketchDim = 100;

const vectors = (activation: stax.Network) => ({
  x: random.normal(random.key(5), [4, 5]),
  layers: [DenseFeatures(1, W), ActivationFeatures(activation, { sketchDim }), DenseFeatures(1)],
  network: stax.serial(stax.Dense(1, W), activation, stax.Dense(1)),
});

const cases: Record<string, { x: NdArray; layers: features.FeatureLayer[]; network: stax.Network }> = {
  Gelu: vectors(stax.Gelu()),
  ExpNormalized: vectors(stax.ExpNormalized({ gamma: 0.7 })),
  "convolutions with Relu": {
    x,
    layers: [
      ConvFeatures(1, [3, 3], same),
      ActivationFeatures(stax.Relu(), { sketchDim }),
      AvgPoolFeatures([2, 2], { strides: [2, 2] }),
      ConvFeatures(1, [3, 3], same),
      ActivationFeatures(stax.Erf(), { sketchDim }),
      FlattenFeatures(),
      DenseFeatures(1),
    ],
    network: stax.serial(
      stax.Conv(1, [3, 3], same),
      stax.Relu(),
      stax.AvgPool([2, 2], { strides: [2, 2] }),
      stax.Conv(1, [3, 3], same),
      stax.Erf(),
      stax.Flatten(),
      stax.Dense(1),
    ),
  },
  "sketches before it, which are complex": {
    x: random.normal(random.key(5), [4, 5]),
    layers: [
      DenseFeatures(1, W),
      ExpNormalizedFeatures({ sketchDim: 256, polySketchDim: 256, polyDegree: 12 }),
      DenseFeatures(1, W),
      ActivationFeatures(stax.Relu(), { sketchDim: 256 }),
    ],
    network: stax.serial(stax.Dense(1, W), stax.ExpNormalized(), stax.Dense(1, W), stax.Relu()),
  },
};

for (const [name, { x, layers, network }] of Object.entries(cases)) {
  Deno.test(`layers of features with any nonlinearity have the kernel of ${name} as their mean products`, async () => {
    const map = features.serial(...layers);
    const kernel = await network.kernelFn(x, null, NAMES);
    await assertMeanProducts(kernel, async (seed) => {
      const [, inputs] = map.initFn(random.key(seed), x.shape);
      const { nngp, ntk } = await map.featureFn(x, inputs);
      assert(!("re" in nngp) && ntk && !("re" in ntk));
      return { nngp, ntk };
    });
  });
}

Deno.test("layers of features with any nonlinearity tell their shapes, and refuse what does not fit", async () => {
  const layer = ActivationFeatures(stax.Relu(), { sketchDim: 10 });
  const [shape, inputs] = layer.initFn(random.key(0), [-1, 3]);
  assertDeepEquals(shape, { nngp: [-1, 10], ntk: null, isComplex: false });
  const refusals: [() => unknown, new (...args: never[]) => Error, string][] = [
    [
      () => ActivationFeatures(stax.Dense(1)),
      TypeError,
      "Cannot build ActivationFeatures as activation must be a nonlinearity of stax, such as stax.Relu(): " +
      'current value is "Dense"',
    ],
    [
      () => ActivationFeatures(stax.Relu(), { sketchDim: 0 }),
      RangeError,
      "Cannot build ActivationFeatures as sketchDim must be an integer of at least 1: current value is 0",
    ],
    [
      () => ActivationFeatures(stax.Sign()),
      UnsupportedError,
      "Cannot map features as Sign must have a derivative: current value jumps, so that its NTK is no mean of products, " +
      "use kernelFn or nystrom",
    ],
    [
      () => layer.featureFn([[1, 2, 3]], { nngp: inputs.nngp, ntk: [[1]] as unknown as null }),
      TypeError,
      "Cannot apply ActivationFeatures as inputs.ntk must be what initFn returns: current value is a list of length 1",
    ],
    [
      () => layer.featureFn(random.normal(random.key(1), [1, 40]), inputs),
      TypeError,
      "Cannot apply ActivationFeatures as inputs.nngp must be signs of at least 40 columns, as its input needs: " +
      "current value is 16",
    ],
    [
      () => features.serial(DenseFeatures(1), layer).featureFn([[1, 2, 3]], [null, inputs]),
      TypeError,
      "Cannot apply ActivationFeatures as inputs.ntk must be signs, as its input has features of the NTK: " +
      "current value is null",
    ],
  ];
  for (const [call, type, message] of refusals) await assertThrows(call, type, message);
});
