/** Hermite coefficients of a function, or of its derivative, for the standard deviations of one octave. */
import {
  hermiteCoefficients,
  type Masses,
  massesOf,
  type Parts,
  partsOf,
  type Rule,
  secondMoment,
} from "./hermite_coefficients.ts";
import { differentiatePanel, ORDER } from "./legendre_panel.ts";
import { buildMesh, meshRule, type Panel } from "./mesh.ts";
import { activeAt, q, type Singularities, type Term } from "./singular.ts";

/** A function with what is known of it. */
export interface Source extends Singularities {
  readonly f: (x: number) => number;
  /** f′ almost everywhere; otherwise it is found from polynomials through f. */
  readonly slope?: (x: number) => number;
}

/** E[f(u)f(v)], or E[f′(u)f′(v)] with f′ almost everywhere. */
export type Dual = "nngp" | "dNngp";

/** Coefficients for one standard deviation of a function (or its slope) less its singular part, and of that part. */
export interface RowCoefficients {
  readonly sigma: number;
  readonly regular: Float64Array;
  /** Empty where there is no singular part. */
  readonly singular: Float64Array;
  /** E[f(σz)²], also where the coefficients are those of slopes. */
  readonly square: number;
  /** Variance of the regular part of f, also where the coefficients are those of slopes. */
  readonly regularMass: Masses;
  /** Variance of what `singular` and what both together are the coefficients of. */
  readonly singularMass: Masses;
  readonly totalMass: Masses;
}

/** The coefficients k < `count` for each of `sigmas`, ascending and within a factor of 2. */
export function octaveCoefficients(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  count: number,
): RowCoefficients[] {
  const [lowest, highest] = [sigmas[0], sigmas[sigmas.length - 1]];
  const active = activeAt(source.terms, lowest * lowest);
  const { f, kinks } = source;
  const subtracted = (x: number) => singularPart(active, x);
  const panels = buildMesh({ f, subtracted, kinks, lowest, highest, terms: count });
  const samples = sampleOn(panels, source, dual, active);
  return sigmas.map((sigma) => rowCoefficients(samples, dual, sigma, count));
}

/** What the coefficients of all standard deviations are made of. */
interface Samples {
  readonly rule: Rule;
  readonly values: Parts;
  readonly regular: Parts;
  /** The part of the values that is summed in closed form, if there is one, and what `singular` expands of it. */
  readonly singular?: Parts;
  readonly expanded: Parts;
  readonly total: Parts;
}

function sampleOn(panels: readonly Panel[], source: Source, dual: Dual, active: Term[]): Samples {
  const rule = meshRule(panels);
  const on = (f: (x: number) => number) => partsOf(f, rule.points);
  const { f } = source;
  const values = on(f);
  if (dual === "nngp") {
    const singular = on((x) => singularPart(active, x));
    const regular = on((x) => f(x) - singularPart(active, x));
    return {
      rule,
      values,
      regular,
      singular: active.length > 0 ? singular : undefined,
      expanded: singular,
      total: values,
    };
  }
  const bends = active.filter(({ order }) => order > 0);
  const removed = [...bends, ...source.steps];
  return {
    rule,
    values,
    regular: on((x) => f(x) - singularPart(removed, x)),
    singular: bends.length > 0 ? on((x) => singularPart(bends, x)) : undefined,
    expanded: on((x) => singularPart(bends, x, 1)),
    total: source.slope ? on(source.slope) : differentiate(values, panels),
  };
}

function rowCoefficients(samples: Samples, dual: Dual, sigma: number, count: number): RowCoefficients {
  const { rule, values, regular, singular, expanded, total } = samples;
  const functions = singular ? [regular, singular] : [regular];
  const shift = dual === "nngp" ? 0 : 1;
  const raw = hermiteCoefficients(functions, rule, sigma, count + shift);
  const [a, h = new Float64Array(0)] = shift ? raw.map((row) => ofDerivative(row, sigma)) : raw;
  return {
    sigma,
    regular: a,
    singular: h,
    square: secondMoment(values, rule, sigma),
    regularMass: massesOf(regular, rule, sigma),
    singularMass: massesOf(expanded, rule, sigma),
    totalMass: massesOf(total, rule, sigma),
  };
}

/** Σ c·q at x, or its derivative of the given order away from the kinks. */
export function singularPart(terms: readonly Term[], x: number, derivative = 0): number {
  return terms.reduce((sum, { at, order, jump }) => sum + jump * q(order - derivative, x - at), 0);
}

/** E[f′(σz) hₖ] = √(k + 1) aₖ₊₁/σ */
function ofDerivative(a: Float64Array, sigma: number): Float64Array {
  return a.subarray(1).map((value, k) => value * Math.sqrt(k + 1) / sigma);
}

/** The derivative from the polynomials on the panels; that of an odd part is even. */
function differentiate({ even, odd }: Parts, panels: readonly Panel[]): Parts {
  const slopes = (part: Float64Array) => {
    const out = new Float64Array(part.length);
    panels.forEach(({ from, to }, i) => {
      const panel = part.subarray(i * ORDER, (i + 1) * ORDER);
      out.set(differentiatePanel(panel, to - from), i * ORDER);
    });
    return out;
  };
  return { even: slopes(odd), odd: slopes(even) };
}
