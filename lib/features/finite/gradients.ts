/**
 * Gradients of a network of `Dense` and nonlinearities. In: its parameters, and rows. Out: the outputs, and of f = ⟨r, outputs⟩, with random
 * signs r over √D, the gradient in the parameters of every `Dense`: a tensor product a ⊗ δ of its scaled inputs a = (σ_W·h/√n, σ_b)
 * and of δ = ∂f/∂z. In the mean over signs, products of gradients are the mean NTK of all outputs.
 */
import { concatenate, NdArray, scale } from "../../array/mod.ts";
import { multiply, multiplyTransposed } from "../../linalg/products.ts";
import type { Layer, Params } from "../../network/layer.ts";
import type { Dense } from "../../stax/dense.ts";
import { isDense } from "./dense_layers.ts";
import { type Pointwise, pointwise } from "./slope.ts";
import { layersOf } from "./widen.ts";

type Rows = NdArray<Float64Array>;

/** z = a·M with a = (σ_W·h/√n, σ_b) and M of weights with biases below, where there are some. */
interface Affine {
  readonly matrix: NdArray<Float64Array>;
  /** Length of h, n */
  readonly width: number;
  /** σ_W/√n */
  readonly factor: number;
  /** σ_b; null without biases */
  readonly biasFactor: number | null;
}

/** One layer. */
export type Part = Affine | Pointwise;

const isAffine = (part: Part): part is Affine => "matrix" in part;

/** The gradient in the parameters of a layer: a ⊗ δ, shapes [n, inputs] and [n, units]. */
export interface Gradient {
  readonly input: Rows;
  readonly delta: Rows;
}

/** What a network of drawn parameters is computed with, layer by layer. */
export function partsOf(layer: Layer, params: Params): Part[] {
  if (layer.type === "serial") {
    return layersOf(layer)!.flatMap((inner, i) => partsOf(inner, (params as readonly Params[])[i]));
  }
  return [isDense(layer) ? affine(layer, params as readonly [Rows, Rows | null]) : pointwise(layer)];
}

function affine({ wStd, bStd }: Dense, [weights, bias]: readonly [Rows, Rows | null]): Affine {
  const matrix = bias ? concatenate([weights, bias]) : weights;
  const width = weights.shape[0];
  return { matrix, width, factor: wStd / Math.sqrt(width), biasFactor: bias && bStd };
}

/** What layers see, a or z, for some rows, and the outputs. */
export interface Pass {
  readonly inputs: readonly Rows[];
  readonly outputs: Rows;
}

/** Applies the layers to some rows. */
export async function forward(parts: readonly Part[], x: Rows): Promise<Pass> {
  const inputs: Rows[] = [];
  for (const part of parts) {
    const input = isAffine(part) ? scaledInput(x, part) : x;
    inputs.push(input);
    x = isAffine(part) ? await multiply(input, part.matrix) : mapped(input, part.value);
  }
  return { inputs, outputs: x };
}

/** a = (σ_W·h/√n, σ_b), without the last entry where there are no biases. */
function scaledInput({ data, shape: [count] }: Rows, { matrix, width, factor, biasFactor }: Affine): Rows {
  const entries = matrix.shape[0];
  const out = new Float64Array(count * entries).fill(biasFactor ?? 0);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++) out[i * entries + j] = factor * data[i * width + j];
  }
  return new NdArray(out, [count, entries]);
}

const mapped = ({ data, shape }: Rows, fn: (x: number) => number): Rows => new NdArray(data.map(fn), shape);

/** The gradients of every `Dense`, the first one first, where r is the gradient in the outputs. */
export async function backward(
  parts: readonly Part[],
  { inputs, outputs }: Pass,
  readout: Float64Array,
): Promise<Gradient[]> {
  const gradients: Gradient[] = [];
  let delta = repeated(readout, outputs.shape[0]);
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (isAffine(part)) {
      // r has length 1 and is the same for all rows, as the number 1, of which a sketch makes no noise.
      const own = i === parts.length - 1 ? repeated(Float64Array.of(1), delta.shape[0]) : delta;
      gradients.unshift({ input: inputs[i], delta: own });
      if (i > 0) delta = await before(delta, part);
    } else {
      const slopes = mapped(inputs[i], part.slope).data;
      for (let k = 0; k < slopes.length; k++) delta.data[k] *= slopes[k];
    }
  }
  return gradients;
}

function repeated(row: Float64Array, count: number): Rows {
  const data = new Float64Array(count * row.length);
  for (let i = 0; i < count; i++) data.set(row, i * row.length);
  return new NdArray(data, [count, row.length]);
}

/** ∂f/∂h from ∂f/∂z. */
async function before(delta: Rows, { matrix, width, factor }: Affine): Promise<Rows> {
  const units = matrix.shape[1];
  const weights = new NdArray(matrix.data.subarray(0, width * units), [width, units]);
  return scale(await multiplyTransposed(delta, weights), factor);
}

/** The lengths of both vectors of every `Dense`. */
export function gradientSizes(parts: readonly Part[]): { input: number; delta: number }[] {
  return parts.flatMap((part, i) => {
    if (!isAffine(part)) return [];
    const [input, units] = part.matrix.shape;
    return [{ input, delta: i === parts.length - 1 ? 1 : units }];
  });
}
