/** Training targets as one matrix, a row for each training output position and a column for each output channel. */
import { type ArrayInput, assertFinite, NdArray, ownArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { toFloat64 } from "../linalg/matmul.ts";
import { wrongType } from "../options.ts";

/** Options that say how the axes of the outputs relate to those of the kernel. */
export interface TraceOptions {
  /**
   * Axes of the outputs that the kernel lacks, along which it is Θ ⊗ I. Only [-1] is supported, the output channels
   * of every closed-form kernel. Default [-1].
   */
  readonly traceAxes?: readonly number[];
}

/** Own targets, which the caller may change, of shape [...points, channels] as a float64 matrix of shape [product of points, channels]. */
export interface Labels {
  readonly matrix: NdArray<Float64Array>;
  readonly shape: readonly number[];
  readonly channels: number;
}

/** The targets for the training points of shape `points`. */
export function labelsOf(
  yTrain: ArrayInput,
  points: readonly number[],
  { traceAxes = [-1] }: TraceOptions,
): Labels {
  const y = ownArray(yTrain, "yTrain");
  requireTraceAxes(traceAxes, points.length);
  const { shape } = y;
  if (shape.length !== points.length + 1 || points.some((axis, i) => axis !== shape[i])) {
    throw new TypeError(
      `Cannot predict as the shape of yTrain must be [${
        points.join(", ")
      }, channels] to match kTrainTrain: ` +
        `current value is [${shape.join(", ")}]`,
    );
  }
  assertFinite(y, "yTrain");
  const channels = shape[points.length];
  return { matrix: new NdArray(toFloat64(y).data, [y.size / channels, channels]), shape, channels };
}

/** Refuses all axes but the last, of targets whose points have so many axes. */
export function requireTraceAxes(traceAxes: readonly number[], points: number): void {
  if (!Array.isArray(traceAxes)) {
    throw wrongType("predict", "traceAxes", "a list of axes, such as [-1]", traceAxes);
  }
  if (traceAxes.length === 1 && (traceAxes[0] === -1 || traceAxes[0] === points)) return;
  throw new UnsupportedError(
    `Cannot predict as traceAxes must be [-1]: current value is [${traceAxes.join(", ")}]; ` +
      `move the channels of yTrain to its last axis`,
  );
}

/** A float64 matrix of outputs as an array of shape [...points, channels]; the data are shared. */
export function outputsOf(matrix: NdArray<Float64Array>, points: readonly number[]): NdArray<Float64Array> {
  return new NdArray(matrix.data, [...points, matrix.shape[1]]);
}
