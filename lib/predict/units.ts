/** Units of arrays, in which nothing over- or underflows on the way to a result that does not. */
import { NdArray } from "../array/mod.ts";
import { unitOf } from "../linalg/precision.ts";
import { largest } from "../linalg/symmetric.ts";

/** The unit for arrays that are added to each other. */
export function commonUnit(...arrays: readonly NdArray[]): number {
  return unitOf(Math.max(...arrays.map(({ data }) => largest(data))));
}

/** A/unit; A itself if the unit is 1. Divided, as the inverse of the smallest unit would overflow. */
export function inUnits<T extends NdArray>(a: T, unit: number): T {
  return unit === 1 ? a : new NdArray(a.data.map((value) => value / unit), a.shape) as T;
}

/** unit·A, refused where it is out of range; `what` names it. */
export function fromUnits(a: NdArray<Float64Array>, unit: number, what: string): NdArray<Float64Array> {
  const product = unit === 1 ? a : new NdArray(a.data.map((value) => value * unit), a.shape);
  const bad = product.data.find((value) => !Number.isFinite(value));
  if (bad === undefined) return product;
  throw new RangeError(
    `Cannot predict as ${what} must stay below 1.8e308: current value is ${bad}; scale targets and kernels down`,
  );
}
