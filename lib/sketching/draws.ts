/** Random signs and places: what a sketch is drawn from, and the checks of given ones. */
import { type ArrayInput, NdArray, ownArray } from "../array/mod.ts";
import { outOfRange } from "../options.ts";
import { choice, type Key } from "../random/mod.ts";

/** Signs −1 and 1 with equal probabilities. */
export function drawSigns(key: Key, shape: readonly number[]): NdArray<Float64Array> {
  return new NdArray(Float64Array.from(choice(key, 2, shape).data, (bit) => 2 * bit - 1), shape);
}

/** Places from 0 to dim − 1, with replacement. */
export function drawIndices(key: Key, dim: number, shape: readonly number[]): NdArray<Float64Array> {
  return new NdArray(Float64Array.from(choice(key, dim, shape).data), shape);
}

/** A copy of given signs, of which there are `axes` axes. */
export function signsOf(
  action: string,
  name: string,
  given: ArrayInput,
  axes: number,
): NdArray<Float64Array> {
  return checked(action, name, given, axes, "−1 or 1", (sign) => sign === 1 || sign === -1);
}

/** A copy of given places among `dim`. */
export function indicesOf(
  action: string,
  name: string,
  given: ArrayInput,
  axes: number,
  dim: number,
): NdArray<Float64Array> {
  const isPlace = (index: number) => Number.isInteger(index) && index >= 0 && index < dim;
  return checked(action, name, given, axes, `an integer from 0 to ${dim - 1}`, isPlace);
}

function checked(
  action: string,
  name: string,
  given: ArrayInput,
  axes: number,
  must: string,
  test: (entry: number) => boolean,
): NdArray<Float64Array> {
  const { data, shape } = ownArray(given, name);
  if (shape.length !== axes) {
    throw new TypeError(
      `Cannot ${action} as the number of axes of ${name} must be ${axes}: current value is ${shape.length}`,
    );
  }
  const bad = data.findIndex((entry) => !test(entry));
  if (bad >= 0) throw outOfRange(action, `each entry of ${name}`, must, data[bad]);
  return new NdArray(Float64Array.from(data), shape);
}

/** Refuses an array of another shape than it must have. */
export function requireShape(action: string, name: string, a: NdArray, shape: readonly number[]): void {
  if (String(a.shape) === String(shape)) return;
  throw new TypeError(
    `Cannot ${action} as the shape of ${name} must be [${shape.join(", ")}]: current value is [${
      a.shape.join(", ")
    }]`,
  );
}
