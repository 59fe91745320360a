/** The evidence and its gradient: against closed forms and against central differences, for every continuous option of every layer. */
import { array, predict, random, stax } from "../mod.ts";
import { continuousOptions, withOptions } from "../lib/network/continuous.ts";
import { layersIn, ruleOf } from "../lib/network/rule.ts";
import { contraction, type Derived } from "../lib/predict/evidence/contraction.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "./assert.ts";
import { nativeTest } from "./native.ts";
import { positional, samples } from "./stax/samples.ts";

const { serial, parallel, Dense, FanOut, FanInSum, FanInProd, FanInConcat } = stax;

/** Points with a duplicate, a zero row, and two on one ray, of which one is opposite. */
const x = [
  [0.5, -1.2, 0.3],
  [1.1, 0.4, -0.7],
  [0.5, -1.2, 0.3],
  [0, 0, 0],
  [1, -2.4, 0.6],
  [-0.5, 1.2, -0.3],
  [0.501, -1.2, 0.299],
  [-0.2, 0.9, 1.4],
];
const y = [[0.3, -1], [1.2, 0.4], [0.5, -0.6], [0.1, 0.2], [0.9, -1.4], [-0.8, 0.7], [0.2, -0.9], [
  -1.1,
  0.6,
]];

/** The network with its activation between two layers that have biases. */
const between = (...layers: stax.Layer[]) =>
  serial(Dense(1, { wStd: 1.3, bStd: 0.4 }), ...layers, Dense(1, { wStd: 0.8, bStd: 0.2 }));

/** Every layer with continuous options, at least once. */
const cases: Record<string, stax.Network> = {
  "Dense without biases": serial(Dense(1, { wStd: 1.4 }), stax.Relu(), Dense(1, { wStd: 0.7 })),
  "Dense in the standard parameterization": serial(
    Dense(16, { wStd: 1.3, bStd: 0.4, parameterization: "standard", s: [1, 2] }),
    stax.Gelu(),
    Dense(1, { wStd: 0.8, bStd: 0.2, parameterization: "standard", s: [2, 1] }),
  ),
  "Relu, three layers": serial(
    Dense(1, { wStd: 1.4, bStd: 0.1 }),
    stax.Relu(),
    Dense(1, { wStd: 1.2, bStd: 0.3 }),
    stax.Relu(),
    Dense(1, { wStd: 1.1, bStd: 0.2 }),
  ),
  "Conv of no axes": serial(stax.Conv(1, [], { wStd: 1.2, bStd: 0.3 }), stax.Erf(), Dense(1)),
  ABRelu: between(stax.ABRelu(-0.4, 1.3)),
  "ABRelu of equal slopes": between(stax.ABRelu(0.7, 0.7)),
  "ABRelu of opposite slopes": between(stax.ABRelu(-0.7, 0.7)),
  "ABRelu without biases": serial(Dense(1), stax.ABRelu(-0.4, 1.3), Dense(1)),
  LeakyRelu: between(stax.LeakyRelu(0.2)),
  Abs: between(stax.Abs()),
  Sign: between(stax.Sign()),
  Erf: between(stax.Erf({ a: 1.2, b: 0.7, c: 0.3 })),
  "Erf, steep": between(stax.Erf({ a: 1.2, b: 1.7, c: 0.3 })),
  SigmoidLike: between(stax.SigmoidLike()),
  Sin: between(stax.Sin({ a: 1.2, b: 0.7, c: 0.3 })),
  Cos: between(stax.Cos({ a: 1.2, b: 0.7, c: 0.3 })),
  Exp: between(stax.Exp({ a: 0.6, b: 0.4 })),
  Gaussian: between(stax.Gaussian({ a: 1.2, b: -0.4 })),
  "Gaussian that grows": between(stax.Gaussian({ a: 1.2, b: 0.05 })),
  Gabor: between(stax.Gabor()),
  Rbf: between(stax.Rbf({ gamma: 0.3 })),
  ExpNormalized: between(stax.ExpNormalized({ gamma: 0.8, shift: -0.7 })),
  "ExpNormalized, clipped": between(stax.ExpNormalized({ gamma: 0.8, shift: -0.7, doClip: true })),
  Polynomial: between(stax.Polynomial([0.3, 1, -0.2, 0.1])),
  Monomial: between(stax.Monomial(2)),
  RectifiedMonomial: between(stax.RectifiedMonomial(2)),
  Hermite: between(stax.Hermite(2)),
  Gelu: between(stax.Gelu()),
  Elementwise: between(
    stax.Elementwise({ nngp: ({ cov, var1, var2 }) => cov.square().mul(2).add(var1.mul(var2)) }),
  ),
  LayerNorm: between(stax.Relu(), Dense(1, { wStd: 1.1 }), stax.LayerNorm({ eps: 0.2 }), stax.Gelu()),
  Dropout: between(stax.Relu(), stax.Dropout(0.7)),
  "a residual branch": serial(
    Dense(1, { wStd: 1.2, bStd: 0.1 }),
    FanOut(2),
    parallel(stax.Identity(), serial(stax.Relu(), Dense(1, { wStd: 0.9, bStd: 0.3 }))),
    FanInSum(),
    stax.Erf({ b: 0.8 }),
    Dense(1),
  ),
  "products and features side by side": serial(
    FanOut(2),
    parallel(
      serial(Dense(4, { wStd: 1.1, bStd: 0.2 }), stax.Gelu(), Dense(4)),
      serial(Dense(4, { wStd: 0.9 }), stax.Sin({ b: 0.6 })),
    ),
    FanInProd(),
    Dense(1),
    FanOut(2),
    parallel(serial(Dense(4, { wStd: 1.3 }), stax.Relu()), serial(Dense(2), stax.Relu())),
    FanInConcat(),
    Dense(1),
  ),
};

