/**
 * Features as sums of kernels, and the steps that compute them, with random choices. In: which values, mapped and scaled, a kernel is the
 * sum of (walk.ts). Out: steps.
 */
import { foldIn, type Key, normal } from "../../random/mod.ts";
import { signs } from "../projections.ts";
import { ROUNDS } from "./project.ts";
import type { FeatureStep, Links, Term, Value } from "./steps.ts";

/** A kernel that is part of a sum: its features are those of a value, or a constant. */
export interface Part {
  /** null for a constant */
  readonly value: Value | null;
  readonly links: Links | null;
  /** Of features: the kernel is the square of it as large */
  readonly factor: number;
}

/** A kernel as a sum: features side by side. */
export type Sum = readonly Part[];

const nothing: Part = { value: null, links: null, factor: 0 };

/** Writes steps. */
export class Drawing {
  readonly steps: FeatureStep[] = [];
  readonly #key: Key;
  #draws = 0;
  #values = 0;

  /** @param columns of all values in between, a power of two */
  constructor(key: Key, readonly columns: number) {
    this.#key = key;
  }

  /** A new value. */
  value(positions: number, columns = this.columns, isRaw = false): Value {
    return { id: this.#values++, positions, columns, isRaw };
  }

  #next(): Key {
    return foldIn(this.#key, this.#draws++);
  }

  #signs(count: number): Float64Array {
    return signs(this.#next(), count);
  }

  /** The features of a sum, in at most so many columns: those of a value that there is, or a new one. */
  gathered(sum: Sum, positions: number, columns = this.columns): Value {
    const [{ value, links, factor } = nothing, ...others] = sum;
    if (value && !links && factor === 1 && others.length === 0 && value.columns <= columns) return value;
    return this.copied(sum, positions, columns);
  }

  /** The same as a new value. */
  copied(sum: Sum, positions: number, columns = this.columns): Value {
    const { terms, width } = this.#terms(sum, columns);
    const isRaw = terms.every(({ from, signs }) => from?.isRaw && !signs);
    const to = this.value(positions, Math.min(columns, width), isRaw);
    this.steps.push({ kind: "gather", to, terms, projection: null });
    return to;
  }

  /** Projections ⟨w, φ⟩ of a sum, with its kernel as their covariance, one a column; `isGaussian` if more than that matters. */
  projected(sum: Sum, positions: number, isGaussian: boolean): Value {
    const { columns } = this;
    const constants = sum.filter(({ value, links }) => !value && !links);
    const { terms } = this.#terms(sum.filter((part) => !constants.includes(part)), columns);
    const rounds = isGaussian && terms.some(({ from }) => !from || from.isRaw) ? ROUNDS : 1;
    const hasSigns = terms.some(({ signs }) => signs);
    const size = Math.hypot(...constants.map(({ factor }) => factor));
    const projection = {
      rounds: Array.from({ length: rounds }, (_, i) => i === 0 && hasSigns ? null : this.#signs(columns)),
      shift: size > 0 ? normal(this.#next(), [columns]).data.map((z) => size * z) : null,
    };
    const to = this.value(positions);
    this.steps.push({ kind: "gather", to, terms, projection });
    return to;
  }

  /** The parts side by side, with signs where there are more columns than room. */
  #terms(sum: Sum, columns: number): { readonly terms: readonly Term[]; readonly width: number } {
    const widths = sum.map(({ value, links }) => (value?.columns ?? 1) * (links?.tapCount ?? 1));
    const width = widths.reduce((all, one) => all + one, 0);
    let offset = 0;
    const terms = sum.map(({ value: from, links, factor }, i): Term => {
      const term = { from, links, factor, offset, signs: width > columns ? this.#signs(widths[i]) : null };
      offset = (offset + widths[i]) % columns;
      return term;
    });
    return { terms, width: Math.max(1, width) };
  }
}
