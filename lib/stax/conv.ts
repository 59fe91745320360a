/** Convolutional layers. */
import { convolution, type Padding, type Window } from "../spatial/axis.ts";
import { finite, integer, oneOf, withDefaults } from "./check.ts";
import { type Context, type KernelExpr, mapCovariances, mapPositions } from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { oneKernel } from "./single.ts";
import type { Parameterization } from "./dense.ts";

/** Options of `Conv`. */
export interface ConvOptions {
  /** Steps of the filter, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** Standard deviation of the weights, σ_W; default 1 */
  readonly wStd?: number;
  /** Standard deviation of the biases, σ_b; default null: no biases */
  readonly bStd?: number | null;
  /** As in `Dense`; default `ntk` */
  readonly parameterization?: Parameterization;
  /** Width multipliers of input and output in the standard parameterization; default [1, 1] */
  readonly s?: readonly [number, number];
}

/** The description of a `Conv` layer. */
export interface Conv extends Layer, Required<ConvOptions> {
  readonly type: "Conv";
  readonly outChan: number;
  readonly filterShape: readonly number[];
  readonly strides: readonly number[];
}

/** A convolution over the axes between batch and features: K(p, q) becomes σ_W²·mean over taps a of K(p + a, q + a) + σ_b². */
export function Conv(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<Conv> {
  integer("Conv", "outChan", outChan, 1);
  filterShape.forEach((size, i) => integer("Conv", `filterShape[${i}]`, size, 1));
  const o = withDefaults<Required<ConvOptions>>("Conv", {
    strides: null,
    padding: "VALID",
    wStd: 1,
    bStd: null,
    parameterization: "ntk",
    s: [1, 1],
  }, options);
  const strides = o.strides ?? filterShape.map(() => 1);
  strides.forEach((stride, i) => integer("Conv", `strides[${i}]`, stride, 1));
  oneOf("Conv", "padding", o.padding, ["SAME", "VALID", "CIRCULAR"]);
  finite("Conv", "wStd", o.wStd);
  if (o.bStd !== null) finite("Conv", "bStd", o.bStd);
  oneOf("Conv", "parameterization", o.parameterization, ["ntk", "standard"]);
  return network({ type: "Conv", outChan, filterShape, ...o, strides });
}

register<Conv>("Conv", {
  kernel: (layer, input, context) => conv(layer, oneKernel("Conv", input), context),
  init() {
    throw new Error("not yet");
  },
  apply() {
    throw new Error("not yet");
  },
});

function conv(layer: Conv, input: KernelExpr, context: Context): KernelExpr {
  const { filterShape, strides, padding, wStd, bStd, parameterization, outChan, s } = layer;
  const windows: Window[] = filterShape.map((size, i) => ({ size, stride: strides[i], padding }));
  const axes = input.positions.map((size, i) => convolution(size, windows[i]));
  const k = mapPositions(input, { axes, local: false }, context);
  const outputs = mapCovariances(k, (cov) => cov.mul(wStd ** 2).add((bStd ?? 0) ** 2));
  const taps = filterShape.reduce((product, size) => product * size, 1);
  const own = parameterization === "ntk"
    ? outputs.nngp
    : k.nngp.mul(input.width * taps / s[0]).add(bStd === null ? 0 : 1);
  const width = parameterization === "standard" ? outChan * s[1] : outChan;
  return { ...outputs, ntk: own.add(k.ntk.mul(wStd ** 2)), width, isGaussian: true, isInput: false };
}