/** tr(W·∂K/∂θ) for each option. */
const contracted = async (
  derived: Derived,
  values: ReadonlyMap<string, number>,
  weights: Float64Array,
  kept?: number,
) => await (await contraction(derived, values))(weights, kept);

const options = { backend: "reference", noise: 0.15, outputScale: 1.4 } as const;

/** ∂ log p/∂θ by central differences of sixth order. */
async function differences(network: stax.Network, kernel: "nngp" | "ntk"): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  const names = [...continuousOptions(network).map(({ path, value }) => [path, value] as const)];
  const at = async (layer: object, o: object) => {
    const { logMarginalLikelihood } = await predict.evidence(stax.fromJSON(layer), x, y, {
      ...options,
      kernel,
      free: [],
      ...o,
    });
    return logMarginalLikelihood;
  };
  const derivative = async (value: number, f: (value: number) => Promise<number>) => {
    const h = 4e-3 * (Math.abs(value) || 1);
    const d = async (k: number) => (await f(value + k * h) - await f(value - k * h)) / (2 * k * h);
    return (15 * await d(1) - 6 * await d(2) + await d(3)) / 10;
  };
  for (const [path, value] of names) {
    result[path] = await derivative(value, (v) => at(withOptions(network, new Map([[path, v]])), {}));
  }
  result.noise = await derivative(options.noise, (noise) => at(network, { noise }));
  result.outputScale = await derivative(options.outputScale, (outputScale) => at(network, { outputScale }));
  return result;
}

for (const [name, network] of Object.entries(cases)) {
  for (const kernel of ["nngp", "ntk"] as const) {
    Deno.test(`gradient of the evidence: ${name}, ${kernel}`, async () => {
      const { gradient } = await predict.evidence(network, x, y, { ...options, kernel });
      const expected = await differences(network, kernel);
      assertDeepEquals(Object.keys(gradient), Object.keys(expected));
      const size = Math.max(...Object.values(expected).map(Math.abs));
      for (const [path, value] of Object.entries(expected)) {
        assertClose(gradient[path], value, { rtol: 1e-6, atol: 1e-8 * size, message: path });
      }
    });
  }
}

Deno.test("every layer with continuous options is among the cases", () => {
  const found = new Set(
    Object.values(cases).flatMap((network) => [...layersIn(network)].map(({ type }) => type)),
  );
  const missing = Object.entries(samples).filter(([type, layer]) =>
    !(type in positional) && Object.keys(ruleOf(layer).parameters?.(layer) ?? {}).length > 0 &&
    !found.has(layer.type)
  );
  assertDeepEquals(missing.map(([type]) => type), []);
});

