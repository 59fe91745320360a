/**
 * What the steps of a feature map read besides values, as shaders do: terms, words (links, signs) and real numbers (weights, shifts).
 * In: parts of steps. Out: where they are in the tables.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Layout } from "../layout.ts";
import type { Links, Term } from "../steps.ts";
import { NONE, termStruct } from "./structs.ts";

/** The tables of a map as they are uploaded. */
export interface TableData {
  readonly terms: Uint32Array;
  readonly words: Uint32Array;
  readonly reals: Values;
}

/** Collects tables. */
export class Tables {
  readonly #layout: Layout;
  readonly #terms: number[] = [];
  readonly #words: number[] = [];
  readonly #reals: number[] = [];
  readonly #links = new Map<Links, { readonly starts: number; readonly entries: number }>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Where terms are. */
  terms(terms: readonly Term[]): { readonly terms: number; readonly term_count: number } {
    const first = this.#terms.length / termStruct.words(undefined, {}).length;
    for (const term of terms) append(this.#terms, this.#term(term));
    return { terms: first, term_count: terms.length };
  }

  #term({ from, links, factor, offset, signs }: Term): number[] {
    const width = from?.columns ?? 1;
    return termStruct.words({
      ...{
        place: from ? this.#layout.places.get(from.id)! : NONE,
        stride: from ? from.positions * width : 0,
      },
      ...{ width, offset, signs: this.signs(signs) },
      ...links ? this.#linked(links) : { starts: NONE, entries: 0 },
      weights: this.reals(links ? links.weights.map((weight) => factor * weight) : [factor]),
    }, {});
  }

  #linked(links: Links) {
    const known = this.#links.get(links);
    if (known) return known;
    const entries: number[] = [];
    links.at.forEach((p, k) => entries.push(p, links.taps[k]));
    const linked = { starts: this.words(links.starts), entries: this.words(entries) };
    this.#links.set(links, linked);
    return linked;
  }

  /** Where signs are, 32 in a word, the lowest bit first and set for −1; `NONE` where there are none. */
  signs(signs: Float64Array | null): number {
    if (signs === null) return NONE;
    const words = new Uint32Array(Math.ceil(signs.length / 32));
    signs.forEach((sign, n) => words[n >> 5] |= sign < 0 ? 1 << (n & 31) : 0);
    return this.words(words);
  }

  /** Where these words are. */
  words(values: ArrayLike<number>): number {
    return append(this.#words, values);
  }

  /** Where these numbers are; `NONE` where there are none. */
  reals(values: ArrayLike<number> | null): number {
    return values === null ? NONE : append(this.#reals, values);
  }

  /** All of them. */
  data(dtype: DType): TableData {
    const reals = allocate(this.#reals.length, dtype);
    reals.set(this.#reals);
    return { terms: Uint32Array.from(this.#terms), words: Uint32Array.from(this.#words), reals };
  }
}

/** Adds values behind those that there are, and returns where they start; arguments of `push` have to be few. */
function append(list: number[], values: ArrayLike<number>): number {
  const start = list.length;
  for (let k = 0; k < values.length; k++) list.push(values[k]);
  return start;
}
