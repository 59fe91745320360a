/** Attention of finite networks. */
import { countOf, NdArray } from "../../array/mod.ts";
import { matmul, matmulTransposed } from "../../linalg/matmul.ts";
import { type Key, normal, split } from "../../random/mod.ts";
import { softmax } from "../../spatial/finite.ts";
import type { AttentionLayer } from "./description.ts";
import { atPositions, canonical, locate, restored } from "../../network/axes.ts";
import { type Params, paramsOf, type Shape } from "../../network/layer.ts";
import { joinChannels, type Mask } from "../../network/mask.ts";
import { embeddingRoot, embeddingWidth } from "./positional_embedding.ts";
import { requirePositions } from "../conv/windows.ts";

type Matrix = NdArray<Float64Array>;

/** Its parameters; with linear scaling queries have none of their own. */
const entries = {
  queries: "optional",
  keys: "required",
  values: "required",
  out: "required",
  bias: "optional",
  embedding: "optional",
} as const;

type AttentionParams = readonly [Matrix | null, Matrix, Matrix, Matrix, Matrix | null, Matrix | null];

/** The output shape and random parameters; with linear scaling queries share the weights of keys. */
export function initAttention(layer: AttentionLayer, key: Key, shape: Shape): [Shape, Params] {
  const { nChanOut, nChanKey, nChanVal, nHeads, bStd, posEmbType, valPosEmb, linearScaling } = layer;
  const axes = locate("GlobalSelfAttention", layer, shape.length);
  const { batchAxis, channelAxis } = axes;
  requirePositions("GlobalSelfAttention", atPositions(shape, axes));
  const [queryKey, keyKey, valueKey, outKey, biasKey, embeddingKey] = split(key, 6);
  const width = shape[channelAxis];
  const embedding = embeddingWidth(layer, width);
  const concatenated = posEmbType === "CONCAT" ? embedding : 0;
  const keyWidth = width + concatenated;
  const valueWidth = width + (valPosEmb ? concatenated : 0);
  const embeddingShape = shape.map((size, axis) =>
    axis === channelAxis ? embedding : axis === batchAxis ? 1 : size
  );
  return [shape.with(channelAxis, nChanOut), [
    linearScaling ? null : normal(queryKey, [nHeads, keyWidth, nChanKey]),
    normal(keyKey, [nHeads, keyWidth, nChanKey]),
    normal(valueKey, [nHeads, valueWidth, nChanVal]),
    normal(outKey, [nChanVal * nHeads, nChanOut]),
    bStd === null ? null : normal(biasKey, shape.map((_, axis) => axis === channelAxis ? nChanOut : 1)),
    posEmbType === "NONE" ? null : normal(embeddingKey, embeddingShape),
  ]];
}

/** The heads' mixtures of values, joined and multiplied by the output weights. */
export function applyAttention(
  layer: AttentionLayer,
  params: Params,
  input: Matrix,
  masks: readonly Mask[] | null,
): Matrix {
  const arrays = paramsOf("GlobalSelfAttention", entries, params);
  const [queries, keys, values, out, bias, embedding] = arrays as unknown as AttentionParams;
  const { nChanVal, nHeads, wOutStd, wValueStd, bStd, valPosEmb } = layer;
  const { x, count, positions, width } = canonical("GlobalSelfAttention", layer, input);
  requirePositions("GlobalSelfAttention", positions);
  const size = countOf(positions);
  const added = embedding && embeddings(layer, embedding, positions);
  const units = out.shape[1];
  const output = new Float64Array(count * size * units);
  for (let i = 0; i < count; i++) {
    const own = new NdArray(x.data.subarray(i * size * width, (i + 1) * size * width), [size, width]);
    const isMasked = masks && joinChannels(masks[i]).data;
    const embedded = added ? joined(layer, own, isMasked ? withoutRows(added, isMasked) : added) : own;
    const valued = valPosEmb ? embedded : own;
    const heads = attended(layer, { queries, keys, values }, embedded, valued, isMasked);
    const scale = wOutStd * wValueStd / Math.sqrt(nChanVal * nHeads * valued.shape[1]);
    output.set(
      matmul(heads, out).data.map((z, k) => z * scale + (bias ? bStd! * bias.data[k % units] : 0)),
      i * size * units,
    );
  }
  return restored("GlobalSelfAttention", layer, new NdArray(output, [count, ...positions, units]));
}

