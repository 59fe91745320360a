/** Kernels of convolutional layers. */
import { type Expr, type Operand, toExpr } from "../../expr/expr.ts";
import { unitsOf } from "../weights.ts";
import { type ConvLayer, mapsOf, orderOf, specOf } from "./maps.ts";
import type { ConvSpec } from "./dimension_numbers.ts";
import {
  atSamePosition,
  type Context,
  type KernelExpr,
  mapAllPositions,
  mapPositions,
  scaled,
} from "../../network/kernel_expr.ts";
import type { Free } from "../../network/layer.ts";
import { countOf } from "../../array/dtype.ts";

/** The kernel of the layer's output. */
export function convolve(
  layer: Free<ConvLayer, "wStd" | "bStd">,
  input: KernelExpr,
  context: Context,
): KernelExpr {
  const { type, filterShape, wStd, bStd, parameterization, outChan, s } = layer;
  const axes = mapsOf(layer, input.positions);
  const local = type === "ConvLocal" && axes.length > 0;
  const k = mapPositions(input, { axes, local }, context);
  // Biases are as local as the weights.
  const shifted = (cov: Expr, shift: Operand) => cov.add(local ? atSamePosition.select(shift, 0) : shift);
  const [variance, biasVariance] = [toExpr(wStd).square(), toExpr(bStd ?? 0).square()];
  const variances = scaled(k, variance, biasVariance);
  const nngp = shifted(k.nngp.mul(variance), biasVariance);
  const own = parameterization === "ntk"
    ? nngp
    : shifted(k.nngp.mul(input.width * countOf(filterShape) / s[0]), bStd === null ? 0 : 1);
  const ntk = own.add(k.ntk.mul(variance));
  return rearranged(
    specOf(layer),
    { ...variances, nngp, ntk, width: unitsOf(layer, outChan), isGaussian: true, isInput: false, shared: [] },
    context,
  );
}

/** The kernel with positions in the order of the output. */
function rearranged({ outOrder, outAxes }: ConvSpec, k: KernelExpr, context: Context): KernelExpr {
  if (outOrder.every((axis, i) => axis === i)) return { ...k, ...outAxes };
  const positions = outOrder.map((axis) => k.positions[axis]);
  return { ...mapAllPositions(k, orderOf(outOrder, k.positions), positions, context), ...outAxes };
}
