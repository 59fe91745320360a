/** Gradients of kernels in their inputs: against differences of kernels, closed forms, and 120 digits where points lie close together. */
import assert from "node:assert/strict";
import { type ArrayInput, kernelGradient, NdArray, random, stax, UnsupportedError } from "../mod.ts";
import { assertThrows } from "./assert.ts";
import { cases } from "./kernels/cases.ts";
import truth from "./kernel_gradient.json" with { type: "json" };
import { nativeTest } from "./native.ts";

type KernelName = "nngp" | "ntk";
const both = ["nngp", "ntk"] as const;
const reference = { backend: "reference" } as const;
const { Dense, Relu, serial } = stax;

const x1 = random.normal(random.key(1), [3, 3]);
const x2 = random.normal(random.key(2), [4, 3]);

/** The largest deviation of two lists, relative to the largest entry of the second. */
function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  const size = Math.max(...Array.from(expected, Math.abs));
  const errors = Array.from(expected, (value, k) => Math.abs(actual[k] - value));
  // A comparison with NaN would hold otherwise.
  return errors.every((error) => error >= 0) ? Math.max(...errors) / (size || 1) : NaN;
}

/** Differences over 1, 2, … steps on either side, and their weights: what is left has the fourth power of the step. */
const STENCIL = [[-2, 1 / 12], [-1, -2 / 3], [1, 2 / 3], [2, -1 / 12]] as const;

/** ∂K(x1ᵢ, x2ⱼ)/∂x1ᵢ by central differences of kernels, and what rounding takes of them. */
async function differences(
  network: stax.Network,
  [x, y]: readonly [NdArray, NdArray],
  kernel: KernelName,
  step = 3e-4,
): Promise<{ readonly values: Float64Array; readonly rounding: number }> {
  const [n1, features] = x.shape;
  const values = new Float64Array(n1 * y.shape[0] * features);
  let largest = 0;
  for (let k = 0; k < features; k++) {
    for (const [steps, weight] of STENCIL) {
      const moved = x.data.map((value, at) => at % features === k ? value + steps * step : value);
      const { data } = await network.kernelFn(new NdArray(moved, x.shape), y, kernel, reference);
      data.forEach((value, pair) => {
        values[pair * features + k] += weight * value / step;
        largest = Math.max(largest, Math.abs(value));
      });
    }
  }
  return { values, rounding: 8 * Number.EPSILON * largest / step };
}

async function assertDifferences(network: stax.Network, kernel: KernelName): Promise<void> {
  const gradient = await kernelGradient(network, x1, x2, kernel, reference);
  assert.deepEqual(gradient.shape, [3, 4, 3]);
  const { values, rounding } = await differences(network, [x1, x2], kernel);
  const size = Math.max(...values.map(Math.abs));
  const error = deviation(gradient.data, values) * size;
  assert.ok(error <= 1e-7 * size + rounding, `${kernel} ${error / size}, of ${size}`);
}

for (const { name, layer } of cases) {
  Deno.test(`kernelGradient is the difference quotient of kernels: ${name}`, async () => {
    const phi = layer as stax.Network;
    const dense = (bStd: number) => Dense(1, { wStd: 0.6, bStd });
    for (const bStd of [0.3, 0]) {
      for (const kernel of both) {
        await assertDifferences(serial(dense(bStd), phi), kernel);
        await assertDifferences(serial(dense(bStd), phi, dense(bStd), phi, dense(bStd)), kernel);
      }
    }
  });
}

const dense = Dense(1, { wStd: 1.3, bStd: 0.2 });
const branches = (...layers: stax.Network[]) =>
  serial(dense, stax.FanOut(layers.length), stax.parallel(...layers));
