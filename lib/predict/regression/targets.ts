/**
 * Targets of a regression. In: an array of shape [n] or [n, outputs], in its units. Out: a matrix that the model is fitted to, and what
 * gives predictions back in the units and with the axes of the targets.
 */
import { assertFinite, NdArray } from "../../array/mod.ts";
import { toFloat64 } from "../../linalg/matmul.ts";
import { largestAt, OneHot } from "../one_hot.ts";
import {
  logVolume,
  type Standardization,
  standardization,
  standardized,
  unchanged,
} from "../standardization.ts";

/** Targets as a matrix in the units of the model. */
export class Targets {
  /** The targets as they were given */
  readonly given: NdArray<Float64Array>;
  /** Shape [n, outputs] */
  readonly matrix: NdArray<Float64Array>;
  /** The class of each point if all targets are one-hot, else null */
  readonly classes: readonly number[] | null;
  readonly #units: Standardization;

  /** The targets of `points` points; with `standardize` each output has mean 0 and variance 1. */
  constructor(y: NdArray, points: number, standardize: boolean) {
    const given = toFloat64(y);
    const { shape } = given;
    if (shape.length > 2 || shape[0] !== points) {
      throw new TypeError(
        `Cannot fit a regression as the shape of y must be [${points}] or [${points}, outputs] to match x: ` +
          `current value is [${shape.join(", ")}]`,
      );
    }
    assertFinite(given, "y", "fit a regression");
    this.given = given;
    const [outputs = 1] = shape.slice(1);
    const raw = new NdArray(given.data, [points, outputs]);
    this.#units = standardize ? standardization(raw) : unchanged(outputs);
    this.matrix = standardized(raw, this.#units);
    this.classes = classesOf(raw);
  }

  get outputs(): number {
    return this.matrix.shape[1];
  }

  /** See `logVolume` */
  get logVolume(): number {
    return logVolume(this.#units);
  }

  /** Means in the units of the targets; the last axis of `shape` is that of the outputs, which vectors have not. */
  means(data: Float64Array, shape: readonly number[]): NdArray<Float64Array> {
    const { offsets, scales } = this.#units;
    const width = this.outputs;
    const values = data.map((value, i) => offsets[i % width] + scales[i % width] * value);
    return this.#array(values, shape);
  }

  /** Standard deviations of all outputs, from variances that these share. */
  deviations(variances: Float64Array): NdArray<Float64Array> {
    const width = this.outputs;
    const data = new Float64Array(variances.length * width);
    for (let i = 0; i < data.length; i++) {
      data[i] = this.#units.scales[i % width] * Math.sqrt(variances[Math.floor(i / width)]);
    }
    return this.#array(data, [variances.length, width]);
  }

  #array(data: Float64Array, shape: readonly number[]): NdArray<Float64Array> {
    return new NdArray(data, this.given.shape.length === 1 ? shape.slice(0, -1) : shape);
  }
}

function classesOf({ data, shape: [n, width] }: NdArray<Float64Array>): number[] | null {
  const oneHot = new OneHot();
  for (let i = 0; i < n && oneHot.holds; i++) oneHot.look(data.subarray(i * width, (i + 1) * width));
  return oneHot.holds ? Array.from({ length: n }, (_, i) => largestAt(data, i * width, width)) : null;
}
