/** Features of finite networks: their outputs and gradients by definition, and kernels as the mean of their products. */
import { array, features, type NdArray, random, stax } from "../../mod.ts";
import { backward, forward, partsOf } from "../../lib/features/finite/gradients.ts";
import { pointwise } from "../../lib/features/finite/slope.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { definable } from "../nonlinearities.ts";

const NAMES = ["nngp", "ntk"] as const;
type Name = typeof NAMES[number];

const { Conv, Dense, Gelu, Relu, serial } = stax;

/** So many hidden layers with biases. */
const dense = (activation: stax.Network, hidden: number) =>
  serial(
    ...Array.from({ length: hidden }, () => serial(Dense(1, { wStd: 1.3, bStd: 0.2 }), activation)),
    Dense(1, { wStd: 1.1, bStd: 0.1 }),
  );

/** Rows, the opposite of the first, and zeros. */
function rowsOf(shape: readonly number[]): NdArray {
  const { data } = random.normal(random.key(5), [2, ...shape]);
  const size = data.length / 2;
  const all = new Float64Array(4 * size);
  all.set(data);
  all.set(data.subarray(0, size).map((value) => -value), 2 * size);
  return array(all, [4, ...shape]);
}

interface Case {
  readonly network: stax.Network;
  readonly shape: readonly number[];
  readonly sketchDim: number;
  readonly width?: number;
  readonly keys: number;
  readonly get: readonly Name[];
}

const narrow = { shape: [5], sketchDim: 16, width: 8, keys: 1500, get: NAMES };
const wide = { shape: [5], sketchDim: 256, keys: 40, get: NAMES };
const images = { shape: [4, 4, 2], sketchDim: 32, width: 32, keys: 400, get: ["nngp"] as const };
const block = stax.parallel(serial(Relu(), Dense(1)), stax.Identity());

// With one hidden layer means are exact at any width.
const cases: Record<string, Case> = {
  "a hidden layer of ReLU": { network: dense(Relu(), 1), ...narrow },
  "a hidden layer of GELU": { network: dense(Gelu(), 1), ...narrow },
  "a linear network": { network: Dense(3, { wStd: 1.5, bStd: 0.3 }), ...narrow },
  "a network that ends in a nonlinearity": { network: serial(Dense(1, { bStd: 0.3 }), Gelu()), ...narrow },
  "an ordinary function": { network: dense(stax.ElementwiseNumerical(Math.tanh), 1), ...narrow },
  "two hidden layers of ReLU": { network: dense(Relu(), 2), ...wide },
  "two hidden layers of GELU": { network: dense(Gelu(), 2), ...wide },
  "a residual network": {
    network: serial(Dense(1), stax.FanOut(2), block, stax.FanInSum(), Relu(), Dense(1)),
    ...wide,
    get: ["nngp"],
  },
  "the standard parameterization": {
    network: serial(Dense(7, { wStd: 1.2, bStd: 0.4, parameterization: "standard", s: [1, 3] }), Relu()),
    ...narrow,
    get: ["nngp"],
  },
  "images that are flattened": { network: serial(Conv(1, [3, 3], { bStd: 0.2 }), stax.Flatten()), ...images },
  "pooled images": {
    network: serial(
      Conv(1, [3, 3], { padding: "SAME", bStd: 0.2 }),
      Relu(),
      stax.GlobalAvgPool(),
    ),
    ...images,
  },
  "pooled images and a dense layer": {
    network: serial(Conv(1, [2, 2]), Gelu(), stax.GlobalAvgPool(), Dense(1, { bStd: 0.1 })),
    ...images,
  },
};

for (const [name, { network, shape, keys, get, ...options }] of Object.entries(cases)) {
  Deno.test(`random features of ${name} have its kernels as their mean products`, async () => {
    const x = rowsOf(shape);
    const n = x.shape[0];
    const kernel = await network.kernelFn(x, null, NAMES);
    const { initFn, featureFn } = features.randomFeatures(network, { ...options, get });
    const sums = { nngp: new Float64Array(n * n), ntk: new Float64Array(n * n) };
    const squares = { nngp: new Float64Array(n * n), ntk: new Float64Array(n * n) };
    for (let seed = 0; seed < keys; seed++) {
      const mapped = await featureFn(x, initFn(random.key(seed), [-1, ...shape]), { errorRows: 0 });
      for (const of of get) {
        assert(mapped[of].shape[1] <= options.sketchDim);
        matmulTransposed(mapped[of], mapped[of]).data.forEach((product, i) => {
          sums[of][i] += product / keys;
          squares[of][i] += product ** 2 / keys;
        });
      }
    }
    for (const of of get) {
      kernel[of].data.forEach((must, i) => {
        const error = Math.sqrt(Math.max(0, squares[of][i] - sums[of][i] ** 2) / keys);
        assert(
          Math.abs(sums[of][i] - must) <= 4 * error + 1e-12,
          `${of}[${i}]: ${sums[of][i]} must be ${must} ± ${error}`,
        );
      });
    }
  });
}

