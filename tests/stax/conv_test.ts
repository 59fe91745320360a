/** Convolutional and other networks with positions against the reference values of `conv.json`. */
import { type NdArray, stax, UnsupportedError } from "../../mod.ts";
import { assertClose, assertDeepEquals, assertThrows } from "../assert.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { positionTargets, type Target } from "../targets.ts";

type Kernels = Partial<Record<"nngp" | "ntk" | "cov1" | "cov2", FixtureArray>>;

interface Case {
  name: string;
  net: Spec;
  inputs: string;
  kwargs: { diagonal_spatial?: boolean; diagonal_batch?: boolean };
  pattern?: [FixtureArray, FixtureArray];
  x1_x2: Kernels;
  x1_x1?: Kernels;
}

const data = fixture<{
  inputs: Record<string, FixtureArray>;
  cases: Case[];
  errors: { name: string; net: Spec; inputs: string }[];
}>("conv");

const fields = ["nngp", "ntk", "cov1", "cov2"] as const;
const rectifiers = ["Relu", "LeakyRelu", "ABRelu", "Abs"];

/** True where the reference has what the network should give; where not, a test below says what it gives. */
const isComparable = ({ name }: Case) => !/Sign|numerical|imageresize|relu-full/.test(name);

function options({ kwargs }: Case, target: Target): stax.KernelOptions {
  const { diagonal_spatial: diagonalSpatial, diagonal_batch: diagonalBatch } = kwargs;
  return { ...target.options, diagonalSpatial, diagonalBatch };
}

/** Both kernels of a case. */
async function kernelsOf(testCase: Case, target: Target, net: stax.Network) {
  const { inputs, pattern } = testCase;
  const [x1, x2] = [data.inputs[`${inputs}1`], data.inputs[`${inputs}2`]];
  const o = options(testCase, target);
  const between = await net.kernelFn(x1, x2, null, pattern ? { ...o, pattern } : o);
  const within = await net.kernelFn(x1, null, null, pattern ? { ...o, pattern: [pattern[0]] } : o);
  return { x1_x2: between, x1_x1: within };
}

/**
 * The tolerance of every entry. The reference gives the NTK of rectifiers to √eps only where an image meets itself, and so
 * also wherever that flows in.
 */
function tolerances({ shape, data }: FixtureArray, isLoose: boolean, scale: Target["scale"]): number[] {
  const largest = Math.max(...data.map(Math.abs));
  const entries = data.length / (shape[0] * shape[1]);
  return data.map((value, k) => {
    const pair = Math.floor(k / entries);
    const own = Math.floor(pair / shape[1]) === pair % shape[1];
    return isLoose && own
      ? 2e-8 * largest
      : (scale.rtol ?? 0) * Math.abs(value) + (scale.scale ?? 0) * largest;
  });
}

function compare(kernel: stax.Kernel, expected: Kernels, scale: Target["scale"], isLoose: boolean): void {
  for (const field of fields) {
    const want = expected[field];
    const got: NdArray | null = kernel[field];
    if (!want || !got) continue;
    assertDeepEquals(got.shape, want.shape, field);
    const limits = tolerances(want, isLoose && field === "ntk", scale);
    const excess = want.data.map((value, k) => Math.max(0, Math.abs(got.data[k] - value) - limits[k]));
    assertClose(excess, want.data.map(() => 0), { message: `${field}: beyond the tolerance,` });
  }
}

const hasRectifier = (net: Spec) => rectifiers.some((name) => JSON.stringify(net).includes(`"${name}"`));

