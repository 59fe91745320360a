/** Finite networks on masked inputs: masks go along with arrays, and padding is 0 wherever a layer reads it. */
import { NdArray } from "../array.ts";
import { UnsupportedError } from "../errors.ts";
import { type ApplyOptions, type ArrayTree, type Layer, type Params, ruleOf } from "./layer.ts";
import { isConstant, kept, type Mask, maskOf } from "./mask.ts";

/** The masks of every example of an array that has some. */
const masksOf = new WeakMap<NdArray, readonly Mask[]>();

/** An input (batch, …positions, features) whose entries equal to `constant` are padding. */
export function maskedInput(x: NdArray<Float64Array>, constant: number): NdArray<Float64Array> {
  const [count, ...rest] = x.shape;
  const step = x.size / count;
  const [positions, channels] = [rest.slice(0, -1), rest[rest.length - 1]];
  const masks = Array.from(
    { length: count },
    (_, i) => maskOf(x.data.subarray(i * step, (i + 1) * step), positions, channels, constant),
  );
  const clean = new NdArray(x.data.map((value) => isConstant(value, constant) ? 0 : value), x.shape);
  masksOf.set(clean, masks);
  return clean;
}

/** The array with 0 where it is masked. */
export function withoutPadding(x: NdArray<Float64Array>): NdArray<Float64Array> {
  const masks = masksOf.get(x);
  if (!masks) return x;
  const keep = kept(masks, x.shape).data;
  const clean = new NdArray(x.data.map((value, k) => keep[k] === 0 ? 0 : value), x.shape);
  masksOf.set(clean, masks);
  return clean;
}

/** The output of a layer, with its masks if its input has some. */
export function applyLayer(layer: Layer, params: Params, input: ArrayTree, options: ApplyOptions): ArrayTree {
  const rule = ruleOf(layer);
  const inputs = input instanceof NdArray ? [input] : input;
  const isMasked = inputs.some((x) => x instanceof NdArray && masksOf.has(x));
  if (rule.isCombinator || !isMasked) return rule.apply(layer, params, input, options);
  const arrays = (inputs as readonly NdArray<Float64Array>[]).map(withoutPadding);
  const masks = arrays.map((x) => masksOf.get(x)!);
  const given = input instanceof NdArray ? arrays[0] : arrays;
  const output = rule.apply(layer, params, given, { ...options, masks: masks[0] });
  if (!(output instanceof NdArray)) return output;
  const usual = arrays.map(({ shape }) => ({
    batchAxis: 0,
    channelAxis: shape.length - 1,
    width: shape[shape.length - 1],
  }));
  const after = rule.mask
    ? masks[0].map((_, i) => rule.mask!(layer, masks.map((own) => own[i]), usual))
    : masks[0];
  requireUsualAxes(layer, output, after);
  // The output may be the input itself, whose masks must stay as they are.
  const masked = new NdArray(output.data, output.shape);
  masksOf.set(masked, after);
  return masked;
}

function requireUsualAxes({ type }: Layer, { shape }: NdArray, masks: readonly Mask[]): void {
  if (shape[0] === masks.length && String(shape.slice(1, -1)) === String(masks[0].positions)) return;
  throw new UnsupportedError(
    `Cannot apply ${type} with maskConstant as its output must have all examples first and features last: ` +
      `current value has the shape [${
        shape.join(", ")
      }] for ${masks.length} examples, transpose its input instead`,
  );
}
