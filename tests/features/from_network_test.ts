/** Products of features are the kernels of the network: in the mean over keys, and up to errors that fall with the columns. */
import { array, features, random, stax } from "../../mod.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { definable } from "../nonlinearities.ts";

const NAMES = ["nngp", "ntk"] as const;

/** Two hidden layers with biases. */
const network = (activation: stax.Network) =>
  stax.serial(
    stax.Dense(1, { wStd: 1.1, bStd: 0.1 }),
    activation,
    stax.Dense(1),
    activation,
    stax.Dense(1, { wStd: 1.2 }),
  );

/** Three rows, a copy of the first, its opposite, and a row of zeros. */
function rowsOf(width: number) {
  const rows = random.normal(random.key(5), [3, width]);
  const data = new Float64Array(6 * width);
  data.set(rows.data);
  data.set(rows.data.subarray(0, width), 3 * width);
  data.set(rows.data.subarray(0, width).map((value) => -value), 4 * width);
  return array(data, [6, width]);
}

const KEYS = 200;

/** Of x³ − 3x, the first power has no share in rows of mean square 1. */
const cubic: [string, stax.Network] = ["x³ − 3x", stax.Polynomial([0, -3, 0, 1])];

for (const [name, layer] of [...definable(), cubic]) {
  Deno.test(`features of ${name} have its kernels as their mean products`, async () => {
    const net = network(layer);
    const x = rowsOf(7);
    const inputs = (seed: number) => map.initFn(random.key(seed), [-1, 7]);
    const map = features.fromNetwork(net, { sketchDim: 96 });
    const kernel = await net.kernelFn(x, null, NAMES).catch((error: Error) => error);
    if (kernel instanceof Error) {
      await assertThrows(() => map.featureFn(x, inputs(0)), RangeError, kernel.message);
      return;
    }
    const sums = { nngp: new Float64Array(36), ntk: new Float64Array(36) };
    const squares = { nngp: new Float64Array(36), ntk: new Float64Array(36) };
    for (let seed = 0; seed < KEYS; seed++) {
      const mapped = await map.featureFn(x, inputs(seed), { errorRows: 0 });
      for (const of of NAMES) {
        matmulTransposed(mapped[of], mapped[of]).data.forEach((product, i) => {
          sums[of][i] += product / KEYS;
          squares[of][i] += product ** 2 / KEYS;
        });
      }
    }
    for (const of of NAMES) {
      const { data } = kernel[of];
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j <= i; j++) {
          const at = 6 * i + j;
          const size = Math.sqrt(data[7 * i] * data[7 * j]);
          const error = Math.sqrt(Math.max(0, squares[of][at] - sums[of][at] ** 2) / KEYS);
          const bias = 1e-6 * size;
          const off = Math.abs(sums[of][at] - data[at]);
          assert(
            off <= 4 * error + bias,
            `${of}[${i}][${j}]: ${sums[of][at]} must be ${data[at]} ± ${error}`,
          );
        }
      }
    }
  });
}

/** 3 × [Dense(√2), activation] and Dense(√2). */
const deep = (activation: stax.Network) => {
  const dense = () => stax.Dense(1, { wStd: Math.SQRT2 });
  return stax.serial(dense(), activation, dense(), activation, dense(), activation, dense());
};