const step = serial(Relu(), dense);
const networks: Record<string, stax.Network> = {
  "three layers": stax.repeat(serial(dense, Relu()), 3),
  "mixed layers": serial(dense, stax.Gelu(), dense, Relu(), dense, stax.Erf(), dense),
  "a residual branch": serial(branches(stax.Identity(), step), stax.FanInSum(), Relu(), dense),
  "a product of branches": serial(
    branches(serial(Relu(), dense), serial(stax.Erf(), dense)),
    stax.FanInProd(),
    dense,
  ),
  "branches side by side": serial(branches(Relu(), stax.Erf()), stax.FanInConcat(), dense),
  "LayerNorm": serial(dense, stax.LayerNorm(), dense, Relu(), dense, stax.LayerNorm(), stax.Abs()),
  "standard parameterization": serial(
    Dense(64, { parameterization: "standard", wStd: 1.2, bStd: 0.1 }),
    Relu(),
    Dense(1, { parameterization: "standard" }),
  ),
  "dropout": serial(dense, Relu(), stax.Dropout(0.7), dense, stax.Gelu(), dense),
  "a kernel without its derivative": serial(
    dense,
    stax.Elementwise({ nngp: ({ cov, var1, var2 }) => cov.sub(var1.add(var2).mul(0.5)).exp() }),
    dense,
  ),
  "kinks away from 0": stax.repeat(
    serial(dense, stax.ElementwiseNumerical((x: number) => Math.min(Math.max(x, -1), 2))),
    2,
  ),
  "a jump away from 0": stax.repeat(
    serial(dense, stax.ElementwiseNumerical((x: number) => Number(x > 0.3))),
    2,
  ),
  "a host function": stax.repeat(serial(dense, stax.ElementwiseNumerical(Math.tanh)), 3),
  "weights of 0": serial(dense, Relu(), Dense(1, { wStd: 0, bStd: 0.5 }), Relu(), dense),
};

for (const [name, network] of Object.entries(networks)) {
  Deno.test(`kernelGradient is the difference quotient of kernels: ${name}`, async () => {
    for (const kernel of both) await assertDifferences(network, kernel);
  });
}

Deno.test("the gradient of a linear kernel wStd²·⟨x, y⟩/d + bStd² is wStd²·y/d", async () => {
  const network = Dense(1, { wStd: 3, bStd: 2 });
  const [x, y] = [[[1, 2], [0, 0]], [[1, 2], [4, -6], [0, 0]]];
  const row = y.map((point) => point.map((value) => 4.5 * value));
  for (const kernel of both) {
    const factor = kernel === "ntk" ? 2 : 1;
    const expected = [row, row].flat(2).map((value) => (factor - Number(kernel === "ntk")) * value);
    // Both kernels are the same: of biases and weights.
    assert.ok(deviation((await kernelGradient(network, x, y, kernel)).data, expected) < 1e-15, kernel);
  }
});

Deno.test("the gradient of ReLU's NNGP at equal points is wStd²·y/2d", async () => {
  const network = serial(Dense(1, { wStd: 3 }), Relu());
  const gradient = await kernelGradient(network, x2, null, "nngp");
  for (let i = 0; i < 4; i++) {
    const own = gradient.data.subarray((i * 4 + i) * 3, (i * 4 + i + 1) * 3);
    const expected = Array.from(x2.data.subarray(i * 3, i * 3 + 3), (value) => 9 * value / 6);
    assert.ok(deviation(own, expected) < 4e-16, `${own}`);
  }
});

Deno.test("the gradient of the RBF kernel is 2γ·K·(y − x)/d, to the last digits whatever the distance", async () => {
  const network = serial(Dense(1), stax.Rbf({ gamma: 0.5 }));
  const x = [1000.25, -3000.5];
  for (const gap of [0, 2 ** -30, 2 ** -10, 1]) {
    const y = [x[0] + gap, x[1] - gap / 2];
    const expected = [0, 1].map((k) => Math.exp(-1.25 * gap ** 2 / 4) * (y[k] - x[k]) / 2);
    const gradient = await kernelGradient(network, [x], [y], "nngp");
    assert.ok(deviation(gradient.data, expected) < 1e-14, `${gap}: ${gradient.data}`);
  }
});

type Spec = readonly (readonly (string | number)[])[];

