/** Units in which targets have mean 0 and variance 1. */
import { NdArray } from "../array/mod.ts";

/** Of each output, what is subtracted, and what is divided by after that. */
export interface Standardization {
  readonly offsets: readonly number[];
  readonly scales: readonly number[];
}

/** Means and standard deviations of the columns; a scale of 1 where a column is constant. */
export function standardization({ data, shape: [n, outputs] }: NdArray<Float64Array>): Standardization {
  const columns = Array.from({ length: outputs }, (_, c) => {
    let sum = 0, squares = 0;
    for (let at = c; at < data.length; at += outputs) sum += data[at];
    const mean = sum / n;
    for (let at = c; at < data.length; at += outputs) squares += (data[at] - mean) ** 2;
    return { mean, deviation: Math.sqrt(squares / n) || 1 };
  });
  return {
    offsets: columns.map(({ mean }) => mean),
    scales: columns.map(({ deviation }) => deviation),
  };
}

/** Units of outputs that stay as they are. */
export const unchanged = (outputs: number): Standardization => ({
  offsets: Array(outputs).fill(0),
  scales: Array(outputs).fill(1),
});

/** The targets in those units. */
export function standardized(
  { data, shape }: NdArray<Float64Array>,
  { offsets, scales }: Standardization,
): NdArray<Float64Array> {
  const outputs = shape[1];
  return new NdArray(data.map((value, at) => (value - offsets[at % outputs]) / scales[at % outputs]), shape);
}

/** Σ log of the scales: what a log density in those units is larger than in the units of the targets, for each point. */
export const logVolume = ({ scales }: Standardization): number =>
  scales.reduce((sum, scale) => sum + Math.log(scale), 0);
