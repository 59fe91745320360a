/** Whether probabilities of classes are those with which the classes are right; Guo et al. 2017 (arXiv:1706.04599). */
import type { NdArray } from "../lib/array/mod.ts";

/** The class of the largest probability. */
export interface Guess {
  readonly class: number;
  /** Its probability. */
  readonly confidence: number;
  readonly isRight: boolean;
}

/** The guesses for points whose classes are known, from probabilities of shape [points, classes]. */
export function guessesOf({ data, shape: [, width] }: NdArray, labels: ArrayLike<number>): Guess[] {
  return Array.from(labels, (label, i) => {
    const row = Array.from(data.subarray(i * width, (i + 1) * width));
    const confidence = Math.max(...row);
    const guess = row.indexOf(confidence);
    return { class: guess, confidence, isRight: guess === label };
  });
}

/** Guesses of like confidence. */
export interface Bin {
  /** Confidences above `low` and up to `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** The mean. */
  readonly confidence: number;
  /** The share of right guesses. */
  readonly accuracy: number;
}

/** The guesses in so many bins of equal width, those that have any: points of a reliability diagram. */
export function reliability(guesses: readonly Guess[], bins = 10): Bin[] {
  const parts = Array.from({ length: bins }, () => [] as Guess[]);
  for (const guess of guesses) parts[Math.max(0, Math.ceil(guess.confidence * bins) - 1)].push(guess);
  return parts.flatMap((part, i) =>
    part.length === 0 ? [] : [{
      low: i / bins,
      high: (i + 1) / bins,
      count: part.length,
      confidence: mean(part.map(({ confidence }) => confidence)),
      accuracy: accuracyOf(part),
    }]
  );
}

/** The expected calibration error: the mean over guesses of |accuracy − confidence| of their bin. */
export function calibrationError(bins: readonly Bin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, bin) => sum + bin.count / total * Math.abs(bin.accuracy - bin.confidence), 0);
}

/** The share of right guesses. */
export function accuracyOf(guesses: readonly Guess[]): number {
  return mean(guesses.map(({ isRight }) => Number(isRight)));
}

/** The guesses that stay when a share of them, the least certain ones, is set aside; `certainty` has a number for each. */
export function mostCertain(
  guesses: readonly Guess[],
  certainty: ArrayLike<number>,
  share: number,
): Guess[] {
  const order = guesses.map((_, i) => i).sort((i, j) => certainty[j] - certainty[i]);
  return order.slice(0, guesses.length - Math.floor(share * guesses.length)).map((i) => guesses[i]);
}

/**
 * The factor that standard deviations need for the errors of predictions to have variance 1 by them: √ mean ((y − mean)/std)². Of all
 * factors it makes the targets most likely if they are predicted from all others.
 */
export function scaleOfStd(
  { data: y }: NdArray,
  { mean: { data: means }, std: { data: stds } }: { readonly mean: NdArray; readonly std: NdArray },
): number {
  return Math.sqrt(mean(Array.from(y, (target, i) => ((target - means[i]) / stds[i]) ** 2)));
}

/** The mean of some numbers. */
export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