const layers: Record<string, (...parameters: number[]) => stax.Network> = {
  Dense: (wStd, bStd) => Dense(1, { wStd, bStd }),
  Rbf: (gamma) => stax.Rbf({ gamma }),
  LeakyRelu: (alpha) => stax.LeakyRelu(alpha),
  Relu: () => Relu(),
  Abs: () => stax.Abs(),
  Erf: () => stax.Erf(),
  Gelu: () => stax.Gelu(),
  Gabor: () => stax.Gabor(),
  Sin: () => stax.Sin(),
  Sign: () => stax.Sign(),
  LayerNorm: () => stax.LayerNorm(),
};

const networkOf = (net: Spec) =>
  serial(...net.map(([name, ...parameters]) => layers[name](...parameters as number[])));

/**
 * What is lost at most; of pairs that are not yet close, about ε/(1 − ρ). After a layer without a rule for gaps, angles of 1e-12 have but 8 of 32 digits; and slopes of erf at variances of
 * 1e8 change by 1e4 times what their moments do.
 */
const toleranceOf = (name: string) =>
  name === "ReLU after GELU, 1e-12 apart" ? 2e-8 : name.startsWith("erf, 8192") ? 2e-11 : 4e-12;

Deno.test("gradients of close, opposite, huge and tiny points have the digits that 120 digits say", async () => {
  for (const { name, x, y, net, ...expected } of truth.cases) {
    for (const kernel of both) {
      const gradient = await kernelGradient(networkOf(net), [x], [y], kernel);
      const error = deviation(gradient.data, expected[kernel]);
      assert.ok(error < toleranceOf(name), `${name}, ${kernel}: ${error}`);
    }
  }
});

nativeTest("gradients of the native backend are those of the reference backend", async () => {
  const [x, y] = [random.normal(random.key(3), [40, 17]), random.normal(random.key(4), [33, 17])];
  for (const network of [networks["three layers"], networks["mixed layers"], networks["a host function"]]) {
    for (const kernel of both) {
      const [actual, expected] = [{ backend: "native" }, reference]
        .map((options) => kernelGradient(network, x, y, kernel, options));
      assert.ok(deviation((await actual).data, (await expected).data) < 1e-12);
    }
  }
});

/** The mean of the gradients on either side of x along u, and how far they are apart. */
async function oneSided(network: stax.Network, x: number[], y: number[], u: number[], kernel: KernelName) {
  const at = async (by: number) => {
    const point = x.map((value, k) => value + by * u[k]);
    return (await kernelGradient(network, [point], [y], kernel)).data;
  };
  const [above, below] = [await at(1e-9), await at(-1e-9)];
  return { mean: above.map((value, k) => (value + below[k]) / 2), jump: deviation(above, below) };
}

/** The text that refuses a kink of the nonlinearity after the first layer. */
const kinkOf = (kernel: KernelName, network: stax.Network) =>
  `Cannot compute the gradient of a kernel as the ${kernel.toUpperCase()} must have one for every pair: current value is a kink of ` +
  `${
    (network as unknown as { layers: stax.Layer[] }).layers[1].type
  } at (0, 0), use { kinks: "mean" } for the mean of both sides`;

const kinked: [name: string, network: stax.Network, kernel: KernelName, y: number[]][] = [
  ["ReLU's NTK at one point", serial(dense, Relu(), dense), "ntk", [1, 2]],
  ["ReLU's NTK without biases at multiples", serial(Dense(1), Relu(), Dense(1), Relu()), "ntk", [2, 4]],
  ["ReLU's NTK without biases at opposite points", serial(Dense(1), Relu(), Dense(1)), "ntk", [-1, -2]],
  ["the NTK of |x| at opposite points", serial(Dense(1), stax.Abs(), Dense(1), stax.Abs()), "ntk", [-1, -2]],
  ["the NNGP of the sign", serial(dense, stax.Sign(), dense), "nngp", [1, 2]],
];
for (const [name, network, kernel, y] of kinked) {
  Deno.test(`a kink is refused, and has the mean of both sides: ${name}`, async () => {
    await assertThrows(
      () => kernelGradient(network, [[1, 2]], [y], kernel),
      RangeError,
      kinkOf(kernel, network),
    );
    const { data } = await kernelGradient(network, [[1, 2]], [y], kernel, { kinks: "mean" });
    for (const u of [[2, -1], [0.5, 1.5]]) {
      const { mean, jump } = await oneSided(network, [1, 2], y, u, kernel);
      assert.ok(jump > 0.01, `${jump}`);
      assert.ok(
        deviation(Float64Array.from([...data, 1]), Float64Array.from([...mean, 1])) < 1e-7,
        `${data} ${mean}`,
      );
    }
  });
}

