/**
 * By what the powers of a kernel are multiplied in random columns (random_columns.ts), so that the mean of products of columns is
 * Σₖ Gₖ(v₁, v₂)·ρᵏ.
 *
 * In: the functions of the norm of a row (norm_functions.ts). Out: a factor for each part of the kernel, for one group of columns after the
 * other: Σⱼ ±gⱼ(v), plus a wave over norms of what these functions leave.
 */
import { bits32 } from "../random/bits.ts";
import { foldIn, type Key, uniform } from "../random/mod.ts";
import type { NormFunctions } from "./norm_functions.ts";

/** Functions of the norm of a part at most; and, in bit n, whether n has an odd number of bits. */
const FUNCTIONS = 8;
const PARITIES = 0b10010110;
/** Rate of the decay of what is left with the distance of logarithms of mean squares: pivots are 1.4 or more apart. */
const RATE = 2;

/** The factors of groups of columns. */
export class GroupFactors {
  readonly #functions: NormFunctions;
  readonly #scales: Float64Array;
  /** Which pattern of signs the first group has */
  readonly #offset: number;
  /** Waves over log v: cosines with E of products exp(−rate·|log v₁ − log v₂|)/2, of frequencies of Cauchy's distribution */
  readonly #frequencies: Float64Array;
  readonly #phases: Float64Array;
  readonly #factors: Float64Array;

  /** @param scales what all factors of a part are multiplied by: 0 for parts that are left out */
  constructor(key: Key, functions: NormFunctions, scales: Float64Array, groups: number) {
    const [frequencies, phases] = [1, 2].map((index) => uniform(foldIn(key, index), [groups]).data);
    this.#functions = functions;
    this.#scales = scales;
    this.#offset = bits32(foldIn(key, 0), 1)[0] % FUNCTIONS;
    this.#frequencies = frequencies.map((u) => RATE * Math.tan(Math.PI * (u - 0.5)));
    this.#phases = phases.map((u) => 2 * Math.PI * u);
    this.#factors = new Float64Array(groups * scales.length);
  }

  /** The factors of all parts of the first group, then of the second, …; overwritten by those of the next row. */
  of(functions: Float64Array, variance: number): Float64Array {
    const factors = this.#factors, parts = this.#scales.length;
    const patterns = this.#patterns(functions);
    const left = this.#scales.map((scale, p) =>
      scale * Math.sqrt(2 * Math.max(0, functions[this.#functions.rest + p]))
    );
    const place = variance > 0 ? Math.log(variance) : 0;
    for (let group = 0, at = 0; at < factors.length; group++, at += parts) {
      const wave = Math.cos(this.#frequencies[group] * place + this.#phases[group]);
      const pattern = patterns[(group + this.#offset) % FUNCTIONS];
      for (let p = 0; p < parts; p++) factors[at + p] = pattern[p] + left[p] * wave;
    }
    return factors;
  }

  /**
   * Σⱼ ±gⱼ(v) for each part. Signs over patterns are a Walsh function for each j: products of two of them are 0 in the mean over eight
   * patterns, so that no two functions mix.
   */
  #patterns(functions: Float64Array): Float64Array[] {
    const { starts } = this.#functions;
    const factor = (n: number, p: number) => {
      let sum = 0;
      for (let j = starts[p]; j < starts[p + 1]; j++) {
        sum += PARITIES >>> (j - starts[p] & n) & 1 ? -functions[j] : functions[j];
      }
      return sum;
    };
    return Array.from(
      { length: FUNCTIONS },
      (_, n) => this.#scales.map((scale, p) => scale === 0 ? 0 : scale * factor(n, p)),
    );
  }
}
