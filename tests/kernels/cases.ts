/** The one list of nonlinearities that every test of duals runs through, with independent definitions in plain numbers. */
import type { Activation } from "../../lib/network/activation.ts";
import { differentiate, evaluate, variable } from "../../lib/expr/mod.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { erf } from "../../lib/special/erf.ts";
import { stax } from "../../mod.ts";
import { nonlinearities, withDefaults } from "../nonlinearities.ts";

/** A nonlinearity as the fixtures name it: the Python class and its keywords. */
export type Spec = readonly [name: string, keywords: Keywords];

// deno-fmt-ignore
export interface Keywords {
  readonly a?: number; readonly b?: number; readonly c?: number; readonly alpha?: number; readonly gamma?: number;
  readonly shift?: number; readonly do_clip?: boolean; readonly approximate?: boolean; readonly degree?: number;
  readonly coef?: readonly number[];
}

/** What the laws need to know about a nonlinearity. */
export interface Definition {
  readonly layer: stax.Layer;
  /** φ in plain numbers; absent where no function has this dual */
  readonly f?: (x: number) => number;
  /** What finite networks apply, where that is not φ */
  readonly forward?: (x: number) => number;
  /** φ′ in plain numbers, at a kink the mean of both sides */
  readonly slope?: (x: number) => number;
  /** φ jumps at 0: `dNngp` is 0 by convention instead of ∂nngp/∂cov */
  readonly jump?: boolean;
  /** k of φ(tx) is t^2n that of φ(x) for this n */
  readonly homogeneity?: number;
  /** The exponent of k where k is an exponential that grows: its condition number */
  readonly exponent?: (triple: readonly [cov: number, var1: number, var2: number]) => number;
  /** The dual is that of φ for variance 1 only */
  readonly unitVariance?: boolean;
}

export interface Case extends Definition {
  readonly name: string;
  readonly spec: Spec;
  readonly activation: Activation;
}

const { PI, SQRT1_2, SQRT2, cos, exp, max, min, sin, sqrt, tanh } = Math;
const step = (x: number) => (1 + Math.sign(x)) / 2;