const smooth: [name: string, network: stax.Network, kernel: KernelName, x: number[], y: number[]][] = [
  ["ReLU's NNGP at one point", serial(dense, Relu(), dense), "nngp", [1, 2], [1, 2]],
  ["GELU's NTK at one point", serial(dense, stax.Gelu(), dense, stax.Gelu()), "ntk", [1, 2], [1, 2]],
  ["the NTK of x²₊ at multiples", serial(Dense(1), stax.RectifiedMonomial(2), dense), "ntk", [1, 2], [2, 4]],
  ["ReLU's NTK with biases at multiples", serial(dense, Relu(), dense), "ntk", [1, 2], [2, 4]],
  ["a zero row with biases", serial(dense, Relu(), dense), "ntk", [0, 0], [2, 1]],
  ["a zero row of x²₊", serial(Dense(1), stax.RectifiedMonomial(2), dense), "nngp", [0, 0], [2, 1]],
  ["a zero row of erf", serial(Dense(1), stax.Erf(), dense), "ntk", [0, 0], [2, 1]],
  ["a zero row of a steep sine", serial(Dense(1), stax.Sin({ b: 1e4 }), dense), "nngp", [0, 0], [2e-4, 1e-4]],
  ["a zero row of softplus", serial(Dense(1), stax.Softplus(), dense), "ntk", [0, 0], [2, 1]],
  ["a zero row of a polynomial", serial(Dense(1), stax.Polynomial([1, 2, 1]), dense), "ntk", [0, 0], [2, 1]],
  ["a zero row of x2", serial(Dense(1), Relu(), dense), "ntk", [1, 2], [0, 0]],
  ["two zero rows", serial(Dense(1), stax.Gelu(), dense), "ntk", [0, 0], [0, 0]],
  ["softplus' NTK at one point", serial(dense, stax.Softplus(), dense), "ntk", [1, 2], [1, 2]],
  ["a layer that is constant", serial(Dense(1, { wStd: 0, bStd: 1 }), Relu(), dense), "ntk", [1, 2], [1, 2]],
];
for (const [name, network, kernel, x, y] of smooth) {
  Deno.test(`there is no kink: ${name}`, async () => {
    const gradient = await kernelGradient(network, [x], [y], kernel);
    const [a, b] = [x, y].map((row) => new NdArray(Float64Array.from(row), [1, 2]));
    // A short step, since second derivatives may jump here.
    const { values } = await differences(network, [a, b], kernel, 1e-6);
    assert.ok(deviation([...gradient.data, 1], [...values, 1]) < 1e-5, `${gradient.data} ${values}`);
  });
}

Deno.test("a zero row of a homogeneous kernel is a kink, with the mean of opposite sides, and of the sign a jump", async () => {
  const [x, y] = [[[0, 0]], [[2, 1]]];
  for (const [phi, slope] of [[Relu(), 1 / 4], [stax.Abs(), 0], [stax.LeakyRelu(0.5), 9 / 16]] as const) {
    const network = serial(Dense(1), phi);
    await assertThrows(() => kernelGradient(network, x, y, "nngp"), RangeError, kinkOf("nngp", network));
    const { data } = await kernelGradient(network, x, y, "nngp", { kinks: "mean" });
    // The mean of both derivatives along u is ((a + b)/2)²·⟨u, y⟩/d.
    assert.ok(deviation([...data, 1], [slope, slope / 2, 1]) < 1e-15, `${data}`);
  }
  await assertThrows(
    () => kernelGradient(serial(Dense(1), stax.Sign()), x, y, "nngp", { kinks: "mean" }),
    RangeError,
    "Cannot compute the gradient of a kernel as the NNGP must not jump: current value is a jump of Sign at (0, 0), where x1[0] is 0, " +
      "use bStd above 0 or leave the row out",
  );
});

