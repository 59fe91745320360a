/** The evidence and its gradient: against closed forms and against central differences, for every continuous option of every layer. */
import { NdArray, predict, random, stax } from "../mod.ts";
import { continuousOptions, withOptions } from "../lib/network/continuous.ts";
import { layersIn, ruleOf } from "../lib/network/rule.ts";
import { UnsupportedError } from "../mod.ts";
import { NotPositiveDefiniteError } from "../mod.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "./assert.ts";
import { nonlinearities, withDefaults } from "./nonlinearities.ts";

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
const y = [[0.3, -1], [1.2, 0.4], [0.5, -0.6], [0.1, 0.2], [0.9, -1.4], [-0.8, 0.7], [0.2, -0.9], [-1.1, 0.6]];

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
  Elementwise: between(stax.Elementwise({ nngp: ({ cov, var1, var2 }) => cov.square().mul(2).add(var1.mul(var2)) })),
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
