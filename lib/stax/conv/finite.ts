/** Convolutional layers of finite networks: the patches that the taps read, times the weights. */
import { countOf, NdArray, scale as scaled } from "../../array/mod.ts";
import { matmul } from "../../linalg/matmul.ts";
import { type Key, normal, split } from "../../random/mod.ts";
import { normalSteps } from "../../random/normal.ts";
import type { AxisMap } from "../../spatial/axis.ts";
import { patches, tapsOf } from "../../spatial/finite.ts";
import { canonical, canonicalShape, permuted, restored, restoredShape } from "../../network/axes.ts";
import { appliedScales, drawnScales, unitsOf } from "../weights.ts";
import { type ConvLayer, mapsOf, specOf } from "./maps.ts";
import type { ConvSpec } from "./dimension_numbers.ts";
import { type Params, paramsOf, type Shape } from "../../network/layer.ts";
import type { Initial } from "../../network/rule.ts";
import type { Steps } from "../../steps.ts";

/** The output shape, and weights and biases in the shapes that `dimensionNumbers` give. */
export function* initConv(layer: ConvLayer, key: Key, inputShape: Shape): Steps<Initial> {
  const spec = specOf(layer);
  const { type, bStd, filterShape } = layer;
  const [count, ...rest] = canonicalShape(type, spec.axes, inputShape);
  const channels = rest[rest.length - 1];
  const sizes = mapsOf(layer, rest.slice(0, -1)).map((axis) => axis.outSize);
  const [weightKey, biasKey] = split(key);
  const outChannels = unitsOf(layer, layer.outChan);
  const outputShape = restoredShape(type, spec.outAxes, [count, ...inOutOrder(spec, sizes), outChannels]);
  const weights = yield* normalSteps(weightKey, weightShape(layer, channels, sizes).flat());
  const [wScale, bScale] = drawnScales(layer, channels * countOf(filterShape));
  const biasShape = type === "ConvLocal"
    ? outputShape.with(spec.outAxes.batchAxis, 1)
    : outputShape.map((_, axis) => axis === spec.outAxes.channelAxis ? outChannels : 1);
  const bias = bStd === null ? null : normal(biasKey, biasShape);
  return [outputShape, [
    scaled(merged(weights, layer, channels, sizes), wScale),
    bias && scaled(bias, bScale),
  ]];
}

/** σ_W/√fan-in · (x ∗ W) + σ_b·b, or (x ∗ W)/√s₀ + b in the standard parameterization. */
export function applyConv(
  layer: ConvLayer,
  params: Params,
  input: NdArray<Float64Array>,
): NdArray<Float64Array> {
  const spec = specOf(layer);
  const { type, filterShape } = layer;
  const [weights, bias] = paramsOf(type, { weights: "required", bias: "optional" }, params);
  const { x, count, positions, width } = canonical(type, spec.axes, input);
  const axes = mapsOf(layer, positions);
  const sizes = axes.map((axis) => axis.outSize);
  const [scale, biasScale] = appliedScales(layer, width * countOf(filterShape));
  const product = multiply(layer, axes, x, orderedWeights(layer, weights!, width, sizes));
  const shape = [count, ...sizes, product.length / (count * countOf(sizes))];
  const order = [0, ...spec.outOrder.map((axis) => axis + 1), shape.length - 1];
  const output = permuted(new NdArray(product.map((z) => z * scale), shape), order);
  if (bias) addBias(output, canonical(type, spec.outAxes, bias).x, biasScale);
  return restored(type, spec.outAxes, output);
}

const inOutOrder = <T>({ outOrder }: ConvSpec, values: readonly T[]) => outOrder.map((axis) => values[axis]);

/**
 * The shape of the weights, axis by axis. Local weights have the output's positions where shared ones have those of the filter,
 * and for every feature of the input all taps.
 */
function weightShape(layer: ConvLayer, channels: number, sizes: readonly number[]): number[][] {
  const spec = specOf(layer);
  const local = layer.type === "ConvLocal";
  let tap = 0;
  return [...spec.numbers[1]].map((letter) => {
    if (letter === "O") return [unitsOf(layer, layer.outChan)];
    if (letter === "I") return local ? [channels, ...layer.filterShape] : [channels];
    return [local ? sizes[spec.letters.indexOf(letter)] : layer.filterShape[tap++]];
  });
}

/** The weights with features and taps of the input joined to one axis. */
function merged(
  weights: NdArray<Float64Array>,
  layer: ConvLayer,
  channels: number,
  sizes: readonly number[],
): NdArray<Float64Array> {
  return new NdArray(weights.data, weightShape(layer, channels, sizes).map(countOf));
}

/** The weights in the order of `patches`: (positions if local, taps, channels, outputs). */
function orderedWeights(
  layer: ConvLayer,
  weights: NdArray<Float64Array>,
  channels: number,
  sizes: readonly number[],
): NdArray<Float64Array> {
  const spec = specOf(layer);
  const axes = weightShape(layer, channels, sizes);
  const start = (letter: string) => axes.slice(0, spec.numbers[1].indexOf(letter)).flat().length;
  const places = spec.letters.map(start);
  const input = start("I");
  const taps = layer.type === "ConvLocal" ? spec.filterOrder.map((axis) => input + 1 + axis) : places;
  const order = [...(layer.type === "ConvLocal" ? places : []), ...taps, input, start("O")];
  return permuted(new NdArray(weights.data, axes.flat()), order);
}

/** x ∗ W of every example: (count, positions, outputs). */
function multiply(
  layer: ConvLayer,
  axes: readonly AxisMap[],
  x: NdArray<Float64Array>,
  weights: NdArray<Float64Array>,
): Float64Array {
  const taps = tapsOf(axes);
  const [count] = x.shape;
  const width = x.shape[x.shape.length - 1];
  const step = x.size / count;
  const outputs = weights.shape[weights.shape.length - 1];
  const depth = taps.count * width;
  const out = new Float64Array(count * taps.outPositions * outputs);
  for (let i = 0; i < count; i++) {
    const read = patches(taps, x.data.subarray(i * step, (i + 1) * step) as Float64Array, width);
    const one = layer.type === "ConvLocal"
      ? localProduct(read, weights.data as Float64Array, taps.outPositions, depth, outputs)
      : matmul(
        new NdArray(read, [taps.outPositions, depth]),
        new NdArray(weights.data, [depth, outputs]),
      ).data;
    out.set(one, i * taps.outPositions * outputs);
  }
  return out;
}

/** A product of a row and a matrix at every position. */
function localProduct(
  rows: Float64Array,
  weights: Float64Array,
  positions: number,
  depth: number,
  outputs: number,
) {
  const out = new Float64Array(positions * outputs);
  for (let P = 0; P < positions; P++) {
    const row = new NdArray(rows.slice(P * depth, (P + 1) * depth), [1, depth]);
    const own = new NdArray(weights.slice(P * depth * outputs, (P + 1) * depth * outputs), [depth, outputs]);
    out.set(matmul(row, own).data, P * outputs);
  }
  return out;
}

/** Adds a bias of shape (1, …1 or positions, features) to every example. */
function addBias({ data }: NdArray<Float64Array>, bias: NdArray<Float64Array>, scale: number): void {
  for (let k = 0; k < data.length; k++) data[k] += scale * bias.data[k % bias.size];
}
