/** Flattening: positions become features. */
import { NdArray } from "../array.ts";
import { trace } from "../spatial/axis.ts";
import { oneOf, withDefaults } from "./check.ts";
import { mapPositions } from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";

/** Options of layers that act on whole images. */
export interface AxisOptions {
  /** The axis of the examples; only 0 */
  readonly batchAxis?: number;
  /** The axis of the features; only −1 */
  readonly channelAxis?: number;
}

/** The options of a layer that has only axes. */
export function axisOptions(layer: string, options: AxisOptions): void {
  const { batchAxis, channelAxis } = withDefaults<Required<AxisOptions>>(layer, {
    batchAxis: 0,
    channelAxis: -1,
  }, options);
  oneOf(layer, "batchAxis", batchAxis, [0]);
  oneOf(layer, "channelAxis", channelAxis, [-1]);
}

/** Joins positions and features: the kernel is the mean of the diagonal over positions. */
export function Flatten(options: AxisOptions = {}): Network<Layer> {
  axisOptions("Flatten", options);
  return network({ type: "Flatten" });
}

register("Flatten", {
  kernel(_layer, input, context) {
    const k = oneKernel("Flatten", input);
    if (k.positions.length === 0) return k;
    const width = k.positions.reduce((product, length) => product * length, k.width);
    return {
      ...mapPositions(k, { axes: k.positions.map(trace), local: false }, context),
      positions: [],
      width,
    };
  },
  init(_layer, _key, inputShape) {
    const [batch, ...rest] = oneShape("Flatten", inputShape);
    return [[batch, rest.reduce((product, length) => product * length, 1)], null];
  },
  apply(_layer, _params, input) {
    const { data, shape } = oneArray("Flatten", input);
    return new NdArray(data, [shape[0], data.length / shape[0]]);
  },
});
