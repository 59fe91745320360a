/**
 * Features of one kernel of a network over vectors, a row after the other: φ(x) = (…, gₚ(v)·ψₚ(x̂)/√Dₚ, …) over the parts p of
 * the kernel, with functions gₚ of the mean square (norm_functions.ts) and ψₚ of the direction (directions.ts), as many columns as the
 * budget has.
 */
import { bits32 } from "../random/bits.ts";
import { foldIn, type Key, uniform } from "../random/mod.ts";
import type { Budget } from "./budget.ts";
import { exactPower, type SketchedPowers, Waves } from "./directions.ts";
import type { NormFunctions } from "./norm_functions.ts";

/** Bits of a draw that are signs of one column, so that many functions of the norm get one each. */
const SIGNS = 32;
/** Functions, and what is left of a kernel, below this share of its first function, or of the kernel, are left out. */
const NEGLIGIBLE = 1e-5;
/** Rate of the decay of what is left with the distance of logarithms of mean squares: pivots are 1.4 or more apart. */
const RATE = 2;

/** One part of the columns. */
interface Part {
  readonly start: number;
  readonly count: number;
  /** Its functions of the norm, from … to */
  readonly from: number;
  readonly to: number;
  /** A word of random signs for each column */
  readonly words: Uint32Array;
  /** The place of what is left of Gₚ(v, v), and a wave over log v for each column: frequencies, then phases */
  readonly rest: number;
  readonly waves: Float64Array;
}

/** The mean square of a row, and the functions at it. */
interface Norm {
  readonly variance: number;
  readonly functions: Float64Array;
}

/** Keys from here on are those of waves over norms. */
const WAVES = 1024;

/** Frequencies and phases with E of products of √2·cos exp(−rate·|log v₁ − log v₂|): frequencies of Cauchy's distribution. */
function normWaves(key: Key, count: number): Float64Array {
  const [frequencies, phases] = [0, 1].map((i) => uniform(foldIn(key, i), [count]).data);
  const waves = new Float64Array(2 * count);
  waves.set(frequencies.map((u) => RATE * Math.tan(Math.PI * (u - 0.5))));
  waves.set(phases.map((u) => 2 * Math.PI * u), count);
  return waves;
}

/** The features of one kernel. */
export class VectorMap {
  readonly #functions: NormFunctions;
  readonly #budget: Budget;
  readonly #parts: readonly Part[];
  readonly #waves: readonly (Waves | null)[];

