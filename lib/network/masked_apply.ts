/** Finite networks on masked inputs: masks go along with arrays, and padding is 0 wherever a layer reads it. */
import { NdArray } from "../array/mod.ts";
import { type Axes, canonical, canonicalShape, locate, requireSameAxes, restored } from "./axes.ts";
import { requireEqual } from "./branches.ts";
import { type ApplyOptions, type ArrayTree, type Layer, type Params } from "./layer.ts";
import { type Rule, ruleOf } from "./rule.ts";
import { isConstant, kept, type Mask, maskOf } from "./mask.ts";

/** The masks of the examples of an array, and where it has its examples and features, from 0. */
interface Masked extends Axes {
  readonly masks: readonly Mask[];
}

/** What is masked of an array that has masks. */
const maskedOf = new WeakMap<NdArray, Masked>();

/** An input with its examples and features at these axes whose entries equal to `constant` are padding. */
export function maskedInput(x: NdArray<Float64Array>, axes: Axes, constant: number): NdArray<Float64Array> {
  const { x: { data }, count, positions, width } = canonical("a network", axes, x);
  const step = x.size / count;
  const masks = Array.from(
    { length: count },
    (_, i) => maskOf(data.subarray(i * step, (i + 1) * step), positions, width, constant),
  );
  const clean = x.data.map((value) => isConstant(value, constant) ? 0 : value);
  return withMasks(clean, x.shape, { masks, ...locate("a network", axes, x.shape.length) });
}

/** The array with 0 where it is masked. */
export function withoutPadding(x: NdArray<Float64Array>): NdArray<Float64Array> {
  const masked = maskedOf.get(x);
  if (!masked) return x;
  const keep = restored(
    "a network",
    masked,
    kept(masked.masks, canonicalShape("a network", masked, x.shape)),
  );
  return withMasks(x.data.map((value, k) => keep.data[k] === 0 ? 0 : value), x.shape, masked);
}

/** An array of its own: the same one may be the output of several layers, with other masks. */
function withMasks(data: Float64Array, shape: readonly number[], masked: Masked): NdArray<Float64Array> {
  const x = new NdArray(data, shape);
  maskedOf.set(x, masked);
  return x;
}

/** What is known of a masked input. */
interface Input extends Masked {
  readonly width: number;
  readonly rank: number;
}

/** The output of a layer, with its masks if its input has some. */
export function applyLayer(layer: Layer, params: Params, input: ArrayTree, options: ApplyOptions): ArrayTree {
  const rule = ruleOf(layer);
  const given = input instanceof NdArray ? [input] : input;
  const isMasked = given.some((x) => x instanceof NdArray && maskedOf.has(x));
  if (rule.isCombinator || !isMasked) return rule.apply(layer, params, input, options);
  const arrays = (given as readonly NdArray<Float64Array>[]).map(withoutPadding);
  const inputs = arrays.map(inputOf);
  const axes = axesAfter(rule, layer, inputs);
  const { masks } = inputs[0];
  const output = rule.apply(layer, params, input instanceof NdArray ? arrays[0] : arrays, {
    ...options,
    masks,
  });
  if (!(output instanceof NdArray)) return output;
  return withMasks(output.data, output.shape, { masks: masksAfter(rule, layer, inputs), ...axes });
}

function inputOf(x: NdArray): Input {
  const masked = maskedOf.get(x)!;
  return { ...masked, width: x.shape[masked.channelAxis], rank: x.shape.length };
}

/** The axes of examples and features of a layer's output; refuses a layer that has others than its input. */
function axesAfter(rule: Rule<Layer>, layer: Layer, inputs: readonly Input[]): Axes {
  requireEqual("axes of examples and features", inputs.map((x) => `${x.batchAxis} and ${x.channelAxis}`));
  const [{ batchAxis, channelAxis, rank }] = inputs;
  const axes = { batchAxis, channelAxis };
  const expected = rule.takesAnyAxes ? null : rule.axes?.(layer);
  if (expected) requireSameAxes(layer.type, expected, axes, rank);
  return rule.outAxes?.(layer, axes, rank) ?? axes;
}

/** The masks of the examples of a layer's output. */
function masksAfter(rule: Rule<Layer>, layer: Layer, inputs: readonly Input[]): readonly Mask[] {
  const [{ masks, rank, ...axes }] = inputs;
  const examples = rule.examples?.(layer, axes, rank, masks.length) ?? masks.map((_, i) => i);
  const own = (i: number) => rule.mask ? rule.mask(layer, inputs.map((x) => x.masks[i]), inputs) : masks[i];
  return examples.map(own);
}
