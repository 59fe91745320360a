/** How many terms of a Hermite series are needed, and what the rest can add. */
import type { Masses } from "./hermite_coefficients.ts";
import type { Dual, RowCoefficients } from "./octave.ts";

/**
 * For every number of terms, what the terms left out can add to the kernel of two points like this one, relative to its
 * value at a correlation of 1.
 *
 * With a = g + h and h summed in closed form, Σ aₖaₖ′ − hₖhₖ′ over the rest is at most G + 2√(G H) by Cauchy and Schwarz,
 * with the masses G and H of the rest of g and h.
 */
export function remainders(row: RowCoefficients, dual: Dual): Float64Array {
  const { regular, singular } = row;
  const count = regular.length;
  let g = restOfRegular(row, dual);
  let h = sum(restOf(row.singularMass, singular));
  const scale = Math.max(sum(row.totalMass) + (regular[0] + singular[0]) ** 2, negligible(row, dual));
  const bounds = new Float64Array(count + 1);
  for (let k = count; k >= 0; k--) {
    bounds[k] = scale > 0 ? (g + 2 * Math.sqrt(g * h)) / scale : 0;
    g += (regular[k - 1] ?? 0) ** 2;
    h += (singular[k - 1] ?? 0) ** 2;
  }
  return bounds;
}

/** The fewest terms that leave less than `bound`, or all of them. */
export function widthFor(bounds: Float64Array, bound: number): number {
  const width = bounds.findIndex((value) => value <= bound);
  return width < 0 ? bounds.length - 1 : Math.max(1, width);
}

/** The masses that coefficients beyond the computed ones hold. */
export function restOf(mass: Masses, coefficients: Float64Array): Masses {
  const rest = { ...mass };
  for (let k = 1; k < coefficients.length; k++) {
    if (k % 2) rest.odd -= coefficients[k] ** 2;
    else rest.even -= coefficients[k] ** 2;
  }
  return { even: Math.max(0, rest.even), odd: Math.max(0, rest.odd) };
}

const sum = ({ even, odd }: Masses) => even + odd;

/**
 * For slopes there is no mass to compare with that rounding would not spoil at small variances: the rest is taken to be no
 * larger than the last octave of terms (true of powers below k⁻² and of anything faster), plus what the values still lack.
 */
function restOfRegular({ regular, regularMass, sigma }: RowCoefficients, dual: Dual): number {
  if (dual === "nngp") return sum(restOf(regularMass, regular));
  const values = Float64Array.of(0, ...regular.map((b, k) => b * sigma / Math.sqrt(k + 1)));
  const lacking = sum(restOf(regularMass, values));
  const lastOctave = regular.subarray(regular.length >> 1).reduce((total, b) => total + b * b, 0);
  return lastOctave + regular.length * lacking / sigma ** 2;
}

/** Slopes this small are rounding: those of constants and of steps. */
function negligible({ valueMass, sigma }: RowCoefficients, dual: Dual): number {
  return dual === "nngp" ? 0 : 1e-18 * sum(valueMass) / sigma ** 2;
}