  /** @param tails how the powers above `degree` are distributed, the even and the odd ones: see `Waves` */
  constructor(
    key: Key,
    functions: NormFunctions,
    budget: Budget,
    { width, tails }: { readonly width: number; readonly tails: readonly [Float64Array, Float64Array] },
  ) {
    this.#functions = functions;
    this.#budget = budget;
    let start = 0;
    this.#parts = budget.columns.map((count, p) => {
      const [from, to] = [functions.starts[p], functions.starts[p + 1]];
      const varies = p > 0 && count > 0;
      const part = {
        ...{ start, count, from, to: Math.min(to, from + SIGNS + 1), rest: functions.rest + p },
        words: varies ? bits32(foldIn(key, p), count) : new Uint32Array(),
        waves: varies ? normWaves(foldIn(key, WAVES + p), count) : new Float64Array(),
      };
      start += count;
      return part;
    });
    const degree = budget.columns.length - 3;
    this.#waves = tails.map((tail, odd) => {
      const count = budget.columns[degree + 1 + odd];
      if (count === 0 || width === 1) return null;
      return new Waves(foldIn(key, degree + 3 + odd), { width, count, degree, tail });
    });
  }

  /** Columns in all. */
  get columns(): number {
    return this.#budget.total;
  }

  /** The largest number of columns of a power that is sketched. */
  get sketched(): number {
    return Math.max(0, ...this.#sketchedPowers().map((k) => this.#parts[k].count));
  }

  /** The highest power that is sketched, or 0. */
  get highest(): number {
    return Math.max(0, ...this.#sketchedPowers());
  }

  #sketchedPowers(): number[] {
    const degree = this.#parts.length - 3;
    const powers = Array.from({ length: degree + 1 }, (_, k) => k);
    return powers.filter((k) => k >= this.#budget.exact && this.#parts[k].count > 0);
  }

  /** Writes all but the sketched powers, for a row of direction x̂ and mean square v. */
  begin(out: Float64Array, direction: Float64Array, variance: number): Norm {
    const functions = this.#functions.at(variance);
    const degree = this.#parts.length - 3;
    for (let p = 0; p < Math.min(this.#budget.exact, degree + 1); p++) {
      this.#exact(out, this.#parts[p], functions, variance, (at) => exactPower(direction, p, out, at));
    }
    this.#waves.forEach((waves, odd) => {
      const part = this.#parts[degree + 1 + odd];
      if (waves) {
        waves.into(out, part.start, direction, odd === 1);
        this.#scale(out, part, { functions, variance }, 1 / Math.sqrt(part.count));
      } else {
        this.#exact(out, part, functions, variance, (at) => {
          out[at] = odd === 1 ? direction[0] : 1;
          return 1;
        });
      }
    });
    return { functions, variance };
  }

  /** Writes a part that is exact, by what writes its entries and says how many there are: once for each function, or for all. */
  #exact(
    out: Float64Array,
    part: Part,
    functions: Float64Array,
    variance: number,
    entries: (at: number) => number,
  ): void {
    const { start, count, from, to } = part;
    if (count === 0) return;
    const size = entries(start);
    if (count === size && to - from > 1) return this.#scale(out, part, { functions, variance }, 1);
    for (let j = to - from - 1; j >= 0; j--) {
      for (let i = 0; i < size; i++) out[start + j * size + i] = out[start + i] * functions[from + j];
    }
  }

  /** Writes the columns of the sketched power k. */
  power(out: Float64Array, norm: Norm, sketch: Float64Array, k: number): void {
    const part = this.#parts[k];
    if (part.count === 0 || k < this.#budget.exact) return;
    out.set(sketch.subarray(0, part.count), part.start);
    this.#scale(out, part, norm, 1 / Math.sqrt(part.count));
  }

  /**
   * Columns times the first function, plus or minus the others, plus a wave of what is left: all independent in each column, so that no
   * two of them mix in the mean.
   */
  #scale(out: Float64Array, part: Part, { functions, variance }: Norm, scale: number): void {
    const { start, count, from, to, words, waves } = part;
    const [first, rest] = [functions[from], functions[part.rest]];
    const hasRest = rest > NEGLIGIBLE * first * first;
    if (to - from === 1 && !hasRest) {
      for (let i = start; i < start + count; i++) out[i] *= first * scale;
      return;
    }
    const least = NEGLIGIBLE * Math.abs(first);
    const others = Array.from({ length: to - from - 1 }, (_, j) => j)
      .filter((j) => Math.abs(functions[from + 1 + j]) > least);
    const factors = new Float64Array(count).fill(first);
    for (const j of others) {
      const value = functions[from + 1 + j];
      for (let i = 0; i < count; i++) factors[i] += words[i] >>> j & 1 ? value : -value;
    }
    if (hasRest) {
      const [size, place] = [Math.sqrt(2 * rest), Math.log(variance)];
      for (let i = 0; i < count; i++) factors[i] += size * Math.cos(waves[i] * place + waves[count + i]);
    }
    for (let i = 0; i < count; i++) out[start + i] *= factors[i] * scale;
  }
}

/** Writes the features of a row by all maps, which share the sketches. */
export function mapRow(
  maps: readonly VectorMap[],
  powers: SketchedPowers | null,
  outs: readonly Float64Array[],
  direction: Float64Array,
  variance: number,
): void {
  const norms = maps.map((map, m) => map.begin(outs[m], direction, variance));
  powers?.each(direction, (sketch, k) => {
    maps.forEach((map, m) => map.power(outs[m], norms[m], sketch, k));
  });
}
