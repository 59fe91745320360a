/**
 * What features are made of: functions of the direction x̂ = x/|x| of a row, one vector for every power k with E⟨ψₖ(x), ψₖ(y)⟩ = ρᵏ.
 *
 * - `exactPower`: all products of k entries;
 * - `SketchedPowers`: products of random combinations of the entries, a chain over k;
 * - `Waves`: cosines and sines of random projections for all higher powers.
 */
import { bits32 } from "../random/bits.ts";
import { foldIn, type Key, normal, uniform } from "../random/mod.ts";
import { powerOfTwo, walshHadamard } from "../sketching/walsh_hadamard.ts";

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

/** Signs of ±1. */
const signs = (key: Key, count: number): Float64Array =>
  Float64Array.from(bits32(key, count), (word) => word & 1 ? 1 : -1);

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

/** Width up to which projections are Gaussian; above, three rounds of signs and Hadamard matrices are as good. */
const DENSE = 64;
/** Powers above count as this one. */
const HIGHEST = 2 ** 20;

/**
 * √2·cos(√k·⟨w, x̂⟩) for the even and √2·sin for the odd ones of the powers above a degree, with w ~ N(0, I) and k as these powers are
 * distributed: E of products is exp(−k(1 − ρ)) ± exp(−k(1 + ρ)), which is ρᵏ to 0.3/k (random Fourier features, Rahimi & Recht 2007).
 */
export class Waves {
  readonly #width: number;
  readonly #count: number;
  readonly #frequencies: Float64Array;
  readonly #dense: Float64Array | null;
  readonly #signs: Float64Array[] = [];
  readonly #projected: Float64Array;

  /**
   * @param tail what fraction of the waves has powers above k, for k = degree, degree + 1, …: falls like a power of k from its end on
   */
  constructor(
    key: Key,
    { width, count, degree, tail }: { width: number; count: number; degree: number; tail: Float64Array },
  ) {
    this.#width = width;
    this.#count = count;
    const padded = powerOfTwo(width);
    const length = padded * Math.ceil(count / padded);
    const draws = uniform(foldIn(key, 0), [count]).data;
    this.#frequencies = draws.map((u) => Math.sqrt(powerAbove(u, degree, tail)));
    if (width <= DENSE) {
      this.#dense = normal(foldIn(key, 1), [count * width]).data;
      this.#projected = new Float64Array(count);
      return;
    }
    this.#dense = null;
    this.#projected = new Float64Array(length);
    for (let round = 0; round < 3; round++) this.#signs.push(signs(foldIn(key, 2 + round), length));
    // Rows of the product of rounds have length √padded, those of a Gaussian matrix one of χ of `padded` degrees of freedom, nearly.
    const lengths = normal(foldIn(key, 5), [count]).data;
    this.#frequencies.forEach((frequency, i) => {
      this.#frequencies[i] = frequency * (1 - 1 / (4 * padded) + lengths[i] / Math.sqrt(2 * padded));
    });
  }

  /** Writes √2·cos or √2·sin of all projections. */
  into(out: Float64Array, at: number, x: Float64Array, isOdd: boolean): void {
    this.#dense ? this.#project(this.#dense, x) : this.#transform(x);
    const wave = isOdd ? Math.sin : Math.cos;
    for (let i = 0; i < this.#count; i++) {
      out[at + i] = Math.SQRT2 * wave(this.#frequencies[i] * this.#projected[i]);
    }
  }

  #project(dense: Float64Array, x: Float64Array): void {
    for (let i = 0, at = 0; i < this.#count; i++) {
      let sum = 0;
      for (let j = 0; j < this.#width; j++) sum += dense[at++] * x[j];
      this.#projected[i] = sum;
    }
  }

  /** H·D₃·H·D₂·H·D₁·x̂/padded, block by block: orthogonal rows of length √padded (Yu et al. 2016, arXiv:1610.09072). */
  #transform(x: Float64Array): void {
    const padded = powerOfTwo(this.#width), projected = this.#projected;
    for (let start = 0; start < projected.length; start += padded) {
      projected.fill(0, start, start + padded);
      projected.set(x, start);
      for (const signs of this.#signs) {
        for (let i = start; i < start + padded; i++) projected[i] *= signs[i];
        walshHadamard(projected, start, padded);
      }
      for (let i = start; i < start + padded; i++) projected[i] /= padded;
    }
  }
}

/** The power that a share `u` of all lies above. */
function powerAbove(u: number, degree: number, tail: Float64Array): number {
  const last = tail.length - 1;
  for (let k = 1; k <= last; k++) if (tail[k] <= u) return degree + k;
  // A straight line in logarithms through the middle and the end: exponents of −½ and less, for kernels with kinks.
  const middle = Math.floor(last / 2);
  const slope = Math.log(tail[middle] / tail[last]) / Math.log((degree + last) / (degree + middle));
  return Math.min(HIGHEST, (degree + last) * (tail[last] / u) ** (1 / Math.max(slope, 0.25)));
}