Deno.test("errors fall with the root of the columns, from less than half of those of the Python library", async () => {
  const x = random.normal(random.key(0), [200, 64]);
  // Han et al. 2022, features of complex sketches layer by layer, at their best scale.
  const theirs = { 512: 0.281, 1024: 0.185, 2048: 0.137, 4096: 0.096, 8192: 0.067 };
  const errors: number[] = [];
  for (const [sketchDim, error] of Object.entries(theirs)) {
    const { initFn, featureFn } = features.fromNetwork(deep(stax.ExpNormalized()), {
      sketchDim: Number(sketchDim),
    });
    let mean = 0;
    for (let seed = 0; seed < 3; seed++) {
      const mapped = await featureFn(x, initFn(random.key(seed), [-1, 64]), { errorRows: 200 });
      assertDeepEquals(mapped.ntk.shape, [200, Number(sketchDim)]);
      mean += mapped.error!.ntk.value / 3;
    }
    assert(mean < error / 2, `${sketchDim}: ${mean}`);
    errors.push(mean);
  }
  // The slope of the straight line through the logarithms: least squares over −2, −1, 0, 1, 2.
  const exponent = errors.reduce((sum, error, i) => sum + (i - 2) * Math.log2(error), 0) / 10;
  assert(exponent > -0.6 && exponent < -0.45, `${exponent}`);
});

Deno.test("what few columns hold is exact: linear networks, polynomials, inputs of one entry", async () => {
  const x = random.normal(random.key(1), [5, 4]);
  const line = random.normal(random.key(2), [6, 1]);
  const cases: [stax.Network, typeof x, number][] = [
    [stax.Dense(1, { wStd: 1.5, bStd: 0.2 }), x, 16],
    [stax.serial(stax.Dense(1), stax.Monomial(2), stax.Dense(1)), x, 32],
    [network(stax.Gelu()), line, 64],
    [network(stax.Relu()), line, 64],
  ];
  for (const [net, rows, sketchDim] of cases) {
    const { initFn, featureFn } = features.fromNetwork(net, { sketchDim });
    const mapped = await featureFn(rows, initFn(random.key(0), rows.shape));
    const kernel = await net.kernelFn(rows, null, NAMES);
    for (const of of NAMES) {
      const products = matmulTransposed(mapped[of], mapped[of]);
      // Functions of the norm are interpolated, and kernels with kinks have cusps there.
      const atol = Math.max(...kernel[of].data) * (rows === line ? 2e-2 : 1e-9);
      assertClose(products.data, kernel[of].data, { atol, message: `${of} of ${JSON.stringify(net)}` });
      assert(mapped.error![of].value <= (rows === line ? 1e-2 : 1e-9));
    }
  }
});

Deno.test("a row has the same features in any batch, and in float32 the rounded ones", async () => {
  const x = random.normal(random.key(3), [40, 80]);
  const { initFn, featureFn } = features.fromNetwork(network(stax.Gelu()), { sketchDim: 300 });
  const inputs = initFn(random.key(4), [-1, 80]);
  const all = await featureFn(x, inputs);
  const first = await featureFn(array(x.data.slice(0, 160), [2, 80]), inputs, { dtype: "float32" });
  for (const of of NAMES) {
    assertEquals(first[of].dtype, "float32");
    assertDeepEquals([...first[of].data], [...new Float32Array(all[of].data.subarray(0, 600))]);
  }
  assertEquals((await featureFn(x, inputs, { errorRows: 0 })).error, null);
  const other = await featureFn(x, initFn(random.key(5), [-1, 80]));
  assert(other.ntk.data.some((value, i) => value !== all.ntk.data[i]));
});

Deno.test("the error of a few rows is that of all of them, within its standard error", async () => {
  const x = random.normal(random.key(6), [150, 30]);
  const { initFn, featureFn } = features.fromNetwork(deep(stax.Relu()), { sketchDim: 256 });
  let worst = 0;
  for (let seed = 0; seed < 10; seed++) {
    const inputs = initFn(random.key(seed), [-1, 30]);
    const { error: all } = await featureFn(x, inputs, { errorRows: 150 });
    const { error: some } = await featureFn(x, inputs, { errorRows: 40 });
    worst = Math.max(worst, Math.abs(some!.ntk.value - all!.ntk.value) / some!.ntk.standardError);
  }
  assert(worst < 4, `${worst}`);
});

Deno.test("features stop when they are aborted, and say how far they are", async () => {
  const x = random.normal(random.key(7), [400, 64]);
  const { initFn, featureFn } = features.fromNetwork(deep(stax.Relu()), { sketchDim: 512 });
  const inputs = initFn(random.key(0), [-1, 64]);
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
});

