/** Hermite coefficients of a function, or of its derivative, for the standard deviations of one octave. */
import type { Steps } from "../../lib/steps.ts";
import {
  hermiteCoefficients,
  type Masses,
  massesOf,
  type Parts,
  partsOf,
  type Rule,
  secondMoment,
  weightsFor,
} from "./hermite_coefficients.ts";
import { differentiatePanel, ORDER } from "./legendre_panel.ts";
import { buildMesh, meshRule, type Panel } from "./mesh.ts";
import type { Singularities } from "./singular.ts";
import { type Dual, singularPart, slopesOf, stepsPart, type Term } from "./terms.ts";

/** A function with what is known of it. */
export interface Source extends Singularities {
  readonly f: (x: number) => number;
  /** f′ almost everywhere; otherwise it is found from polynomials through f. */
  readonly slope?: (x: number) => number;
}

/** The terms that are taken out of the function, for the one or the other. */
export const termsFor = ({ terms, bends }: Source, dual: Dual): readonly Term[] =>
  dual === "nngp" ? terms : bends;

/** Coefficients for one standard deviation of a function, or of its slope, less its singular part. */
export interface RegularCoefficients {
  readonly sigma: number;
  readonly regular: Float64Array;
  /** E[f(σz)²], also where the coefficients are those of slopes. */
  readonly square: number;
  /** Variance of the regular part of f, also where the coefficients are those of slopes. */
  readonly regularMass: Masses;
  /** Variance of the regular part of the slope, if the coefficients are those of slopes. */
  readonly slopeMass: Masses;
  /** Mean square of what rounding of f leaves of its differences. */
  readonly slopeNoise: number;
  /** Variance of the singular part of the function or slope, and of all of it. */
  readonly singularMass: Masses;
  readonly totalMass: Masses;
  /** Root mean square of what quadrature could not resolve of the function or slope. */
  readonly unresolved: number;
}

/** The coefficients k < `count` for each of `sigmas`, ascending and within an octave, less the `active` singular terms. */
export function* octaveCoefficients(
  source: Source,
  dual: Dual,
  active: readonly Term[],
  sigmas: readonly number[],
  count: number,
): Steps<RegularCoefficients[]> {
  const [lowest, highest] = [sigmas[0], sigmas[sigmas.length - 1]];
  const subtracted = (x: number) => singularPart(active, x);
  const bounded = active.some(({ narrowness }) => narrowness > 0);
  const request = { ...source, subtracted, bounded, lowest, highest, terms: count };
  const { panels, unresolved } = yield* buildMesh(request);
  const samples = yield* sampleOn(panels, source, dual, active);
  const rows: RegularCoefficients[] = [];
  for (const sigma of sigmas) {
    rows.push({ ...yield* rowCoefficients(samples, dual, sigma, count), unresolved: unresolved[dual] });
  }
  return rows;
}

/** What the coefficients of all standard deviations are made of. */
interface Samples {
  readonly rule: Rule;
  readonly values: Parts;
  readonly regular: Parts;
  /** The singular part of the values or slopes, and all of them. */
  readonly singular: Parts;
  readonly total: Parts;
  /** The slope of the regular part; that itself for values. */
  readonly regularSlope: Parts;
  /** Rounding of the slopes, as if it were even. */
  readonly noise: Parts;
}

function* sampleOn(
  panels: readonly Panel[],
  source: Source,
  dual: Dual,
  active: readonly Term[],
): Steps<Samples> {
  const rule = meshRule(panels);
  const on = (f: (x: number) => number) => partsOf(f, rule.points);
  const { f } = source;
  const values = yield* on(f);
  if (dual === "nngp") {
    const part = (x: number) => singularPart(active, x);
    const regular = yield* on((x) => f(x) - part(x));
    const noise = { even: new Float64Array(rule.points.length), odd: new Float64Array(rule.points.length) };
    return { rule, values, regular, singular: yield* on(part), total: values, regularSlope: regular, noise };
  }
  const steps = stepsPart(source.steps);
  const slopes = slopesOf(active);
  const singular = yield* on((x) => singularPart(slopes, x));
  const total = source.slope ? yield* on(source.slope) : differentiate(values, panels);
  return {
    rule,
    values,
    regular: yield* on((x) => f(x) - singularPart(active, x) - steps(x)),
    singular,
    total,
    regularSlope: difference(total, singular),
    noise: slopeNoise(values, panels),
  };
}

/** What a rounding unit of f does to the derivative of the polynomial on a panel. */
function slopeNoise({ even, odd }: Parts, panels: readonly Panel[]): Parts {
  const at = (i: number) => {
    const { from, to } = panels[Math.floor(i / ORDER)];
    return Number.EPSILON * (Math.abs(even[i]) + Math.abs(odd[i])) * ORDER ** 2 / (to - from);
  };
  return { even: even.map((_, i) => at(i)), odd: new Float64Array(odd.length) };
}

const difference = (a: Parts, b: Parts): Parts => ({
  even: a.even.map((value, i) => value - b.even[i]),
  odd: a.odd.map((value, i) => value - b.odd[i]),
});

function* rowCoefficients(
  samples: Samples,
  dual: Dual,
  sigma: number,
  count: number,
): Steps<Omit<RegularCoefficients, "unresolved">> {
  const { rule, values, regular, singular, total, regularSlope, noise } = samples;
  const weights = weightsFor(rule, sigma);
  const coefficients = dual === "nngp"
    ? yield* hermiteCoefficients(regular, weights, count)
    : ofDerivative(yield* hermiteCoefficients(regular, weights, count + 1), sigma);
  return {
    sigma,
    regular: coefficients,
    square: secondMoment(values, weights),
    regularMass: massesOf(regular, weights),
    singularMass: massesOf(singular, weights),
    totalMass: massesOf(total, weights),
    slopeMass: massesOf(regularSlope, weights),
    slopeNoise: secondMoment(noise, weights),
  };
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
