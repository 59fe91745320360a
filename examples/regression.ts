/** What regressions of images are given and give, whether by features or by the exact kernel. */
import { concatenate, type NdArray } from "../lib/array/mod.ts";
import { largestAt } from "../lib/predict/one_hot.ts";

/** Images, shape [n, height, width, channels], and their one-hot labels, shape [n, classes]. */
export interface Labelled {
  readonly x: NdArray<Float64Array>;
  readonly y: NdArray<Float64Array>;
}

/** Images to fit, to choose the regularization by, and to test. */
export interface Task {
  readonly train: Labelled;
  readonly validation: Labelled;
  readonly test: Labelled;
}

/** What a regularization that validation has chosen is fitted to in the end. */
export const fittedInTheEnd = ({ train, validation }: Task): Labelled => ({
  x: concatenate([train.x, validation.x]),
  y: concatenate([train.y, validation.y]),
});

/** How many images a task has in all. */
export function imageCount({ train, validation, test }: Task): number {
  return train.x.shape[0] + validation.x.shape[0] + test.x.shape[0];
}

/** How a regularization does on the images of validation. */
export interface Row {
  /** What is added to the diagonal. */
  readonly regularization: number;
  /** Mean squared error. */
  readonly error: number;
  /** Percent of the images whose largest output is their class. */
  readonly accuracy: number;
}

/** What came of a regression. */
export interface Outcome {
  /** All regularizations, in ascending order. */
  readonly rows: readonly Row[];
  /** The row of the least error. */
  readonly chosen: Row;
  /** Percent of the test images whose largest output is their class, with the regularization that was chosen. */
  readonly accuracy: number;
  /** All that it took. */
  readonly seconds: number;
}

/** 20 from 1e-10 to 100, equally spaced on a logarithmic scale. */
export const regularizations: readonly number[] = Array.from(
  { length: 20 },
  (_, l) => 10 ** (-10 + 12 * l / 19),
);

/** The number of rows whose largest output is where that of the target is. */
export function hits(outputs: NdArray<Float64Array>, targets: NdArray<Float64Array>): number {
  const [count, width] = targets.shape;
  const classOf = ({ data }: NdArray<Float64Array>, i: number) => largestAt(data, i * width, width);
  let right = 0;
  for (let i = 0; i < count; i++) right += Number(classOf(outputs, i) === classOf(targets, i));
  return right;
}