Deno.test("a call that is given up does not end others that wait for the same", async () => {
  const x = random.normal(random.key(8), [4, 16]);
  const map = features.fromNetwork(deep(stax.Gelu()), { sketchDim: 64 });
  const controller = new AbortController();
  const inputs = map.initFn(random.key(0), [-1, 16]);
  const given = map.featureFn(x, inputs, { signal: controller.signal });
  const other = map.featureFn(x, inputs);
  setTimeout(() => controller.abort("enough"), 1);
  assertEquals(await given.then(() => "done", (reason) => reason), "enough");
  assertDeepEquals((await other).ntk.shape, [4, 64]);
});

const relu = stax.serial(stax.Dense(1), stax.Relu());
const { initFn, featureFn } = features.fromNetwork(relu);
const inputs = initFn(random.key(0), [-1, 2]);

const divergent = (variance: number) =>
  features.fromNetwork(stax.serial(stax.Dense(1), stax.Gaussian({ a: 1, b: 1 })), { variance });

const refusals: [name: string, call: () => unknown, type: new (message: string) => Error, message: string][] =
  [
    [
      "what is no network",
      () => features.fromNetwork({ type: "Relu" } as stax.Network),
      TypeError,
      "Cannot map features as network must be a network of stax: current value is a value of type Object",
    ],
    [
      "no columns",
      () => features.fromNetwork(relu, { sketchDim: 0 }),
      RangeError,
      "Cannot map features as sketchDim must be an integer of at least 1: current value is 0",
    ],
    [
      "degree 0",
      () => features.fromNetwork(relu, { polyDegree: 0 }),
      RangeError,
      "Cannot map features as polyDegree must be an integer of at least 1: current value is 0",
    ],
    [
      "too few columns for the parts of a kernel",
      () => features.fromNetwork(relu, { sketchDim: 1 }).featureFn([[1, 2]], inputs),
      RangeError,
      "Cannot map features as sketchDim must be at least 2 for the NNGP of this network: current value is 1",
    ],
    [
      "a mean square of typical rows that is 0",
      () => features.fromNetwork(relu, { variance: 0 }),
      RangeError,
      "Cannot map features as variance must be a positive number: current value is 0",
    ],
    [
      "a key that is none",
      () => initFn(0 as unknown as random.Key, [-1, 2]),
      TypeError,
      "Cannot map features as key must be a key: current value is 0",
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
      "another backend",
      () => featureFn([[1, 2]], inputs, { backend: "webgpu" as "auto" }),
      UnsupportedError,
      'Cannot map features as backend must be "auto" or "reference": current value is "webgpu"',
    ],
    [
      "a network that joins examples",
      () =>
        features.fromNetwork(
          stax.serial(
            stax.FanOut(2),
            stax.parallel(stax.Dense(1), stax.Dense(1)),
            stax.FanInConcat({ axis: 0 }),
          ),
        ).featureFn([[1, 2]], inputs),
      UnsupportedError,
      "Cannot map features as every output must depend on one input alone: current value is a network that mixes or " +
      "selects examples, use its kernelFn",
    ],
    [
      "a row at which a kernel diverges",
      () => divergent(0.2).featureFn([[0.1, 0.1], [9, 9]], inputs),
      RangeError,
      "Cannot compute Gaussian as the variance of every row must be below 0.5, where the mean of exp(1·x²) diverges: " +
      "current value is 81 at row 1",
    ],
    [
      "typical rows at which a kernel diverges",
      () => divergent(1).featureFn([[0.1, 0.1]], inputs),
      RangeError,
      "Cannot map features as variance must be the mean square of rows that the network is for: current value is 1",
    ],
  ];

for (const [name, call, type, message] of refusals) {
  Deno.test(`features of networks refuse ${name}`, async () => {
    await assertThrows(call, type, message);
  });
}
