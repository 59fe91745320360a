/** Lists of numbers in some precision, as far as linear maps of positions need them. */

/** Lists `V` of numbers, and factors `F` of them. */
export interface Numbers<V, F> {
  /** So many zeros */
  readonly zeros: (count: number) => V;
  readonly count: (values: V) => number;
  /** The product of weights */
  readonly factor: (...weights: readonly (F | number)[]) => F;
  /** out[to] += factor · values[from] */
  readonly addTimes: (out: V, to: number, factor: F, values: V, from: number) => void;
}

/** Double precision. */
export const doubles: Numbers<Float64Array, number> = {
  zeros: (count) => new Float64Array(count),
  count: (values) => values.length,
  factor: (...weights) => weights.reduce((product, weight) => product * weight),
  addTimes(out, to, factor, values, from) {
    out[to] += factor * values[from];
  },
};