Deno.test("one point of a linear network", async () => {
  const [w, b, target, noise, scale] = [1.5, 0.5, 2, 0.25, 3];
  const { logMarginalLikelihood, gradient } = await predict.evidence(
    stax.Dense(1, { wStd: w, bStd: b }),
    [[1, 2]],
    [target],
    { noise, outputScale: scale },
  );
  // K = w²·(1² + 2²)/2 + b²
  const k = w * w * 2.5 + b * b;
  const a = scale * k + noise;
  assertClose(logMarginalLikelihood, -(target ** 2 / a + Math.log(a) + Math.log(2 * Math.PI)) / 2, {
    rtol: 1e-15,
  });
  const weight = (target ** 2 / a ** 2 - 1 / a) / 2;
  const expected = {
    wStd: weight * scale * 5 * w,
    bStd: weight * scale * 2 * b,
    noise: weight,
    outputScale: weight * k,
  };
  assertDeepEquals(Object.keys(gradient), Object.keys(expected));
  assertClose(Object.values(gradient), Object.values(expected), { rtol: 1e-14 });
});

Deno.test("the evidence of two outputs is the sum of theirs", async () => {
  const network = cases.Gelu;
  const both = await predict.evidence(network, x, y, options);
  const parts = await Promise.all(
    [0, 1].map((c) => predict.evidence(network, x, y.map((row) => row[c]), options)),
  );
  assertClose(both.logMarginalLikelihood, parts[0].logMarginalLikelihood + parts[1].logMarginalLikelihood, {
    rtol: 1e-14,
  });
  for (const [name, value] of Object.entries(both.gradient)) {
    assertClose(value, parts[0].gradient[name] + parts[1].gradient[name], { rtol: 1e-11, message: name });
  }
});

Deno.test("the derivative in a group is the sum of those in its members", async () => {
  const network = serial(Dense(1, { wStd: 1.2 }), stax.Erf(), Dense(1, { wStd: 1.2 }));
  const alone = (await predict.evidence(network, x, y, { free: ["0.wStd", "2.wStd"] })).gradient;
  const free = { deviation: ["0.wStd", "2.wStd"], noise: ["noise"] };
  const { gradient } = await predict.evidence(network, x, y, { free });
  assertDeepEquals(Object.keys(gradient), ["deviation", "noise"]);
  assertClose(gradient.deviation, alone["0.wStd"] + alone["2.wStd"], { rtol: 1e-13 });
});

Deno.test("a repeated layer has options of its own each time", async () => {
  const network = stax.repeat(serial(Dense(1, { wStd: 1.1 }), stax.Relu(), Dense(1)), 2);
  const { gradient } = await predict.evidence(network, x, y, options);
  assertDeepEquals(Object.keys(gradient), [
    "0.0.wStd",
    "0.2.wStd",
    "1.0.wStd",
    "1.2.wStd",
    "noise",
    "outputScale",
  ]);
});

nativeTest("rows of pairs in several pieces, and those of other backends", async () => {
  const many = random.normal(random.key(3), [150, 5], { dtype: "float64" });
  const targets = random.normal(random.key(4), [150], { dtype: "float64" });
  const network = cases["Relu, three layers"];
  const signal = new AbortController().signal;
  const weights = Float64Array.from(
    { length: 150 ** 2 },
    (_, at) => Math.sin(Math.floor(at / 150) * (at % 150)),
  );
  const values = new Map(continuousOptions(network).map(({ path, value }) => [path, value]));
  for (const kernel of ["nngp", "ntk"] as const) {
    const problem = { layer: network, x: many, kernel, signal };
    const whole = await contracted({ ...problem, backend: "reference" }, values, weights);
    const pieces = await contracted(
      { ...problem, backend: "reference" },
      values,
      weights,
      40 * 150 * values.size,
    );
    const native = await contracted({ ...problem, backend: "native" }, values, weights);
    assertClose(pieces, whole, { rtol: 1e-11 });
    assertClose(native, whole, { rtol: 1e-11 });
    const [a, b] = await Promise.all(
      ["reference", "native"].map((backend) =>
        predict.evidence(network, many, targets, { ...options, kernel, backend })
      ),
    );
    assertClose(Object.values(a.gradient), Object.values(b.gradient), { rtol: 1e-9 });
  }
});

/**
 * ∂K/∂w, ∂K/∂b, ∂Θ/∂w, ∂Θ/∂b of Dense and Relu for two points, with all that cancels formed from their difference: p = v₁ − c,
 * q = v₂ − c and det = c(p + q) + pq.
 */
