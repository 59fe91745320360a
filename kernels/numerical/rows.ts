/** Hermite coefficients for the variances of a call, as many as a tolerance needs. */
import { exponentOf } from "../../lib/expr/ops.ts";
import { mapped, type Steps } from "../../lib/steps.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { octaveCoefficients, type RegularCoefficients, type Source, termsFor } from "./octave.ts";
import { activeAt, type Dual, slopesOf, type Term } from "./terms.ts";
import { singularCoefficients, singularSize } from "./singular_coefficients.ts";

/** Coefficients for one standard deviation of a function (or its slope) less its singular part, and of that part. */
export interface RowCoefficients extends RegularCoefficients {
  readonly variance: number;
  /** As many as `regular`; empty where there is no singular part. */
  readonly singular: Float64Array;
  /** Size of the singular terms one by one: its square is rounded where their sum is small. */
  readonly singularSize: number;
}

/** Distinct variances in [4ᵉ, 4ᵉ⁺¹), ascending, and the singular terms that are subtracted there. */
export interface Octave {
  readonly exponent: number;
  readonly variances: readonly number[];
  readonly active: readonly Term[];
}

/** The first `count` coefficients for each of the distinct positive `variances`. */
export function* fixedRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  count: number,
): Steps<RowCoefficients[]> {
  const rows: (readonly RowCoefficients[])[] = [];
  for (const octave of groupByOctave(source, dual, variances)) {
    rows.push(yield* rowsOf(source, dual, octave, count, count));
  }
  return rows.flat();
}

/** The octaves of the distinct positive `variances`. */
export function groupByOctave(source: Source, dual: Dual, variances: Float64Array): Octave[] {
  const octaves: { exponent: number; variances: number[] }[] = [];
  const ascending = variances.toSorted();
  let end = 0;
  for (let i = 0; i < ascending.length; i++) {
    const variance = ascending[i];
    if (!(variance > 0) || variance === ascending[i - 1]) continue;
    if (variance >= end) {
      const exponent = exponentOf(variance) >> 1;
      octaves.push({ exponent, variances: [] });
      end = 4 ** (exponent + 1);
    }
    octaves[octaves.length - 1].variances.push(variance);
  }
  // The ranges of terms end at powers of 4, so that the first variance speaks for all.
  const terms = termsFor(source, dual);
  return octaves.map((octave) => ({ ...octave, active: activeAt(terms, octave.variances[0]) }));
}

/** `count` coefficients of both parts: the regular ones computed for k < `terms` and continued with zeros. */
export function* rowsOf(
  source: Source,
  dual: Dual,
  { variances, active }: Pick<Octave, "variances" | "active">,
  terms: number,
  count: number,
): Steps<RowCoefficients[]> {
  const compute = packedCoefficients(source, dual, active, terms);
  const vectors = yield* throughChebyshevPoints(variances.map(Math.sqrt), compute, coefficientsIn);
  const complete = completion(dual, active, count);
  return yield* mapped(vectors, (vector, i) => complete(vector, variances[i]));
}

/** What is interpolated: `terms` regular coefficients for each standard deviation within an octave, and the masses. */
export function packedCoefficients(source: Source, dual: Dual, active: readonly Term[], terms: number) {
  return function* (sigmas: readonly number[]): Steps<Float64Array[]> {
    return (yield* octaveCoefficients(source, dual, active, sigmas, terms)).map(pack);
  };
}

/** Rows of `count` coefficients from what was interpolated, continued with zeros. */
export function completion(dual: Dual, active: readonly Term[], count: number) {
  const singularTerms = dual === "nngp" ? active : slopesOf(active);
  const none = new Float64Array(0);
  return (vector: Float64Array, variance: number): RowCoefficients => {
    const row = unpack(vector, Math.sqrt(variance));
    const singular = singularTerms.length > 0 ? singularCoefficients(singularTerms, row.sigma, count) : none;
    const size = singularSize(singularTerms, row.sigma);
    return { ...row, variance, regular: resized(row.regular, count), singular, singularSize: size };
  };
}

function resized(coefficients: Float64Array, count: number): Float64Array {
  if (coefficients.length >= count) return coefficients.subarray(0, count);
  const continued = new Float64Array(count);
  continued.set(coefficients);
  return continued;
}

const masses = ["regularMass", "singularMass", "totalMass", "slopeMass"] as const;

/** All numbers of a row in one vector, for interpolation; masses by their roots, which change as smoothly as coefficients. */
function pack(row: RegularCoefficients): Float64Array {
  const squares = [...masses.flatMap((name) => [row[name].even, row[name].odd]), row.square, row.slopeNoise];
  const vector = new Float64Array(HEADER + row.regular.length);
  vector.set(squares.map(Math.sqrt));
  vector[HEADER - 1] = row.unresolved;
  vector.set(row.regular, HEADER);
  return vector;
}

/** What comes before the coefficients. */
export const HEADER = 2 * masses.length + 3;

/** The masses are left out: those of slopes from differences are noisy at small standard deviations. */
export const coefficientsIn = (vector: Float64Array) => vector.subarray(HEADER);

function unpack(vector: Float64Array, sigma: number): RegularCoefficients {
  return {
    sigma,
    regular: coefficientsIn(vector),
    square: vector[2 * masses.length] ** 2,
    slopeNoise: vector[2 * masses.length + 1] ** 2,
    regularMass: massesAt(vector, 0),
    singularMass: massesAt(vector, 1),
    totalMass: massesAt(vector, 2),
    slopeMass: massesAt(vector, 3),
    unresolved: vector[HEADER - 1],
  };
}

/** The i-th of `masses`. */
function massesAt(vector: Float64Array, i: number): Masses {
  return { even: vector[2 * i] ** 2, odd: vector[2 * i + 1] ** 2 };
}
