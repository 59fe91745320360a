/** How many terms of a Hermite series are needed, and what the rest can add. */
import { ROUGHNESS_STEP } from "../../lib/expr/table.ts";
import type { Masses } from "./hermite_coefficients.ts";
import type { RowCoefficients } from "./rows.ts";
import type { Dual } from "./terms.ts";

/** Differences of masses below this fraction are rounding, or the error of interpolation. */
const ROUNDING = 1e-12;

/**
 * For every number of terms, what the terms left out can add to the kernel of two points like this one, relative to its
 * value at a correlation of 1.
 *
 * With a = g + h and h summed in closed form, Σ aₖaₖ′ − hₖhₖ′ over the rest is at most G + 2√(G H) by Cauchy and Schwarz,
 * with the masses G and H of the rest of g and h, for even and odd k apart.
 */
export function remainders(row: RowCoefficients, dual: Dual): Float64Array {
  const { regular, singular } = row;
  const g = { ...restOfRegular(row, dual) };
  const h = restOf(row.singularMass, singular);
  const scale = scaleOf(row, dual);
  const bounds = new Float64Array(regular.length + 1);
  for (let k = regular.length; k >= 0; k--) {
    const bound = g.even + g.odd + 2 * Math.sqrt(g.even * h.even) + 2 * Math.sqrt(g.odd * h.odd);
    bounds[k] = scale > 0 ? bound / scale : 0;
    if (k === 0) break;
    const parity = k % 2 ? "even" : "odd";
    g[parity] += regular[k - 1] ** 2;
    h[parity] += (singular[k - 1] ?? 0) ** 2;
  }
  return bounds;
}

/** The mass that the regular coefficients leave, relative to the kernel's value at a correlation of 1. */
export function regularRemainder(row: RowCoefficients, dual: Dual): number {
  const { even, odd } = restOfRegular(row, dual);
  const scale = scaleOf(row, dual);
  return scale > 0 ? (even + odd) / scale : 0;
}

/** What quadrature could not resolve of the function or slope does to a kernel, relative to its value. */
export function unresolved(row: RowCoefficients, dual: Dual): number {
  const scale = scaleOf(row, dual);
  const part = scale > 0 ? row.unresolved / Math.sqrt(scale) : 0;
  return 2 * part + part ** 2;
}

/** By what the kernel falls close to a correlation of 1, (1 − k(ρ)/k(1))/(1 − ρ): see `ROUGHNESS_STEP`. */
export function roughness(row: RowCoefficients, dual: Dual): number {
  const { regular, singular } = row;
  const scale = scaleOf(row, dual);
  if (!(scale > 0)) return 0;
  let [sum, fallen, power] = [0, 0, 1];
  for (let k = 0; k < regular.length; k++) {
    const square = (regular[k] + (singular[k] ?? 0)) ** 2;
    sum += square;
    fallen += square * (1 - power);
    power *= 1 - ROUGHNESS_STEP;
  }
  return (fallen + Math.max(0, scale - sum)) / scale / ROUGHNESS_STEP;
}

/** How many rounding units a kernel loses of which a larger singular part was subtracted and added again, relative to its value. */
export function cancellation(row: RowCoefficients, dual: Dual): number {
  const scale = scaleOf(row, dual);
  return scale > 0 ? 4 * row.singularSize ** 2 / scale : 0;
}

/** The fewest terms that leave no more than `bound`, or all of them. */
export function widthFor(bounds: Float64Array, bound: number): number {
  const width = bounds.findIndex((value) => value <= bound);
  return width < 0 ? bounds.length - 1 : Math.max(1, width);
}

/** The masses that coefficients beyond the computed ones hold. */
export function restOf(mass: Masses, coefficients: Float64Array) {
  const rest = { ...mass };
  for (let k = 1; k < coefficients.length; k++) rest[k % 2 ? "odd" : "even"] -= coefficients[k] ** 2;
  return { even: Math.max(0, rest.even), odd: Math.max(0, rest.odd) };
}

const restOfRegular = (row: RowCoefficients, dual: Dual): { even: number; odd: number } =>
  dual === "nngp" ? restOfValues(row) : restOfSlopes(row);

function restOfValues({ regular, regularMass }: RowCoefficients) {
  const visible = ROUNDING * (regularMass.even + regularMass.odd);
  return resolved(restOf(regularMass, regular), extrapolate(regular), visible);
}

/** Once a difference of masses is rounding, what the last coefficients show is sharper. */
function resolved(rest: Masses, last: Masses, visible: number): Masses {
  const resolve = (parity: keyof Masses) =>
    rest[parity] > visible ? rest[parity] : Math.min(visible, last[parity]);
  return { even: resolve("even"), odd: resolve("odd") };
}

/** The mass of slopes is known to what differences of f leave of it: less at small variances. */
function restOfSlopes({ regular, slopeMass, slopeNoise }: RowCoefficients) {
  const mean = regular[0] ?? 0;
  const mass = slopeMass.even + slopeMass.odd + mean ** 2;
  const visible = ROUNDING * mass + 2 * Math.sqrt(slopeNoise * mass) + slopeNoise;
  return resolved(restOf(slopeMass, regular), extrapolate(regular), visible);
}

/**
 * The rest of Σ cₖ² from its last two quarters, whose ratio r shows how fast it falls: 4 r/(1 − r) last quarters exceed what
 * follows for powers below k^(−1.5) and for anything faster.
 */
function extrapolate(coefficients: Float64Array): Masses {
  const count = coefficients.length;
  const rest = (parity: number) => {
    const quarters = [0, 0];
    for (let k = (count >> 2) * 2 + parity; k < count; k += 2) {
      quarters[Number(4 * k >= 3 * count)] += coefficients[k] ** 2;
    }
    const [before, last] = quarters;
    const ratio = last > 0 ? Math.min(last / before, 0.95) : 0;
    return 4 * last * ratio / (1 - ratio);
  };
  return { even: rest(0), odd: rest(1) };
}

function scaleOf({ regular, singular, totalMass, square, sigma }: RowCoefficients, dual: Dual): number {
  const scale = totalMass.even + totalMass.odd + (regular[0] + (singular[0] ?? 0)) ** 2;
  // Slopes that come from differences of f below 1e-9 are rounding: those of constants and of steps.
  return dual === "nngp" ? scale : Math.max(scale, 1e-18 * square / sigma ** 2);
}
