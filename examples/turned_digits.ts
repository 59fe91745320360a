/** What a model says of digits that are turned away from how they were when it was trained. */
import type { NdArray, predict } from "../mod.ts";
import { accuracyOf, guessesOf, mean } from "./calibration.ts";
import { rotated } from "./rotation.ts";

/** Digits turned by an angle. */
export interface Turn {
  readonly degrees: number;
  /** Standard deviation of each digit. */
  readonly stds: readonly number[];
  readonly meanStd: number;
  /** The class that each is taken for. */
  readonly classes: readonly number[];
  /** The share of right ones. */
  readonly accuracy: number;
}

/** 0°, 15°, … 180°. */
export const angles: readonly number[] = Array.from({ length: 13 }, (_, i) => 15 * i);

/** Some digits turned by an angle; `stdScale` is the factor of what the model says of their standard deviations. */
export async function turn(
  model: predict.RegressionModel,
  digits: { readonly x: NdArray<Float64Array>; readonly labels: ArrayLike<number> },
  { degrees, stdScale, inputs }: {
    readonly degrees: number;
    readonly stdScale: number;
    /** What the model takes for images. */
    readonly inputs: (x: NdArray<Float64Array>) => NdArray<Float64Array>;
  },
): Promise<Turn> {
  const prediction = await model.predict(inputs(rotated(digits.x, degrees)));
  const guesses = guessesOf(prediction.mean, digits.labels);
  const stds = stdsOf(prediction).map((std) => stdScale * std);
  return {
    degrees,
    stds,
    meanStd: mean(stds),
    classes: guesses.map(({ class: guess }) => guess),
    accuracy: accuracyOf(guesses),
  };
}

/** The standard deviation of each point, which all outputs have in common. */
export function stdsOf({ std: { data, shape: [points, outputs] } }: predict.Prediction): number[] {
  return Array.from({ length: points }, (_, i) => data[i * outputs]);
}

/**
 * The angle from which on digits look unlike those that are upright. Interpolation smooths all that are turned by less than a quarter, or
 * by more, which makes their standard deviation a little smaller: nearer angles may not show a rise.
 */
const FAR = 30;

/** Whether the standard deviation rises as digits turn away, as it must: at every angle that is far it is above that of upright ones. */
export function riseOf(turns: readonly Turn[]): { readonly rises: boolean; readonly text: string } {
  const [upright, ...others] = turns;
  const far = others.filter(({ degrees }) => degrees >= FAR);
  const lowest = far.reduce((a, b) => b.meanStd < a.meanStd ? b : a);
  const highest = far.reduce((a, b) => b.meanStd > a.meanStd ? b : a);
  const share = mean(highest.stds.map((std, i) => Number(std > upright.stds[i])));
  const rises = lowest.meanStd > upright.meanStd;
  const figure = ({ meanStd, degrees }: Turn) => `${meanStd.toFixed(4)} at ${degrees}°`;
  return {
    rises,
    text: rises
      ? `The std rises: from ${figure(upright)} to ${figure(highest)}, where it is larger for ` +
        `${(100 * share).toFixed(0)} % of the digits, and at least ${figure(lowest)} from ${FAR}° on`
      : `The std does not rise: it is ${figure(upright)}, but ${figure(lowest)}`,
  };
}
