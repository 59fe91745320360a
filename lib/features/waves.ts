/**
 * Waves for all powers above a degree (random Fourier features, Rahimi & Recht 2007): with z = ⟨w, x̂⟩, E of products of √2·cos τz, or of
 * √2·sin τz, is exp(−τ²(1 − ρ)) ± exp(−τ²(1 + ρ)), which is ρᵏ for even, or odd, k = τ² to 0.3/k.
 *
 * In: how the powers are distributed. Out: one wave a column, of the even or the odd powers in proportion to these.
 */
import { foldIn, type Key, uniform } from "../random/mod.ts";

/** Powers above count as this one. */
const HIGHEST = 2 ** 20;

/** Powers above a degree, the even and the odd ones. */
export interface HighPowers {
  readonly degree: number;
  /** The sums of their coefficients */
  readonly weights: readonly [even: number, odd: number];
  /** What share of them lies above degree + k, for k = 0, 1, …; from its end on it falls like a power of k */
  readonly tails: readonly [even: Float64Array, odd: Float64Array];
}

/** The waves of columns. */
export class Waves {
  /** 1 for waves of odd powers, 0 for those of even ones */
  readonly #isOdd: Uint8Array;
  readonly #frequencies: Float64Array;
  readonly #sizes: Float64Array;

  /** One for each of `count` columns. */
  constructor(key: Key, count: number, { degree, weights, tails }: HighPowers) {
    const [parities, powers, signs] = [0, 1, 2].map((index) => uniform(foldIn(key, index), [count]).data);
    const oddShare = weights[1] / (weights[0] + weights[1]);
    this.#isOdd = Uint8Array.from(parities, (u) => u < oddShare ? 1 : 0);
    this.#frequencies = powers.map((u, i) => Math.sqrt(powerAbove(u, degree, tails[this.#isOdd[i]])));
    // Waves have something of all powers: signs of their own keep them apart from what else a column holds.
    this.#sizes = signs.map((u, i) =>
      (u < 0.5 ? -1 : 1) * Math.sqrt(2 / (this.#isOdd[i] ? oddShare : 1 - oddShare))
    );
  }

  /** Adds waves of z to columns from … to − 1: times `even` those of even powers, times `odd` those of odd ones. */
  add(
    out: Float64Array,
    z: Float64Array,
    [from, to]: readonly [number, number],
    even: number,
    odd: number,
  ): void {
    for (let i = from; i < to; i++) {
      const phase = this.#frequencies[i] * z[i];
      out[i] += this.#sizes[i] * (this.#isOdd[i] ? odd * Math.sin(phase) : even * Math.cos(phase));
    }
  }
}

/** The power that a share of all lies above. */
function powerAbove(share: number, degree: number, tail: Float64Array): number {
  const last = tail.length - 1;
  for (let k = 1; k <= last; k++) if (tail[k] <= share) return degree + k;
  // A straight line in logarithms through the middle and the end: exponents of −½ and less, for kernels with kinks.
  const middle = Math.floor(last / 2);
  const slope = Math.log(tail[middle] / tail[last]) / Math.log((degree + last) / (degree + middle));
  return Math.min(HIGHEST, (degree + last) * (tail[last] / share) ** (1 / Math.max(slope, 0.25)));
}