function closedForm([x1, x2]: readonly number[][], w: number, b: number): number[] {
  const mean = (u: readonly number[], v: readonly number[]) => (u[0] * v[0] + u[1] * v[1]) / 2;
  const rest = x2.map((value, i) => value - x1[i]);
  const moments = [mean(x1, x2), mean(x1, x1), mean(x2, x2)];
  const [c, v1, v2] = moments.map((moment) => w * w * moment + b * b);
  const [p, q] = [-w * w * mean(x1, rest), w * w * mean(x2, rest)];
  const sum = w * w * 2 * mean(rest, rest) / 2;
  // w⁴·(x₁ × r)²/4 + w²b²·r²/2, since det is a quadratic form.
  const root = Math.hypot(w * w * (x1[0] * rest[1] - x1[1] * rest[0]) / 2, b * Math.sqrt(sum));
  const angle = Math.atan2(root, c);
  const half = (Math.PI - angle) / (2 * Math.PI);
  const bend = root > 0 ? (c * sum + 2 * p * q) / (v1 * v2) / root : 0;
  const [inW, inB] = [moments.map((moment) => 2 * w * moment), [2 * b, 2 * b, 2 * b]];
  const nngp = ([dc, d1, d2]: number[]) => half * dc + root / (4 * Math.PI) * (d1 / v1 + d2 / v2);
  const ntk = ([dc]: number[], dAngle: number) => half * dc - c * dAngle / (2 * Math.PI);
  return [nngp(inW), nngp(inB), ntk(inW, b * b / w * bend), ntk(inB, -b * bend)];
}

for (const backend of ["reference", "native"]) {
  const test = backend === "native" ? nativeTest : Deno.test;
  test(`derivatives of points that lie close together, or nearly on one ray, on ${backend}`, async () => {
    const [w, b] = [1.3, 0.4];
    const layer = serial(Dense(1, { wStd: w, bStd: b }), stax.Relu());
    const signal = new AbortController().signal;
    const values = new Map([["0.wStd", w], ["0.bStd", b]]);
    for (const e of [0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2]) {
      for (const points of [[[1, 0.5], [1 + e, 0.5 - e / 2]], [[1, 0.5], [2 + e, 1]]]) {
        const found = [];
        for (const kernel of ["nngp", "ntk"] as const) {
          // W that picks the pair of both.
          const weights = Float64Array.of(0, 1, 0, 0);
          found.push(
            ...await contracted({ layer, x: array(points), kernel, backend, signal }, values, weights),
          );
        }
        assertClose(found, closedForm(points, w, b), { rtol: 3e-14, message: `${JSON.stringify(points)}` });
      }
    }
  });
}

Deno.test("a gradient by differences: the same for vectors, and the only one for images", async () => {
  const network = cases.Gelu;
  const { gradient } = await predict.evidence(network, x, y, options);
  const differences = await predict.evidence(network, x, y, { ...options, gradient: "differences" });
  assertDeepEquals(Object.keys(gradient), Object.keys(differences.gradient));
  assertClose(Object.values(differences.gradient), Object.values(gradient), { rtol: 1e-7, atol: 1e-7 });

  const convolutional = serial(
    stax.Conv(1, [3], { wStd: 1.2, bStd: 0.1, padding: "SAME" }),
    stax.Relu(),
    stax.Flatten(),
    Dense(1),
  );
  const images = random.normal(random.key(1), [6, 4, 2], { dtype: "float64" });
  const targets = y.slice(0, 6);
  const at = async (wStd: number) => {
    const changed = stax.fromJSON(withOptions(convolutional, new Map([["0.wStd", wStd]])));
    return (await predict.evidence(changed, images, targets, { ...options, free: [] })).logMarginalLikelihood;
  };
  const expected = (8 * (await at(1.201) - await at(1.199)) - (await at(1.202) - await at(1.198))) /
    (12 * 1e-3);
  const found = await predict.evidence(convolutional, images, targets, {
    ...options,
    gradient: "differences",
  });
  assertClose(found.gradient["0.wStd"], expected, { rtol: 1e-7 });
  // The noise and the scale need no derivative of the kernel.
  const scales = await predict.evidence(convolutional, images, targets, {
    ...options,
    free: ["noise", "outputScale"],
  });
  assertEquals(scales.gradient.noise, found.gradient.noise);
});

Deno.test("an evidence stops when its signal is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = predict.evidence(cases.Gelu, x, y, { signal: controller.signal });
  controller.abort(reason);
  await call.then(() => assert(false, "not stopped"), (error) => assertEquals(error, reason));
});

Deno.test("what an evidence is of may change after the call", async () => {
  const inputs = x.map((row) => row.slice());
  const targets = y.map((row) => row.slice());
  const call = predict.evidence(cases.Gelu, inputs, targets, options);
  inputs[0][0] = targets[0][0] = 100;
  assertDeepEquals(await call, await predict.evidence(cases.Gelu, x, y, options));
});
