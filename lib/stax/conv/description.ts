/** What a convolutional layer is, as data. */
import type { Padding } from "../../spatial/axis.ts";
import type { Layer } from "../../network/layer.ts";
import type { Parameterization } from "../dense.ts";
import type { DimensionNumbers } from "./dimension_numbers.ts";

/** Options of `Conv`, `ConvTranspose` and `ConvLocal`. */
export interface ConvOptions {
  /** Steps of the filter, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** Standard deviation of the weights, σ_W; default 1 */
  readonly wStd?: number;
  /** Standard deviation of the biases, σ_b; default null: no biases */
  readonly bStd?: number | null;
  /** The axes of input, weights and output, such as `["NCHW", "OIHW", "NCHW"]`; default null: `["NHWC", "HWIO", "NHWC"]` */
  readonly dimensionNumbers?: DimensionNumbers | null;
  /** As in `Dense`; default `ntk` */
  readonly parameterization?: Parameterization;
  /** Width multipliers of input and output in the standard parameterization; default [1, 1] */
  readonly s?: readonly [number, number];
}

/** The description of a convolutional layer. */
export interface ConvLayer extends Layer, Required<ConvOptions> {
  /** The name of the layer */
  readonly type: "Conv" | "ConvTranspose" | "ConvLocal";
  /** Number of features of the output */
  readonly outChan: number;
  /** One size an axis of positions */
  readonly filterShape: readonly number[];
  /** Steps of the filter, one an axis */
  readonly strides: readonly number[];
}