Deno.test("features of the NNGP are the outputs of the finite network", async () => {
  const layers = (hidden: number, last: number) =>
    serial(Dense(hidden, { bStd: 0.5 }), Relu(), serial(Dense(hidden), Gelu()), Dense(last, { bStd: 0.1 }));
  const x = random.normal(random.key(1), [70, 3]);
  const key = random.key(2);
  const finite = layers(8, 16);
  const [, params] = finite.initFn(random.foldIn(key, 0), [-1, 3]);
  const outputs = finite.applyFn(params, x).data.map((value) => value / 4);
  for (const get of [NAMES, ["nngp"]] as const) {
    const map = features.randomFeatures(layers(1, 1), { sketchDim: 16, width: 8, get });
    assertClose((await map.featureFn(x, map.initFn(key, [-1, 3]))).nngp.data, outputs, { atol: 1e-13 });
  }
});

Deno.test("gradients are those of the outputs, by central differences", async () => {
  const tanh = stax.ElementwiseNumerical(Math.tanh);
  const options = { wStd: 1.3, bStd: 0.4 };
  const cases = [
    serial(Dense(3, options), Gelu(), Dense(4, { wStd: 0.7 }), tanh),
    serial(Dense(3), Relu(), Dense(4), Dense(4, options)),
  ];
  const x = random.normal(random.key(3), [2, 3]);
  const readout = Float64Array.of(0.5, -0.5, -0.5, 0.5);
  for (const network of cases) {
    const [, params] = network.initFn(random.key(4), [-1, 3]);
    const parts = partsOf(network, params);
    const pass = await forward(parts, x);
    assertClose(pass.outputs.data, network.applyFn(params, x).data, { atol: 1e-14 });
    const gradients = await backward(parts, pass, readout);
    const last = gradients.length - 1;
    // Where r itself is the gradient in the outputs, the number 1 stands for it.
    if (gradients[last].delta.shape[1] === 1) {
      const delta = array([[...readout], [...readout]]);
      gradients[last] = { ...gradients[last], delta };
    }
    const layers = (params as NdArray[][]).filter(Boolean);
    const value = (row: number) => {
      const { data } = network.applyFn(params, x);
      return readout.reduce((sum, r, i) => sum + r * data[4 * row + i], 0);
    };
    for (const [l, { input, delta }] of gradients.entries()) {
      const [[width, units], size] = [layers[l][0].shape, input.shape[1]];
      // A row more than the weights have is the bias.
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < units; j++) {
          const [{ data }, at] = i < width ? [layers[l][0], i * units + j] : [layers[l][1], j];
          for (let row = 0; row < 2; row++) {
            const [given, h] = [data[at], 1e-5];
            data[at] = given + h;
            const above = value(row);
            data[at] = given - h;
            const slope = (above - value(row)) / (2 * h);
            data[at] = given;
            assertClose(input.at(row, i) * delta.at(row, j), slope, { atol: 1e-9 });
          }
        }
      }
    }
  }
});

Deno.test("slopes of nonlinearities are those of their functions", () => {
  for (const [name, layer] of definable()) {
    const { fn, call } = activationOf(layer);
    if (!fn && !call) continue;
    const { value, slope } = pointwise(layer);
    assert(Number.isFinite(slope(0)), name);
    for (const x of [-2.3, -0.7, 0.4, 1.9]) {
      const difference = (value(x + 1e-5) - value(x - 1e-5)) / 2e-5;
      assertClose(slope(x), difference, { atol: 1e-8, rtol: 1e-8, message: name });
    }
  }
});

Deno.test("errors are those of all products, and fall with the root of columns and widths", async () => {
  const network = dense(Relu(), 2);
  const x = random.normal(random.key(0), [40, 16]);
  const kernel = await network.kernelFn(x, null, NAMES);
  const squares = { nngp: [0, 0], ntk: [0, 0] };
  for (const [i, sketchDim] of [32, 512].entries()) {
    const { initFn, featureFn } = features.randomFeatures(network, { sketchDim });
    for (let seed = 0; seed < 8; seed++) {
      const mapped = await featureFn(x, initFn(random.key(seed), [-1, 16]), { errorRows: 40 });
      for (const of of NAMES) {
        const products = matmulTransposed(mapped[of], mapped[of]).data;
        const error = products.reduce((sum, is, k) => sum + (is - kernel[of].data[k]) ** 2, 0);
        const size = kernel[of].data.reduce((sum, must) => sum + must ** 2, 0);
        assertClose(mapped.error![of].value, Math.sqrt(error / size), { rtol: 1e-9 });
        squares[of][i] += error / size / 8;
      }
    }
  }
  for (const of of NAMES) {
    const exponent = Math.log2(squares[of][1] / squares[of][0]) / 8;
    assert(exponent > -0.7 && exponent < -0.35, `${of}: ${exponent}`);
  }
});