for (const target of positionTargets) {
  for (const testCase of data.cases.filter(isComparable)) {
    const { name, net, x1_x2, x1_x1 } = testCase;
    target.test(name, async () => {
      const kernels = await kernelsOf(testCase, target, build(net));
      compare(kernels.x1_x2, x1_x2, target.scale, false);
      if (x1_x1) compare(kernels.x1_x1, x1_x1, target.scale, hasRectifier(net));
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.startsWith("conv-relu-full"))) {
    target.test(`${testCase.name}, whose axes of positions the reference gives in reverse`, async () => {
      const kernels = await kernelsOf(testCase, target, build(testCase.net));
      compare(kernels.x1_x2, inOrder(testCase.x1_x2), target.scale, false);
      if (testCase.x1_x1) compare(kernels.x1_x1, inOrder(testCase.x1_x1), target.scale, true);
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.startsWith("imageresize"))) {
    // After one convolution the reference has its axes in reverse, and resizes the rows to the length meant for columns.
    target.test(`${testCase.name}, whose sizes the reference exchanges`, async () => {
      const kernels = await kernelsOf(testCase, target, build(exchanged(testCase.net)));
      compare(kernels.x1_x2, testCase.x1_x2, target.scale, false);
      compare(kernels.x1_x1, testCase.x1_x1!, target.scale, hasRectifier(testCase.net));
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.includes("numerical"))) {
    target.test(`${testCase.name}, to the error of the reference's quadrature`, async () => {
      const kernels = await kernelsOf(testCase, target, build(withoutDegree(testCase.net)));
      compare(kernels.x1_x2, testCase.x1_x2, { scale: 0.1 }, false);
      compare(kernels.x1_x1, testCase.x1_x1!, { scale: 0.1 }, false);
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.includes("Sign"))) {
    // The reference gives 1 instead of 1/2 where the correlation is 0.707, and only there.
    target.test(`${testCase.name}, where the reference is wrong, entry by entry`, async () => {
      const { x1_x2 } = await kernelsOf(testCase, target, build(testCase.net));
      const [x1, x2] = [data.inputs.x1, data.inputs.x2];
      const expected = Float64Array.from(
        { length: 6 },
        (_, k) => signNetwork(x1, Math.floor(k / 3), x2, k % 3),
      );
      assertClose(x1_x2.nngp.data, expected, { rtol: 1e-12 });
      // Its derivative is 0 almost everywhere, so only the last layer is learned.
      assertClose(x1_x2.ntk.data, expected, { rtol: 1e-12 });
    });
  }

  target.test("a numerical nonlinearity pools as its closed form does", async () => {
    const network = (act: stax.Layer) =>
      stax.serial(stax.Conv(1, [3, 3], { padding: "SAME" }), act, stax.GlobalAvgPool());
    const gelu = stax.ElementwiseNumerical((x) => x.mul(x.div(Math.SQRT2).erf().add(1)).div(2));
    const { x1, x2 } = data.inputs;
    const numerical = await network(gelu).kernelFn(x1, x2, null, target.options);
    const closed = await network(stax.Gelu()).kernelFn(x1, x2, null, target.options);
    assertClose(numerical.nngp.data, closed.nngp.data, { rtol: 1e-7 });
    assertClose(numerical.ntk.data, closed.ntk.data, { rtol: 1e-6 });
  });
}

/** (W, W, H, H) to (H, H, W, W), behind the axes of the batch. */
function inOrder(kernels: Kernels): Kernels {
  const moved = Object.entries(kernels).map(([name, { shape, data }]) => {
    const batch = shape.length - 4;
    const [w, , h] = shape.slice(batch);
    const order = Array.from({ length: (w * h) ** 2 }, (_, k) => {
      const [i, i2, j, j2] = [
        Math.floor(k / (h * w * w)),
        Math.floor(k / (w * w)) % h,
        Math.floor(k / w) % w,
        k % w,
      ];
      return ((j * w + j2) * h + i) * h + i2;
    });
    const entries = data.map((_, k) => data[k - k % order.length + order[k % order.length]]);
    return [name, { shape: [...shape.slice(0, batch), h, h, w, w], data: entries }];
  });
  return Object.fromEntries(moved);
}

/** The network with the lengths of rows and columns of `ImageResize` exchanged. */
function exchanged([name, layers]: Spec): Spec {
  const changed = (layers as Spec[]).map(([layer, keywords]): Spec => {
    if (layer !== "ImageResize") return [layer, keywords];
    const { shape: [batch, rows, columns, channels], ...rest } = keywords as { shape: number[] };
    return [layer, { ...rest, shape: [batch, columns, rows, channels] }];
  });
  return [name, changed];
}

/** The network with `ElementwiseNumerical` to a tolerance. */
function withoutDegree([name, layers]: Spec): Spec {
  const changed = (layers as Spec[]).map(([layer, keywords]): Spec => {
    const { deg: _, ...rest } = keywords as Record<string, unknown>;
    return [layer, rest];
  });
  return [name, changed];
}

/** A covariance of positions, K(i, j; i′, j′). */
type Covariance = (i: number, j: number, i2: number, j2: number) => number;

/** The NNGP of `conv2-avgpool-Sign` for one pair of images, position by position. */
function signNetwork(x1: FixtureArray, a: number, x2: FixtureArray, b: number): number {
  const pair = (x: FixtureArray, m: number, y: FixtureArray, n: number): Covariance => (i, j, i2, j2) => {
    const at = (example: number, i: number, j: number) => ((example * 6 + i) * 6 + j) * 3;
    const [from, to] = [at(m, i, j), at(n, i2, j2)];
    return [0, 1, 2].reduce((sum, c) => sum + x.data[from + c] * y.data[to + c], 0) / 3;
  };
  const all = [pair(x1, a, x2, b), pair(x1, a, x1, a), pair(x2, b, x2, b)];
  const first = sign(all.map((k) => stored(6, convolved(6, k))));
  const pooled = first.map((k) => stored(3, averaged(k)));
  const [last] = sign(pooled.map((k) => stored(3, convolved(3, k))));
  const places = Array.from({ length: 9 }, (_, p) => [Math.floor(p / 3), p % 3]);
  const sum = places.flatMap(([i, j]) => places.map(([i2, j2]) => last(i, j, i2, j2))).reduce(
    (s, k) => s + k,
    0,
  );
  return 0.9 ** 2 * sum / 81 + 0.2 ** 2;
}

function stored(size: number, k: Covariance): Covariance {
  const values = Float64Array.from(
    { length: size ** 4 },
    (_, n) =>
      k(Math.floor(n / size ** 3), Math.floor(n / size ** 2) % size, Math.floor(n / size) % size, n % size),
  );
  return (i, j, i2, j2) => values[((i * size + j) * size + i2) * size + j2];
}

/** Conv([3, 3], SAME, σ_W = 1.3, σ_b = 0.1) */
function convolved(size: number, k: Covariance): Covariance {
  const steps = [-1, 0, 1];
  const inside = (...places: number[]) => places.every((place) => place >= 0 && place < size);
  const taps = steps.flatMap((a) => steps.map((b) => [a, b]));
  return (i, j, i2, j2) => {
    const sum = taps.reduce(
      (sum, [a, b]) => inside(i + a, j + b, i2 + a, j2 + b) ? sum + k(i + a, j + b, i2 + a, j2 + b) : sum,
      0,
    );
    return 1.3 ** 2 * sum / 9 + 0.1 ** 2;
  };
}

/** AvgPool([2, 2]) with strides [2, 2] */
function averaged(k: Covariance): Covariance {
  const corners = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b]));
  return (i, j, i2, j2) =>
    corners.flatMap(([a, b]) => corners.map(([c, d]) => k(2 * i + a, 2 * j + b, 2 * i2 + c, 2 * j2 + d)))
      .reduce((sum, value) => sum + value, 0) / 16;
}

/** E[sign u sign v] = 2/π · asin ρ for the covariance of a pair, and of both inputs with themselves. */
function sign([k, own1, own2]: Covariance[]): Covariance[] {
  const dual = (cov: Covariance, first: Covariance, second: Covariance): Covariance => (i, j, i2, j2) => {
    const rho = cov(i, j, i2, j2) / Math.sqrt(first(i, j, i, j) * second(i2, j2, i2, j2));
    return 2 / Math.PI * Math.asin(Math.max(-1, Math.min(1, rho)));
  };
  return [dual(k, own1, own2), dual(own1, own1, own1), dual(own2, own2, own2)];
}

const gaussian = (layer: string, what: string) =>
  `Cannot apply ${layer} as its input must be Gaussian: current value is ${what}, put Dense(…) before it`;

const errors: Record<string, [type: new (...args: never[]) => Error, message: string]> = {
  "err-relu-after-relu": [UnsupportedError, gaussian("Erf", "not a layer with weights")],
  "err-layernorm-after-relu": [
    UnsupportedError,
    "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)",
  ],
  "err-faninconcat-batch-nongaussian": [
    UnsupportedError,
    "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: " +
    "current value is branch 0 after a nonlinearity, end it with Dense(…)",
  ],
  "err-relu-on-input": [UnsupportedError, gaussian("Relu", "the network's input")],
  "err-attention-softmax-sqrt-scaling": [
    UnsupportedError,
    "Cannot compute the kernel of GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
    "current value is SOFTMAX, for which no closed form is known, use linearScaling: true",
  ],
  "err-conv-on-dense-shape": [
    TypeError,
    "Cannot apply Conv as its input must have positions, (batch, …positions, features): current value is a vector, " +
    "put it before Flatten() or global pooling",
  ],
};

Deno.test("every error of the reference has a message of ours", () => {
  assertDeepEquals(data.errors.map(({ name }) => name).sort(), Object.keys(errors).sort());
});

for (const { name, net, inputs } of data.errors) {
  const [type, message] = errors[name];
  Deno.test(`refused: ${name}`, async () => {
    const { kernelFn } = build(net);
    await assertThrows(
      () => kernelFn(data.inputs[`${inputs}1`], null, "ntk", { backend: "reference" }),
      type,
      message,
    );
  });
}