Deno.test("gradients come in blocks of rows, which progress reports and a signal stops", async () => {
  const network = serial(dense, stax.Gelu(), dense);
  const [x, y] = [random.normal(random.key(5), [700, 2]), random.normal(random.key(6), [601, 2])];
  const seen: number[] = [];
  const gradient = await kernelGradient(network, x, y, "ntk", {
    onProgress: ({ done, total }) => seen.push(done / total),
  });
  assert.ok(
    seen.length > 1 && seen.at(-1) === 1 && seen.every((share, k) => k === 0 || share > seen[k - 1]),
    `${seen}`,
  );
  for (const i of [0, 350, 436, 699]) {
    const row = new NdArray(x.data.slice(2 * i, 2 * i + 2), [1, 2]);
    const own = await kernelGradient(network, row, y, "ntk", reference);
    assert.ok(deviation(gradient.data.subarray(i * 1202, (i + 1) * 1202), own.data) < 1e-12, `row ${i}`);
  }
  const controller = new AbortController();
  const stopped = kernelGradient(network, x, y, "ntk", {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await assertThrows(() => stopped, Error, "enough");
});

Deno.test("inputs may change, or be float32, while gradients are computed", async () => {
  const x = [[1, 2]];
  const wanted = await kernelGradient(dense, [[1, 2]], [[3, 4]], "nngp");
  const gradient = kernelGradient(dense, x, [[3, 4]], "nngp");
  x[0][0] = 100;
  assert.deepEqual((await gradient).toNested(), wanted.toNested());
  const narrow = new NdArray(Float32Array.of(1, 2), [1, 2]);
  assert.deepEqual((await kernelGradient(dense, narrow, [[3, 4]], "nngp")).toNested(), wanted.toNested());
});

const untyped = <T>(value: unknown): T => value as T;
const points = [[1, 2], [3, 4]];
const gradientOf = (
  network: unknown,
  x: unknown = points,
  y: unknown = null,
  kernel: unknown = "nngp",
  options: unknown = {},
) =>
() => kernelGradient(untyped(network), untyped(x), untyped<ArrayInput>(y), untyped(kernel), untyped(options));
const hard = serial(dense, stax.ElementwiseNumerical((x: number) => Math.min(Math.max(x, 0), 1)));
const steep = serial(Dense(1, { wStd: 1e10 }), stax.Elementwise({ nngp: ({ cov }) => cov.mul(1e300) }));

// deno-fmt-ignore
const refusals: [call: () => Promise<unknown>, error: new (message: string) => Error, text: string][] = [
  [gradientOf(null), TypeError, "Cannot compute the gradient of a kernel as network must be a network of stax: current value is null"],
  [gradientOf(dense.kernelFn), TypeError, "Cannot compute the gradient of a kernel as network must be a network of stax: current value is a function"],
  [gradientOf(dense, points, null, "cov1"), RangeError, 'Cannot compute the gradient of a kernel as kernel must be one of nngp, ntk: current value is "cov1"'],
  [gradientOf(dense, points, null, "nngp", { backends: "native" }), TypeError, "Cannot compute the gradient of a kernel as its options must be among backend, dtype, kinks, onProgress, signal: current value is backends, did you mean backend?"],
  [gradientOf(dense, points, null, "nngp", { dtype: "float32" }), UnsupportedError, 'Cannot compute the gradient of a kernel as dtype must be "float64": current value is "float32", round the result'],
  [gradientOf(dense, points, null, "nngp", { kinks: "zero" }), RangeError, 'Cannot compute the gradient of a kernel as kinks must be one of mean, refuse: current value is "zero"'],
  [gradientOf(dense, points, null, "nngp", { maskConstant: 0 }), UnsupportedError, "Cannot compute the gradient of a kernel as maskConstant must be null: current value is 0, take central differences of kernelFn with it"],
  [gradientOf(dense, points, null, "nngp", { pattern: [] }), UnsupportedError, "Cannot compute the gradient of a kernel as pattern must be null: current value is a list of length 0, take central differences of kernelFn with it"],
  [gradientOf(dense, [[[1, 2]]]), UnsupportedError, "Cannot compute the gradient of a kernel as x1 must have shape (n, features), without positions: current value is [1, 1, 2], take central differences of kernelFn"],
  [gradientOf(dense, [1, 2]), TypeError, "Cannot compute a kernel as x1 must have shape (batch, features) or (batch, …positions, features): current value is [2], write [x] for a batch of one"],
  [gradientOf(dense, points, [[1]]), TypeError, "Cannot compute a kernel as x2 must have as many features as x1, 2: current value is 1"],
  [gradientOf(dense, await dense.kernelFn(points)), TypeError, "Cannot compute the gradient of a kernel as x1 must be an array: current value is a kernel"],
  [gradientOf(dense, undefined, [[1, NaN]]), RangeError, "Cannot use x2 as x2[0][1] must be finite: current value is NaN"],
  [gradientOf(dense, [[1e200, 0]]), RangeError, "Cannot compute the output as the variance of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  [gradientOf(serial(dense, stax.FanOut(2))), UnsupportedError, "Cannot compute the gradient of a kernel as the network must end in one branch: current value is 2, add FanInSum() or FanInConcat(), or use one network a branch"],
  [gradientOf(serial(dense, stax.Index("1:"))), UnsupportedError, "Cannot compute the gradient of a kernel as the network must keep the examples: current value has Index or FanInConcat on their axis, select rows of the inputs instead"],
  [gradientOf(serial(dense, stax.Elementwise({ fn: Math.tanh }))), UnsupportedError, "Cannot compute the kernel of Elementwise as nngp must be given: current value is undefined, give nngp or use ElementwiseNumerical(fn)"],
  [gradientOf(serial(dense, Relu(), dense), points, null, "ntk"), RangeError, 'Cannot compute the gradient of a kernel as the NTK must have one for every pair: current value is a kink of Relu at (0, 0), use { kinks: "mean" } for the mean of both sides'],
  [gradientOf(hard, points, [[5, 6], [3, 4 + 1e-9]]), UnsupportedError, "Cannot compute the gradient of a kernel as different points must not lie close together with ElementwiseNumerical, whose kinks have a numerical dual: current value is x1[1] and x2[1], use a nonlinearity in closed form, such as ABRelu(a, b)"],
  [gradientOf(dense, new NdArray(new Float64Array(2 ** 20), [2 ** 20, 1])), RangeError, "Cannot compute the gradient of a kernel as all its entries must fit into memory: current value is 1048576 · 1048576 · 1 entries, take fewer rows of x1 at once"],
  [gradientOf(serial(dense, stax.Exp({ b: 30 }), dense, stax.Exp()), [[1, 0]], [[0, 1]]), RangeError, "Cannot compute the layer after Exp as the variance of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  [gradientOf(steep, [[1e-30, 0]], [[1e-30, 2e-30]]), RangeError, "Cannot compute the gradient of a kernel as every entry must be finite in float64: current value is none at (0, 0), lower wStd or the slopes of nonlinearities"],
  [gradientOf(dense, points, null, "nngp", { backend: "cuda" }), RangeError, 'Cannot compute a kernel as the backend must be one of auto, webgpu, native, reference: current value is "cuda"'],
];
for (const [call, error, text] of refusals) {
  Deno.test(`kernelGradient refuses: ${text}`, () => assertThrows(call, error, text));
}
