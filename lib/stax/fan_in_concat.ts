/** Branches put side by side along one axis. */
import { countOf, NdArray } from "../array/mod.ts";
import { reads } from "../network/reading.ts";
import { UnsupportedError } from "../errors.ts";
import { arraysOf, joinedTraits, requireEqual, shapesOf } from "../network/branches.ts";
import { from0, positionAxis } from "../network/axes.ts";
import { integer, withDefaults, wrongType } from "../options.ts";
import { type Layer, type Shape } from "../network/layer.ts";
import { type MaskedInput, register } from "../network/rule.ts";
import { traitsOfJoined } from "../network/traits.ts";
import { type Mask, withChannels } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";

/** The description of `FanInConcat`. */
export interface FanInConcat extends Layer {
  /** The name of the layer */
  readonly type: "FanInConcat";
  /** The axis along which branches lie side by side */
  readonly axis: number;
}

/**
 * The concatenation of independent branches: along the features the average of their kernels, weighted by their widths; along
 * positions or examples blocks, with 0 between different branches. One branch alone stays as it is.
 *
 * @param options `axis`, default −1, counts the axes of the branches from 0, or from the end if negative
 * @throws {UnsupportedError} when a kernel is computed along another axis than the features and a branch is not Gaussian, or two
 * branches have no weights of their own since `FanOut`.
 *
 * @example Two branches as two examples
 * ```ts
 * import * as stax from "./mod.ts";
 * const branches = stax.parallel(stax.Dense(4), stax.Dense(4, { wStd: 2 }));
 * const { kernelFn } = stax.serial(stax.FanOut(2), branches, stax.FanInConcat({ axis: 0 }));
 * const nngp = await kernelFn([[1, 1]], null, "nngp");
 * if (String(nngp.toNested()) !== "1,0,0,4") throw new Error("branches must be independent");
 * ```
 */
export function FanInConcat(options: { readonly axis?: number } = {}): Network<FanInConcat> {
  const { axis } = withDefaults("build FanInConcat", { axis: -1 }, options);
  return network({ type: "FanInConcat", axis: integer("build FanInConcat", "axis", axis, -Infinity) });
}

register<FanInConcat>("FanInConcat", {
  async load() {
    const { concatenation } = await import("./joined_kernels.ts");
    return (layer, input, context) => concatenation((rank) => axisOf(layer, rank), input, context);
  },
  branchTraits: traitsOfJoined,
  init(layer, _key, shapes) {
    const all = shapesOf("FanInConcat", shapes);
    const axis = axisOf(layer, all[0].length);
    requireEqual("other axes", all.map((shape) => `[${shape.toSpliced(axis, 1).join(", ")}]`));
    const lengths = all.map((shape) => shape[axis]);
    const length = lengths.includes(-1) ? -1 : lengths.reduce((sum, value) => sum + value, 0);
    return [all[0].with(axis, length), null];
  },
  apply(layer, _params, inputs) {
    const all = arraysOf("FanInConcat", inputs);
    return concatenated(all, axisOf(layer, all[0].shape.length));
  },
  traits: (_layer, inputs) => joinedTraits(inputs),
  mask: joinedMask,
});

reads("FanInConcat", [], FanInConcat);

/** Masks side by side; along the features all of them are told apart. */
function joinedMask(layer: FanInConcat, masks: readonly Mask[], inputs: readonly MaskedInput[]): Mask {
  if (masks.length === 1) return masks[0];
  const rank = masks[0].positions.length + 2;
  const { batchAxis, channelAxis } = inputs[0];
  const given = axisOf(layer, rank);
  if (given === batchAxis) {
    throw new UnsupportedError(
      "Cannot apply FanInConcat with maskConstant as axis must not be that of the examples: " +
        `current value is ${layer.axis}`,
    );
  }
  const isFeatures = given === channelAxis;
  // In masks positions follow the example, and features are last.
  const axis = isFeatures ? rank - 1 : 1 + positionAxis(given, inputs[0]);
  const channels = Math.max(...masks.map((mask) => mask.channels));
  const arrays = masks.map((mask, i) => {
    const wide = withChannels(mask, isFeatures ? inputs[i].width : channels);
    return new NdArray(Float64Array.from(wide.data), [1, ...mask.positions, wide.channels]);
  });
  const { data, shape } = concatenated(arrays, axis);
  return { positions: shape.slice(1, -1), channels: shape[rank - 1], data: Uint8Array.from(data) };
}

/** The axis that branches of a rank are joined along, from 0. */
function axisOf({ axis }: FanInConcat, rank: number): number {
  const located = from0(axis, rank);
  if (located >= 0 && located < rank) return located;
  throw wrongType("apply FanInConcat", "axis", `one of the ${rank} axes of its branches`, axis);
}

function concatenated(all: readonly NdArray<Float64Array>[], axis: number): NdArray<Float64Array> {
  const inner = (shape: Shape) => countOf(shape.slice(axis));
  requireEqual("other axes", all.map(({ shape }) => `[${shape.toSpliced(axis, 1).join(", ")}]`));
  const shape = all[0].shape.with(axis, all.reduce((sum, a) => sum + a.shape[axis], 0));
  const step = inner(shape);
  const out = new Float64Array(all.reduce((sum, a) => sum + a.size, 0));
  let offset = 0;
  for (const { data, shape } of all) {
    const own = inner(shape);
    for (let i = 0; i * own < data.length; i++) {
      out.set(data.subarray(i * own, (i + 1) * own), i * step + offset);
    }
    offset += own;
  }
  return new NdArray(out, shape);
}
