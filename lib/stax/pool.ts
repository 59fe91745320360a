/** Pooling layers. */
import { linear, type Padding, pooling, type Window } from "../spatial/axis.ts";
import { integer, oneOf, withDefaults } from "./check.ts";
import { type AxisOptions, axisOptions } from "./flatten.ts";
import { type Context, type KernelExpr, mapPositions } from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { oneKernel } from "./single.ts";

/** Options of `AvgPool` and `SumPool`. */
export interface PoolOptions {
  /** Steps of the window, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** As in `Conv`; default `VALID` */
  readonly padding?: Padding;
  /** Divide by the taps inside the input instead of all (`AvgPool` with `SAME` padding); default false */
  readonly normalizeEdges?: boolean;
}

/** The description of a pooling layer. */
export interface Pool extends Layer, Required<PoolOptions> {
  readonly type: "AvgPool" | "SumPool";
  readonly windowShape: readonly number[];
  readonly strides: readonly number[];
}

/** The mean over windows. */
export function AvgPool(windowShape: readonly number[], options: PoolOptions = {}): Network<Pool> {
  return pool("AvgPool", windowShape, options);
}

/** The sum over windows. */
export function SumPool(windowShape: readonly number[], options: PoolOptions = {}): Network<Pool> {
  return pool("SumPool", windowShape, options);
}

/** The mean over all positions. */
export function GlobalAvgPool(options: AxisOptions = {}): Network<Layer> {
  axisOptions("GlobalAvgPool", options);
  return network({ type: "GlobalAvgPool" });
}

/** The sum over all positions. */
export function GlobalSumPool(options: AxisOptions = {}): Network<Layer> {
  axisOptions("GlobalSumPool", options);
  return network({ type: "GlobalSumPool" });
}

function pool(type: Pool["type"], windowShape: readonly number[], options: PoolOptions): Network<Pool> {
  windowShape.forEach((size, i) => integer(type, `windowShape[${i}]`, size, 1));
  const o = withDefaults<Required<PoolOptions>>(
    type,
    { strides: null, padding: "VALID", normalizeEdges: false },
    options,
  );
  const strides = o.strides ?? windowShape.map(() => 1);
  strides.forEach((stride, i) => integer(type, `strides[${i}]`, stride, 1));
  oneOf(type, "padding", o.padding, ["SAME", "VALID", "CIRCULAR"]);
  return network({ type, windowShape, ...o, strides });
}

for (const type of ["AvgPool", "SumPool"] as const) {
  register<Pool>(type, {
    kernel(layer, input, context) {
      const k = oneKernel(type, input);
      const axes = k.positions.map((size, i) => {
        const window: Window = {
          size: layer.windowShape[i],
          stride: layer.strides[i],
          padding: layer.padding,
        };
        return pooling(size, window, { average: type === "AvgPool", normalizeEdges: layer.normalizeEdges });
      });
      return mapPositions(k, { axes, local: false }, context);
    },
    init() {
      throw new Error("not yet");
    },
    apply() {
      throw new Error("not yet");
    },
  });
}

for (const [type, average] of [["GlobalAvgPool", true], ["GlobalSumPool", false]] as const) {
  register(type, {
    kernel: (_layer, input, context) => globalPool(oneKernel(type, input), average, context),
    init() {
      throw new Error("not yet");
    },
    apply() {
      throw new Error("not yet");
    },
  });
}

function globalPool(k: KernelExpr, average: boolean, context: Context): KernelExpr {
  const axes = k.positions.map((size) => linear(size, [new Float64Array(size).fill(average ? 1 / size : 1)]));
  return { ...mapPositions(k, { axes, local: false }, context), positions: [] };
}
