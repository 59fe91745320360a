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
import { activeAt, q, type Singularities } from "./singular.ts";

/** A function with what is known of it. */
export interface Source extends Singularities {
  readonly f: (x: number) => number;
  /** f′ almost everywhere; otherwise it is found from polynomials through f. */
  readonly slope?: (x: number) => number;
}

/** E[f(u)f(v)], or E[f′(u)f′(v)] with f′ almost everywhere. */
export type Dual = "nngp" | "dNngp";

/** Coefficients for one standard deviation of a function less its singular part, and of that part. */
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
  const { f, kinks, terms } = source;
  const [lowest, highest] = [sigmas[0], sigmas[sigmas.length - 1]];
  const active = activeAt(terms, lowest * lowest);
  const singularTerms = dual === "nngp" ? active : active.filter(({ order }) => order > 0);
  const panels = buildMesh({ f, kinks, lowest, highest, terms: count });
  const rule = meshRule(panels);
  const values = partsOf(f, rule.points);
  const regular = partsOf((x) => f(x) - singularPart(active, x), rule.points);
  const singular = partsOf((x) => singularPart(singularTerms, x), rule.points);
  const shift = dual === "nngp" ? 0 : 1;
  const total = shift ? slopeParts(source, panels, rule, values) : values;
  const singularValues = shift ? partsOf((x) => singularPart(singularTerms, x, 1), rule.points) : singular;
  return sigmas.map((sigma) => {
    const functions = singularTerms.length > 0 ? [regular, singular] : [regular];
    const [a, b = new Float64Array(0)] = hermiteCoefficients(functions, rule, sigma, count + shift);
    return {
      sigma,
      regular: shift ? ofDerivative(a, sigma) : a,
      singular: shift ? ofDerivative(b, sigma) : b,
      square: secondMoment(values, rule, sigma),
      regularMass: massesOf(regular, rule, sigma),
      singularMass: massesOf(singularValues, rule, sigma),
      totalMass: massesOf(total, rule, sigma),
    };
  });
}

/** Σ c·q at x, or its derivative of the given order away from the kinks. */
export function singularPart(terms: Singularities["terms"], x: number, derivative = 0): number {
  return terms.reduce((sum, { at, order, jump }) => sum + jump * q(order - derivative, x - at), 0);
}

/** E[f′(σz) hₖ] = √(k + 1) aₖ₊₁/σ */
function ofDerivative(a: Float64Array, sigma: number): Float64Array {
  return a.subarray(1).map((value, k) => value * Math.sqrt(k + 1) / sigma);
}

function slopeParts({ slope }: Source, panels: readonly Panel[], rule: Rule, values: Parts): Parts {
  if (slope) return partsOf(slope, rule.points);
  const differentiate = (part: Float64Array) => {
    const slopes = new Float64Array(part.length);
    panels.forEach(({ from, to }, i) => {
      const panel = part.subarray(i * ORDER, (i + 1) * ORDER);
      slopes.set(differentiatePanel(panel, to - from), i * ORDER);
    });
    return slopes;
  };
  return { even: differentiate(values.odd), odd: differentiate(values.even) };
}
