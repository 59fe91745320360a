/** Features of networks with positions: their products are the kernels in the mean over keys, and on every backend. */
import { features, random, stax } from "../../mod.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { assertMeanProducts } from "./mean_products.ts";
import { convolutional, images, linear, NAMES, same, unbiased } from "./position_networks.ts";

for (const [name, network] of Object.entries(unbiased)) {
  Deno.test(`features of images have the kernel of ${name} as their mean products`, async () => {
    const x = images();
    const map = features.fromNetwork(network, { sketchDim: 96 });
    const kernel = await network.kernelFn(x, null, NAMES);
    await assertMeanProducts(
      kernel,
      (seed) => map.featureFn(x, map.initFn(random.key(seed), x.shape), { errorRows: 0 }),
    );
  });
}

for (const [name, network] of Object.entries(linear)) {
  Deno.test(`features of ${name} are exact in as many columns as it takes`, async () => {
    const x = images();
    const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 1024 });
    const mapped = await featureFn(x, initFn(random.key(0), x.shape));
    const kernel = await network.kernelFn(x, null, NAMES);
    for (const of of NAMES) {
      assertClose(matmulTransposed(mapped[of], mapped[of]).data, kernel[of].data, {
        rtol: 1e-12,
        atol: 1e-14,
      });
    }
    assert(mapped.error!.ntk.value < 1e-12);
  });
}

Deno.test("errors of images fall with the root of the columns", async () => {
  const x = random.normal(random.key(0), [8, 8, 8, 3]);
  const errors: number[] = [];
  for (const sketchDim of [128, 2048]) {
    const { initFn, featureFn } = features.fromNetwork(convolutional(stax.Gelu()), { sketchDim });
    let mean = 0;
    for (let seed = 0; seed < 20; seed++) {
      const mapped = await featureFn(x, initFn(random.key(seed), x.shape), { errorRows: 8 });
      assertDeepEquals(mapped.ntk.shape, [8, sketchDim]);
      mean += mapped.error!.ntk.value / 20;
    }
    errors.push(mean);
  }
  const exponent = Math.log2(errors[1] / errors[0]) / 4;
  assert(exponent > -0.65 && exponent < -0.35, `${exponent}: ${errors}`);
});

for (const [name, network] of Object.entries({ ...unbiased, ...linear })) {
  if (name === "an ordinary function") continue;
  nativeTest(`native maps images of ${name} as reference does`, async () => {
    const x = images();
    const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 200 });
    const inputs = initFn(random.key(3), x.shape);
    const wanted = await featureFn(x, inputs, { backend: "reference", errorRows: 0 });
    for (const [dtype, tolerance] of [["float64", 1e-12], ["float32", 1e-5]] as const) {
      const mapped = await featureFn(x, inputs, { backend: "native", dtype, errorRows: 0 });
      assertEquals(mapped.ntk.dtype, dtype);
      for (const of of NAMES) {
        const size = Math.max(...wanted[of].data.map(Math.abs));
        assertClose(mapped[of].data, wanted[of].data, { atol: tolerance * size });
      }
    }
  });
}