/** Builds a nonlinearity from its keywords: ours, and φ and φ′ written down a second time. */
const definitions: Record<string, (keywords: Keywords) => Definition> = {
  ABRelu: ({ a = 0, b = 0 }) => rectifier(a, b, stax.ABRelu(a, b)),
  Relu: () => rectifier(0, 1, stax.Relu()),
  LeakyRelu: ({ alpha = 0 }) => rectifier(alpha, 1, stax.LeakyRelu(alpha)),
  Abs: () => rectifier(-1, 1, stax.Abs()),
  Erf: (keywords) => errorFunction(keywords, stax.Erf(keywords)),
  Sigmoid_like: () => errorFunction({ a: 0.5, b: 1 / 2.4020563531719796, c: 0.5 }, stax.SigmoidLike()),
  Sin: ({ a = 1, b = 1, c = 0 }) => ({
    layer: stax.Sin({ a, b, c }),
    f: (x) => a * sin(b * x + c),
    slope: (x) => a * b * cos(b * x + c),
  }),
  Cos: ({ a = 1, b = 1, c = 0 }) => ({
    layer: stax.Cos({ a, b, c }),
    f: (x) => a * cos(b * x + c),
    slope: (x) => -a * b * sin(b * x + c),
  }),
  Rbf: ({ gamma = 1 }) => ({
    layer: stax.Rbf({ gamma }),
    f: (x) => SQRT2 * sin(sqrt(2 * gamma) * x + PI / 4),
    slope: (x) => 2 * sqrt(gamma) * cos(sqrt(2 * gamma) * x + PI / 4),
  }),
  Exp: ({ a = 1, b = 1 }) => ({
    layer: stax.Exp({ a, b }),
    f: (x) => a * exp(b * x),
    slope: (x) => a * b * exp(b * x),
    exponent: ([cov, var1, var2]) => b * b * (cov + (var1 + var2) / 2),
  }),
  Gaussian: ({ a = 1, b = -1 }) => ({
    layer: stax.Gaussian({ a, b }),
    f: (x) => a * exp(b * x * x),
    slope: (x) => 2 * a * b * x * exp(b * x * x),
  }),
  Gelu: ({ approximate = false }) => ({
    layer: stax.Gelu({ approximate }),
    f: (x) => x * (1 + erf(x * SQRT1_2)) / 2,
    slope: (x) => (1 + erf(x * SQRT1_2)) / 2 + x * exp(-x * x / 2) / sqrt(2 * PI),
    forward: approximate ? (x) => x * (1 + tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3))) / 2 : undefined,
  }),
  Gabor: () => ({
    layer: stax.Gabor(),
    f: (x) => exp(-x * x) * sin(x),
    slope: (x) => exp(-x * x) * (cos(x) - 2 * x * sin(x)),
  }),
  Sign: () => ({
    layer: stax.Sign(),
    f: Math.sign,
    slope: () => 0,
    jump: true,
    homogeneity: 0,
  }),
  ExpNormalized: ({ gamma, shift, do_clip: doClip }) => ({
    layer: stax.ExpNormalized({ gamma, shift, doClip }),
    homogeneity: 1,
  }),
  Monomial: ({ degree = 0 }) => ({
    layer: stax.Monomial(degree),
    f: (x) => x ** degree,
    slope: (x) => degree === 0 ? 0 : degree * x ** (degree - 1),
    homogeneity: degree,
  }),
  RectifiedMonomial: ({ degree = 0 }) => ({
    layer: stax.RectifiedMonomial(degree),
    f: (x) => x >= 0 ? x ** degree : 0,
    slope: (x) => degree === 0 ? 0 : step(x) * degree * x ** (degree - 1),
    jump: degree === 0,
    homogeneity: degree,
  }),
  Hermite: ({ degree = 0 }) => ({
    layer: stax.Hermite(degree),
    f: (x) => hermite(degree, x),
    slope: (x) => degree === 0 ? 0 : sqrt(degree) * hermite(degree - 1, x),
    unitVariance: degree > 1,
  }),
  Polynomial: ({ coef = [] }) => ({
    layer: stax.Polynomial(coef),
    f: (x) => coef.reduce((sum, a, k) => sum + a * x ** k, 0),
    slope: (x) => coef.slice(1).reduce((sum, a, k) => sum + a * (k + 1) * x ** k, 0),
  }),
};

function rectifier(a: number, b: number, layer: stax.Layer): Definition {
  const f = (x: number) => a * min(x, 0) + b * max(x, 0);
  return { layer, f, slope: (x) => a * step(-x) + b * step(x), homogeneity: 1 };
}

function errorFunction({ a = 1, b = 1, c = 0 }: Keywords, layer: stax.Layer): Definition {
  const slope = (x: number) => 2 * a * b / sqrt(PI) * exp(-b * b * x * x);
  return { layer, f: (x) => a * erf(b * x) + c, slope };
}

/** He_n(x)/√n! from the explicit sum. */
function hermite(degree: number, x: number): number {
  const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);
  let sum = 0;
  for (let i = 0; 2 * i <= degree; i++) {
    sum += (-1) ** i * x ** (degree - 2 * i) / (factorial(i) * factorial(degree - 2 * i) * 2 ** i);
  }
  return sum * sqrt(factorial(degree));
}

const degrees = (name: string, ...list: number[]): Spec[] => list.map((degree) => [name, { degree }]);