Deno.test("a row has the same features in any batch, and in float32 the rounded ones", async () => {
  const x = random.normal(random.key(3), [40, 5]);
  const { initFn, featureFn } = features.randomFeatures(dense(Gelu(), 1), { sketchDim: 30, width: 20 });
  const inputs = initFn(random.key(4), [-1, 5]);
  const all = await featureFn(x, inputs);
  const first = await featureFn(array(x.data.slice(0, 10), [2, 5]), inputs, {
    dtype: "float32",
    errorRows: 0,
  });
  assertEquals(first.error, null);
  for (const of of NAMES) {
    assertDeepEquals(all[of].shape, [40, 30]);
    assertClose(first[of].data, all[of].data.subarray(0, 60), { atol: 1e-6 });
    assertEquals(first[of].dtype, "float32");
  }
  const other = await featureFn(x, initFn(random.key(5), [-1, 5]));
  assert(other.ntk.data.some((value, i) => value !== all.ntk.data[i]));
});

Deno.test("only kernels that are asked for have features and errors", async () => {
  for (const name of NAMES) {
    const { initFn, featureFn } = features.randomFeatures(dense(Relu(), 1), { sketchDim: 8, get: [name] });
    const mapped = await featureFn([[1, 2], [3, 4], [5, 6]], initFn(random.key(0), [-1, 2]));
    assertDeepEquals(Object.keys(mapped), [name, "error"]);
    assertDeepEquals(Object.keys(mapped.error!), [name]);
  }
});

Deno.test("a network without parameters has its inputs, and an NTK of 0", async () => {
  const { initFn, featureFn } = features.randomFeatures(serial(), { sketchDim: 4 });
  const { nngp, ntk } = await featureFn([[1, 2]], initFn(random.key(0), [-1, 2]));
  assertClose(nngp.data, [Math.SQRT1_2, Math.SQRT2], { rtol: 1e-15 });
  assertDeepEquals(ntk.toNested(), [[0]]);
});

Deno.test("random features stop when they are aborted, and say how far they are", async () => {
  const x = random.normal(random.key(7), [400, 8]);
  const { initFn, featureFn } = features.randomFeatures(dense(Relu(), 2), { sketchDim: 64 });
  const inputs = initFn(random.key(0), [-1, 8]);
  const all: number[] = [];
  await featureFn(x, inputs, { onProgress: ({ done }) => all.push(done) });
  assertEquals(all[0], 0);
  assertEquals(all.at(-1), 400);
  const controller = new AbortController();
  const seen: number[] = [];
  const stopped = featureFn(x, inputs, {
    signal: controller.signal,
    onProgress: ({ done, total }) => {
      assertEquals(total, 400);
      seen.push(done);
      if (done > 100) controller.abort("enough");
    },
  });
  assertEquals(await stopped.then(() => "done", (reason) => reason), "enough");
  assert(seen[0] === 0 && seen.at(-1)! < 400);
  const before = featureFn(x, initFn(random.key(1), [-1, 8]), { signal: AbortSignal.abort("before") });
  assertEquals(await before.then(() => "done", (reason) => reason), "before");
});

const relu = dense(Relu(), 1);
const { initFn, featureFn } = features.randomFeatures(relu, { sketchDim: 8 });
const inputs = initFn(random.key(0), [-1, 2]);
const ofNngp = (...layers: stax.Network[]) =>
  features.randomFeatures(serial(...layers), { sketchDim: 8, get: ["nngp"] });
const finiteOnly = (type: string) =>
  "Cannot map features as the layers of a finite network must take any width and every row alone: " +
  `current value is a network with ${type}, use its kernelFn`;

