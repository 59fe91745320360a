/** Classes as targets of a regression. */
import { NdArray } from "../lib/array/mod.ts";

const classCount = 10;

/** A row of ten for each label 0 to 9: 1 at the label, 0 elsewhere. */
export function oneHot(labels: Uint8Array): NdArray<Float64Array> {
  const data = new Float64Array(labels.length * classCount);
  labels.forEach((label, i) => data[i * classCount + label] = 1);
  return new NdArray(data, [labels.length, classCount]);
}