/** Every setting of the fixtures, and degrees beyond those of the Python libraries. */
const specs: readonly Spec[] = [
  ["ABRelu", { a: -0.5, b: 1.75 }],
  ["ABRelu", { a: -0.5, b: 1.7 }],
  ["ABRelu", { a: 0.3, b: 0.3 }],
  ["ABRelu", { a: 0.1, b: 1 }],
  ["Abs", {}],
  ["Relu", {}],
  ["LeakyRelu", { alpha: 0.25 }],
  ["LeakyRelu", { alpha: 0.2 }],
  ["LeakyRelu", { alpha: -0.7 }],
  ["Cos", {}],
  ["Cos", { a: 0.3, b: 1.5, c: 0.4 }],
  ["Cos", { a: 2, b: 0.3, c: -0.785 }],
  ["Sin", {}],
  ["Sin", { a: 2, b: 1.5, c: -0.75 }],
  ["Sin", { a: 2, b: 1.5, c: -0.7 }],
  ["Sin", { a: 0.3, b: 0.3, c: PI / 2 }],
  ["Erf", {}],
  ["Erf", { a: 1.5, b: 0.75, c: 0.25 }],
  ["Erf", { a: 1.5, b: 0.7, c: 0.3 }],
  ["Erf", { a: -0.5, b: 2, c: -1 }],
  ["Sigmoid_like", {}],
  ["Exp", {}],
  ["Exp", { a: -0.5, b: 0.75 }],
  ["Exp", { a: -0.5, b: 0.7 }],
  ["Exp", { a: 0.25, b: -0.3 }],
  ["ExpNormalized", {}],
  ["ExpNormalized", { gamma: 2, shift: 0, do_clip: true }],
  ["ExpNormalized", { gamma: 0.5, shift: 1 }],
  ["Gabor", {}],
  ["Gaussian", {}],
  ["Gaussian", { a: 0.25, b: -0.5 }],
  ["Gaussian", { a: -0.5, b: 0.03 }],
  ["Gaussian", { a: -0.5, b: 0.1 }],
  ["Gelu", {}],
  ["Gelu", { approximate: true }],
  ["Rbf", {}],
  ["Rbf", { gamma: 0.0625 }],
  ["Rbf", { gamma: 0.3 }],
  ["Rbf", { gamma: 2 }],
  ["Rbf", { gamma: 0.0001 }],
  ["Sign", {}],
  ...degrees("Hermite", 0, 1, 2, 3, 4, 5, 6, 9),
  ...degrees("Monomial", 0, 1, 2, 3, 4, 5, 6, 7, 12),
  ...degrees("RectifiedMonomial", 0, 1, 2, 3, 4, 5, 8),
  ["Polynomial", { coef: [] }],
  ["Polynomial", { coef: [0] }],
  ["Polynomial", { coef: [-2] }],
  ["Polynomial", { coef: [0, 1] }],
  ["Polynomial", { coef: [1, -1] }],
  ["Polynomial", { coef: [-0.5, 1.2] }],
  ["Polynomial", { coef: [1.25, 0, -1.25, -0.5] }],
  ["Polynomial", { coef: [1.3, 0, -1.2, -0.5] }],
  ["Polynomial", { coef: [0.5, 1.5, 0.25, 0.125, -0.0625] }],
  ["Polynomial", { coef: [-0.1, 2.1, 0, 0, -1.2, -0.5, 0, 0] }],
];

const nameOf = ([name, keywords]: Spec) => `${name}(${JSON.stringify(keywords).slice(1, -1)})`;

/** The nonlinearities that are not listed: with every option at its default, as their own forward functions define them. */
const unlisted: readonly Spec[] = nonlinearities
  .filter((name) =>
    !(name.replace("SigmoidLike", "Sigmoid_like") in definitions) && !name.startsWith("Elementwise")
  )
  .map((name) => [name, {}]);

function ownDefinition(name: string): Definition {
  const layer = withDefaults(name);
  const [x, { fn }] = [variable("x"), activationOf(layer)];
  const [f, derivative] = [fn!(x), differentiate(fn!(x), x)];
  const slope = (at: number): number =>
    at === 0 ? (slope(Number.MIN_VALUE) + slope(-Number.MIN_VALUE)) / 2 : evaluate(derivative, { x: at });
  return { layer, f: (at) => evaluate(f, { x: at }), slope };
}

/** The list. */
export const cases: readonly Case[] = [...specs, ...unlisted].map((spec) => {
  const [name, keywords] = spec;
  const definition = definitions[name]?.(keywords) ?? ownDefinition(name);
  return { name: nameOf(spec), spec, activation: activationOf(definition.layer), ...definition };
});
for (const { activation } of cases) await activation.load?.();

/** The case of a fixture's nonlinearity, or undefined where the list has none. */
export const caseOf = (spec: Spec): Case | undefined => cases.find(({ name }) => name === nameOf(spec));
