/**
 * Series of Hermite polynomials of z ~ N(0, 1): by Mehler's formula E hₖ(⟨w, x̂⟩)·hₗ(⟨w, ŷ⟩) = δₖₗ·ρᵏ for hₖ = Heₖ/√k! and w ~ N(0, I), so
 * that F = Σₖ ±gₖ·hₖ has Σₖ gₖ²·ρᵏ as the mean of its products, whatever the signs.
 */

/** Projections beyond, one in two million, count as this: else single ones would outweigh all others where series go on for long. */
const FARTHEST = 5;
/** Step of the sums over z that fourth moments are. */
const STEP = 1 / 16;

/**
 * Factors sₖ with sₖ·Heₖ = ±hₖ for k = 0 … degree. Signs are + + − − …, as of cosines and sines: then F stays small where single
 * polynomials grow, and its products vary little.
 */
export function hermiteFactors(degree: number): Float64Array {
  const factors = new Float64Array(degree + 1);
  let root = 1;
  for (let k = 0; k <= degree; k++) {
    root *= Math.sqrt(Math.max(1, k));
    factors[k] = (k & 2 ? -1 : 1) / root;
  }
  return factors;
}

/** Adds Σₖ cₖ·Heₖ(z) to columns from … to − 1, a multiple of four, by Clenshaw's recurrence. */
export function addHermite(
  out: Float64Array,
  z: Float64Array,
  [from, to]: readonly [number, number],
  c: Float64Array,
): void {
  // Four at once, as every step waits for the one before.
  for (let i = from; i < to; i += 4) {
    const [z0, z1, z2, z3] = [near(z[i]), near(z[i + 1]), near(z[i + 2]), near(z[i + 3])];
    let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    for (let k = c.length; k > 0; k--) {
      const term = c[k - 1];
      const c0 = term - k * b0, c1 = term - k * b1, c2 = term - k * b2, c3 = term - k * b3;
      b0 = a0, b1 = a1, b2 = a2, b3 = a3;
      a0 = c0 + z0 * a0, a1 = c1 + z1 * a1, a2 = c2 + z2 * a2, a3 = c3 + z3 * a3;
    }
    out[i] += a0, out[i + 1] += a1, out[i + 2] += a2, out[i + 3] += a3;
  }
}

const near = (z: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, z));

/** E F⁴/(E F²)² for F = Σₖ cₖ·Heₖ. */
export function kurtosis(c: Float64Array): number {
  const count = 4 * Math.ceil(2 * FARTHEST / STEP / 4);
  const z = Float64Array.from({ length: count }, (_, i) => (i + 0.5 - count / 2) * STEP);
  const values = new Float64Array(count);
  addHermite(values, z, [0, count], c);
  let [mass, second, fourth] = [0, 0, 0];
  values.forEach((value, i) => {
    const weight = Math.exp(-z[i] * z[i] / 2);
    mass += weight, second += weight * value ** 2, fourth += weight * value ** 4;
  });
  return mass * fourth / second ** 2;
}
