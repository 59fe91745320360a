/** Layers with one input: they refuse branches with the usual fix. */
import { NdArray } from "../array/mod.ts";
import { type ArrayTree, isShapes, type Shape, type ShapeTree } from "./layer.ts";
import { isBranches, type KernelExpr, type KernelTree } from "./kernel_expr.ts";

/** The one kernel of a layer's input. */
export function oneKernel(layer: string, input: KernelTree): KernelExpr {
  if (isBranches(input)) refuse(layer, input.length);
  return input;
}

/** The one shape of a layer's input. */
export function oneShape(layer: string, input: ShapeTree): Shape {
  if (isShapes(input)) refuse(layer, input.length);
  return input as Shape;
}

/** The one array of a layer's input. */
export function oneArray(layer: string, input: ArrayTree): NdArray<Float64Array> {
  if (!(input instanceof NdArray)) refuse(layer, input.length);
  return input;
}

function refuse(layer: string, count: number): never {
  throw new TypeError(
    `Cannot apply ${layer} as its input must be one branch: current value is ${count} branches, ` +
      "put FanInSum() or parallel(…) before it",
  );
}
