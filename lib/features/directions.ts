/**
 * Functions of the direction x̂ = x/|x| of a row, one vector for every power k with E⟨ψₖ(x), ψₖ(y)⟩ = ρᵏ.
 *
 * - `exactPower`: all products of k entries;
 * - `SketchedPowers`: products of random combinations of the entries, a chain over k.
 */
import { foldIn, type Key } from "../random/mod.ts";
import { powerOfTwo, walshHadamard } from "../sketching/walsh_hadamard.ts";
import { signs } from "./projections.ts";

/** Writes the products of k entries of x, each times the root of the number of its orders: ⟨ψ(x), ψ(y)⟩ = ⟨x, y⟩ᵏ. Returns how many. */
export function exactPower(x: Float64Array, k: number, out: Float64Array, at: number): number {
  const start = at;
  // Products grow by one entry after the other, in ascending order; `weight` is k!/Π multiplicities!.
  const grow = (from: number, left: number, product: number, weight: number, run: number, last: number) => {
    if (left === 0) {
      out[at++] = product * Math.sqrt(weight);
      return;
    }
    for (let i = from; i < x.length; i++) {
      const repeats = i === last ? run + 1 : 1;
      grow(i, left - 1, product * x[i], weight * (k - left + 1) / repeats, repeats, i);
    }
  };
  grow(0, k, 1, 1, 0, -1);
  return at - start;
}

/** Entries of sketches at least, so that what a chain adds to the error is small. */
const SHORTEST = 512;

/**
 * ψₖ = R·ψₖ₋₁ ∘ P·x̂ with independent R = H·D/√m and P = H·D′ of random signs D, D′ and the Hadamard matrix H (Ahle et al. 2020,
 * arXiv:1909.01410, §3, as a chain): every entry is an unbiased estimate, and errors grow by a factor 1 + O(1/m) a power, where products
 * of k projections alone would let them grow threefold.
 */
export class SketchedPowers {
  readonly #length: number;
  readonly #padded: number;
  readonly #projections: Float64Array[] = [];
  readonly #mixings: Float64Array[] = [];
  readonly #state: Float64Array;
  readonly #projected: Float64Array;

  /** Of directions of `width` entries, powers up to `degree`, with at least `most` entries each. */
  constructor(key: Key, { width, degree, most }: { width: number; degree: number; most: number }) {
    this.#padded = powerOfTwo(width);
    this.#length = Math.max(this.#padded, powerOfTwo(most), SHORTEST);
    for (let k = 1; k <= degree; k++) {
      this.#projections.push(signs(foldIn(key, 2 * k), this.#length));
      this.#mixings.push(signs(foldIn(key, 2 * k + 1), this.#length));
    }
    this.#state = new Float64Array(this.#length);
    this.#projected = new Float64Array(this.#length);
  }

  /** Calls `use` with ψₖ for k = 1, 2, …, whose entries count as m of ψₖ/√m; they are overwritten by the next. */
  each(x: Float64Array, use: (power: Float64Array, k: number) => void): void {
    const state = this.#state, projected = this.#projected, length = this.#length;
    const scale = 1 / Math.sqrt(length);
    for (let k = 1; k <= this.#projections.length; k++) {
      this.#project(x, this.#projections[k - 1]);
      if (k === 1) {
        state.set(projected);
      } else {
        const mixing = this.#mixings[k - 1];
        for (let i = 0; i < length; i++) state[i] *= mixing[i] * scale;
        walshHadamard(state, 0, length);
        for (let i = 0; i < length; i++) state[i] *= projected[i];
      }
      use(state, k);
    }
  }

  /** H·D′·x̂ for as many independent blocks of D′ as fill the vector. */
  #project(x: Float64Array, signs: Float64Array): void {
    const projected = this.#projected, padded = this.#padded;
    for (let start = 0; start < this.#length; start += padded) {
      for (let i = 0; i < x.length; i++) projected[start + i] = signs[start + i] * x[i];
      projected.fill(0, start + x.length, start + padded);
      walshHadamard(projected, start, padded);
    }
  }
}