/** The embedding of every position, (positions, features). */
function embeddings(layer: AttentionLayer, embedding: Matrix, positions: readonly number[]): Matrix {
  const { posEmbPNorm: norm, posEmbDecayFn: fn, wPosEmbStd } = layer;
  const { x, width } = canonical("GlobalSelfAttention", layer, embedding);
  const independent = new NdArray(x.data, [countOf(positions), width]);
  const root = embeddingRoot({ norm, fn }, positions);
  const correlated = root ? matmul(root, independent) : independent;
  return new NdArray(correlated.data.map((value) => value * wPosEmbStd), correlated.shape);
}

/** The input with embeddings added to its features, or put behind them. */
function joined({ posEmbType }: AttentionLayer, x: Matrix, added: Matrix): Matrix {
  if (posEmbType === "SUM") return new NdArray(x.data.map((value, i) => value + added.data[i]), x.shape);
  const [size, width] = x.shape;
  const total = width + added.shape[1];
  const out = new Float64Array(size * total);
  for (let p = 0; p < size; p++) {
    out.set(x.data.subarray(p * width, (p + 1) * width), p * total);
    out.set(added.data.subarray(p * added.shape[1], (p + 1) * added.shape[1]), p * total + width);
  }
  return new NdArray(out, [size, total]);
}

/** The heads side by side, (positions, values · heads), the head running fastest. */
function attended(
  layer: AttentionLayer,
  weights: { queries: Matrix | null; keys: Matrix; values: Matrix },
  x: Matrix,
  valued: Matrix,
  isMasked: Uint8Array | null,
): Matrix {
  const { nHeads, nChanKey, nChanVal, linearScaling, wQueryStd, wKeyStd } = layer;
  const size = x.shape[0];
  const scale = wQueryStd * wKeyStd / (x.shape[1] * (linearScaling ? nChanKey : Math.sqrt(nChanKey)));
  const out = new Float64Array(size * nChanVal * nHeads);
  for (let head = 0; head < nHeads; head++) {
    const keys = matmul(x, part(weights.keys, head));
    const queries = weights.queries ? matmul(x, part(weights.queries, head)) : keys;
    const products = matmulTransposed(queries, keys);
    // Nothing attends to padding.
    const least = layer.attentionMechanism === "SOFTMAX" ? -1e20 : 0;
    const scaled = products.data.map((value, k) => isMasked?.[k % size] ? least : value * scale);
    const attention = mechanism(layer, scaled, size);
    const mixed = matmul(new NdArray(attention, [size, size]), matmul(valued, part(weights.values, head)));
    mixed.data.forEach((value, k) => out[k * nHeads + head] = value);
  }
  return new NdArray(out, [size, nChanVal * nHeads]);
}

/** The matrix with 0 in some of its rows. */
function withoutRows({ data, shape }: Matrix, rows: Uint8Array): Matrix {
  return new NdArray(data.map((value, k) => rows[Math.floor(k / shape[1])] ? 0 : value), shape);
}

const part = ({ data, shape: [, rows, columns] }: Matrix, head: number): Matrix =>
  new NdArray(data.subarray(head * rows * columns, (head + 1) * rows * columns), [rows, columns]);

function mechanism({ attentionMechanism }: AttentionLayer, x: Float64Array, size: number): Float64Array {
  if (attentionMechanism === "IDENTITY") return x;
  if (attentionMechanism === "ABS") return x.map(Math.abs);
  if (attentionMechanism === "RELU") return x.map((value) => Math.max(value, 0));
  for (let start = 0; start < x.length; start += size) x.set(softmax(x.subarray(start, start + size)), start);
  return x;
}