const refusals: [name: string, call: () => unknown, type: new (message: string) => Error, message: string][] =
  [
    [
      "what is no network",
      () => features.randomFeatures({ type: "Relu" } as stax.Network),
      TypeError,
      "Cannot map features as network must be a network of stax: current value is a value of type Object",
    ],
    [
      "no columns",
      () => features.randomFeatures(relu, { sketchDim: 0 }),
      RangeError,
      "Cannot map features as sketchDim must be an integer of at least 1: current value is 0",
    ],
    [
      "layers without channels",
      () => features.randomFeatures(relu, { width: 0 }),
      RangeError,
      "Cannot map features as width must be an integer of at least 1: current value is 0",
    ],
    [
      "no kernels",
      () => features.randomFeatures(relu, { get: [] }),
      TypeError,
      "Cannot map features as get must be a list of names: current value is a list of length 0",
    ],
    [
      "kernels that there are none of",
      () => features.randomFeatures(relu, { get: ["cov1" as Name] }),
      RangeError,
      'Cannot map features as get[0] must be one of nngp, ntk: current value is "cov1"',
    ],
    [
      "fewer columns than gradients need",
      () => features.randomFeatures(relu, { sketchDim: 3 }),
      RangeError,
      "Cannot map features as sketchDim must be at least 4 for the NTK of this network: current value is 3",
    ],
    [
      "fewer columns than positions",
      () => ofNngp(Conv(1, [1, 1]), stax.Flatten()).initFn(random.key(0), [-1, 3, 3, 1]),
      RangeError,
      "Cannot map features as sketchDim must be at least 9 for the NNGP of this network: current value is 8",
    ],
    [
      "the NTK of a convolutional network",
      () => features.randomFeatures(serial(Conv(1, [1]), stax.GlobalAvgPool(), Dense(1))),
      UnsupportedError,
      "Cannot map features as a network must be Dense and nonlinearities in series for those of its NTK: " +
      'current value is a network with Conv, write get: ["nngp"], or use nystrom',
    ],
    [
      "the NTK in the standard parameterization",
      () => features.randomFeatures(Dense(1, { parameterization: "standard" })),
      UnsupportedError,
      "Cannot map features as the parameterization of every Dense must be ntk for those of the NTK: " +
      "current value is standard, use fromNetwork or nystrom",
    ],
    [
      "a kernel without a function",
      () => ofNngp(Dense(1), stax.ExpNormalized()),
      UnsupportedError,
      "Cannot map features as the forward function of every nonlinearity must be known: " +
      "current value is ExpNormalized, use fromNetwork or nystrom",
    ],
    ["random masks", () => ofNngp(Dense(1), stax.Dropout(0.5)), UnsupportedError, finiteOnly("Dropout")],
    [
      "kernels that depend on widths",
      () => ofNngp(stax.FanOut(1), stax.parallel(Dense(1)), stax.FanInConcat()),
      UnsupportedError,
      finiteOnly("FanInConcat"),
    ],
    [
      "outputs at positions",
      () => ofNngp(Conv(1, [1])).initFn(random.key(0), [-1, 4, 2]),
      UnsupportedError,
      "Cannot map features as the network must have one output a row: current value is an output at positions, " +
      "add Flatten() or GlobalAvgPool()",
    ],
    [
      "branches",
      () => ofNngp(Dense(1), stax.FanOut(2)).initFn(random.key(0), [-1, 4]),
      UnsupportedError,
      "Cannot map features as the network must have one output a row: current value is 2 branches, add FanInSum()",
    ],
    [
      "a key that is none",
      () => initFn(0 as unknown as random.Key, [-1, 2]),
      TypeError,
      "Cannot map features as key must be a key: current value is 0",
    ],
    [
      "a shape that is none",
      () => initFn(random.key(0), 2 as unknown as number[]),
      TypeError,
      "Cannot map features as inputShape must be [-1, features] or [-1, …positions, features]: current value is 2",
    ],
    [
      "inputs of another map",
      () => featureFn([[1, 2]], { key: random.key(0), width: 2 } as unknown as features.RandomInputs),
      TypeError,
      "Cannot map features as inputs must be what initFn returns: current value is a value of type Object",
    ],
    [
      "rows of another width",
      () => featureFn([[1, 2, 3]], inputs),
      TypeError,
      "Cannot map features as the shape of x must be [n, 2], as initFn was told: current value is [1, 3]",
    ],
    [
      "NaN",
      () => featureFn([[1, NaN]], inputs),
      RangeError,
      "Cannot use x as x[0][1] must be finite: current value is NaN",
    ],
    [
      "outputs that overflow",
      () => {
        const map = ofNngp(Dense(1, { wStd: 1e200 }), stax.Abs());
        return map.featureFn([[1e200]], map.initFn(random.key(0), [-1, 1]));
      },
      RangeError,
      "Cannot map features as nngp[0][0] must be finite: current value is Infinity, lower wStd or the inputs",
    ],
    [
      "another backend",
      () => featureFn([[1, 2]], inputs, { backend: "webgpu" as "auto" }),
      UnsupportedError,
      'Cannot map features as backend must be "auto" or "reference": current value is "webgpu"',
    ],
  ];

for (const [name, call, type, message] of refusals) {
  Deno.test(`random features refuse ${name}`, async () => {
    await assertThrows(call, type, message);
  });
}
