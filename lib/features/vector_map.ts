/**
 * Features of one kernel of a network over vectors, a row after the other: first the powers that are exact, then the random columns of all
 * others (random_columns.ts), as the budget says.
 */
import { bits32 } from "../random/bits.ts";
import { foldIn, type Key } from "../random/mod.ts";
import type { Budget } from "./budget.ts";
import { exactPower } from "./directions.ts";
import type { NormFunctions } from "./norm_functions.ts";
import { RandomColumns } from "./random_columns.ts";
import type { HighPowers } from "./waves.ts";

/** The features of one kernel. */
export class VectorMap {
  readonly #functions: NormFunctions;
  readonly #budget: Budget;
  readonly #degree: number;
  /** Random signs of exact columns */
  readonly #words: Uint32Array;
  readonly #random: RandomColumns | null;

  /** @param high the powers above the degree */
  constructor(key: Key, functions: NormFunctions, budget: Budget, width: number, high: HighPowers) {
    const { exact, random, total } = budget;
    this.#functions = functions;
    this.#budget = budget;
    this.#degree = high.degree;
    this.#words = total > random ? bits32(foldIn(key, 0), total - random) : new Uint32Array();
    this.#random = random > 0
      ? new RandomColumns(foldIn(key, 1), functions, { count: random, exact, width, high })
      : null;
  }

  /** Columns in all. */
  get columns(): number {
    return this.#budget.total;
  }

  /** Projections of a direction that the random columns are made of, at least. */
  get projections(): number {
    return this.#random?.projections ?? 0;
  }

  /** Writes the features of a row of direction x̂, its projections and its mean square. */
  into(out: Float64Array, direction: Float64Array, projected: Float64Array, variance: number): void {
    const functions = this.#functions.at(variance);
    const { exact, columns, total, random } = this.#budget;
    let start = 0;
    for (let p = 0; p < exact; p++) {
      if (columns[p] > 0) this.#exact(out, start, p, functions, direction);
      start += columns[p];
    }
    this.#random?.into(out.subarray(total - random), direction, projected, variance, functions);
  }

  /** Writes an exact part: once for each function of the norm, or for all of them with random signs. */
  #exact(
    out: Float64Array,
    start: number,
    p: number,
    functions: Float64Array,
    direction: Float64Array,
  ): void {
    const own = functions.subarray(this.#functions.starts[p], this.#functions.starts[p + 1]);
    const size = this.#entries(out, start, p, direction);
    if (own.length * size === this.#budget.columns[p]) {
      for (let j = own.length - 1; j >= 0; j--) {
        for (let i = 0; i < size; i++) out[start + j * size + i] = out[start + i] * own[j];
      }
      return;
    }
    for (let i = start; i < start + size; i++) {
      let factor = own[0];
      for (let j = 1; j < own.length; j++) factor += this.#words[i] >>> j & 1 ? own[j] : -own[j];
      out[i] *= factor;
    }
  }

  /** Writes the entries of an exact part, and says how many; of inputs of one entry, the higher even or odd powers are 1 or the sign. */
  #entries(out: Float64Array, start: number, p: number, direction: Float64Array): number {
    if (p <= this.#degree) return exactPower(direction, p, out, start);
    out[start] = p === this.#degree + 1 ? 1 : direction[0];
    return 1;
  }
}