Deno.test("networks without features are refused with the reason", async () => {
  const must =
    "Cannot map features as every layer must be a nonlinearity or act on features as on inputs: current value has ";
  const conv = stax.Conv(1, [3, 3], same);
  const cases: [stax.Network, string][] = [
    [
      stax.serial(
        conv,
        stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1, linearScaling: true }),
      ),
      `${must}GlobalSelfAttention, which weighs positions by what an input has there; use kernelFn or nystrom`,
    ],
    [
      stax.serial(conv, stax.Relu(), stax.Dropout(0.5)),
      `${must}Dropout, whose kernel is no sum of kernels; use kernelFn or nystrom`,
    ],
    [
      stax.serial(conv, stax.LayerNorm({ axis: [1, 2, 3] })),
      `${must}LayerNorm, over axes 1, 2, 3, not the features alone, axis 3; use kernelFn or nystrom`,
    ],
    [
      stax.serial(conv, stax.Sign()),
      "Cannot map features as Sign must have a derivative: current value jumps, so that its NTK is no mean of products, " +
      "use kernelFn or nystrom",
    ],
    [
      stax.serial(conv, stax.Elementwise({ nngp: ({ cov }) => cov.mul(0.5) })),
      "Cannot map features as the forward function of Elementwise must be known: current value is a kernel without one, " +
      "give fn, or use nystrom",
    ],
    [
      stax.serial(conv, stax.Relu()),
      "Cannot map features as the network must have one output a row: current value is an output at positions, " +
      "add Flatten() or GlobalAvgPool()",
    ],
    [
      stax.serial(conv, stax.FanOut(2)),
      "Cannot map features as the network must end in one branch: current value is 2, " +
      "add FanInSum() or FanInConcat(), or use one network a branch",
    ],
    [
      stax.Relu(),
      "Cannot apply Relu as its input must be Gaussian: current value is the network's input, put Dense(…) before it",
    ],
  ];
  const x = images();
  for (const [network, message] of cases) {
    const { initFn, featureFn } = features.fromNetwork(network);
    await assertThrows(() => featureFn(x, initFn(random.key(0), x.shape)), UnsupportedError, message);
  }
});

Deno.test("bad calls with images are refused", async () => {
  const { initFn, featureFn } = features.fromNetwork(convolutional(stax.Relu()));
  const key = random.key(0);
  await assertThrows(
    () => initFn(key, [-1, 4, 0, 2]),
    RangeError,
    "Cannot map features as inputShape[2] must be an integer of at least 1: current value is 0",
  );
  await assertThrows(
    () => featureFn(images(), initFn(key, [-1, 4, 5, 2])),
    TypeError,
    "Cannot map features as the shape of x must be [n, 4, 5, 2], as initFn was told: current value is [4, 4, 4, 2]",
  );
  const divergent = features.fromNetwork(convolutional(stax.Gaussian({ b: 0.4 })));
  // Variances of the second convolution's rows differ; what kernels say of them is what features say.
  const { message } = await convolutional(stax.Gaussian({ b: 0.4 })).kernelFn(images()).catch((error) =>
    error
  );
  await assertThrows(
    () => divergent.featureFn(images(), initFn(key, [-1, 4, 4, 2]), { errorRows: 0 }),
    RangeError,
    message,
  );
  const large = features.fromNetwork(convolutional(stax.Relu()), { sketchDim: 2 ** 22 + 1 });
  await assertThrows(
    () => large.featureFn(images(), initFn(key, [-1, 4, 4, 2])),
    RangeError,
    "Cannot map features as sketchDim must be at most 2097152 for inputs of 16 positions: current value is 4194305",
  );
  await assertThrows(
    () => featureFn(images(), initFn(key, [-1, 4, 4, 2]), { backend: "cuda" as "auto" }),
    RangeError,
    'Cannot map features as backend must be one of auto, reference, native, webgpu: current value is "cuda"',
  );
});

for (const backend of ["reference", "native"] as const) {
  const test = backend === "native" ? nativeTest : Deno.test;
  test(`maps of images tell how far they are on ${backend}, and stop when aborted`, async () => {
    const network = convolutional(stax.Relu());
    const x = random.normal(random.key(0), [12, 8, 8, 1]);
    const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 512 });
    const inputs = initFn(random.key(0), x.shape);
    const seen: number[] = [];
    await featureFn(x, inputs, { backend, errorRows: 0, onProgress: ({ done }) => seen.push(done) });
    assertEquals(seen.at(-1), 12);
    assert(seen.every((done, i) => i === 0 || done >= seen[i - 1]));
    const controller = new AbortController();
    const reason = new Error("enough");
    const stopped = featureFn(x, inputs, {
      backend,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await assertThrows(() => stopped, Error, "enough");
  });
}
