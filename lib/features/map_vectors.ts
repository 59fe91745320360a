/**
 * From a network over vectors and a batch to its features: the series of its kernels, what columns there are, and the rows one after the
 * other. `from_network.ts` checks what callers pass and loads this with the first batch.
 */
import { allocate, type DType, NdArray } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import type { Layer } from "../network/layer.ts";
import { answering, pacer, type Watch } from "../pause.ts";
import { foldIn, type Key } from "../random/mod.ts";
import { Shared } from "../shared.ts";
import { budget } from "./budget.ts";
import { errorsOf } from "./estimate.ts";
import type { Estimate, FeatureBackend, FeatureInputs } from "./network_features.ts";
import { type ByKernel, type KernelName, KernelSeries } from "./kernel_series.ts";
import { lastDraws } from "./last_draws.ts";
import { type BothNormFunctions, type NormFunctions, normFunctions } from "./norm_functions.ts";
import { meanSquare } from "./mean_square.ts";
import { type Projections, projections } from "./projections.ts";
import { VectorMap } from "./vector_map.ts";
import type { HighPowers } from "./waves.ts";

/** All options of a map and of a call. */
export interface MapOptions extends Watch {
  readonly sketchDim: number;
  readonly polyDegree: number;
  readonly variance: number;
  readonly dtype: DType;
  readonly errorRows: number;
  readonly backend: FeatureBackend;
}

/** What of a map depends on no key. */
interface Expansion {
  readonly series: KernelSeries;
  readonly functions: BothNormFunctions;
  /** Coefficients of more powers than have columns of their own, at the mean square of a typical row */
  readonly high: ByKernel<Float64Array>;
}

/** A map that is drawn. */
interface Drawn extends Expansion {
  readonly maps: readonly [nngp: VectorMap, ntk: VectorMap];
  /** Those of both maps */
  readonly project: Projections;
}

/** Powers above the degree whose coefficients say how all higher ones are distributed. */
const TAIL = 48;
/** Rows mapped between two looks at the clock. */
const STEP_ROWS = 8;

/** What was made of layers, by a text that says for what. */
const expansions = new WeakMap<Layer, Map<string, Shared<Expansion>>>();

/** The features of both kernels for the rows of x. */
export async function mapVectors(
  layer: Layer,
  kernelFn: KernelFn,
  x: NdArray,
  inputs: FeatureInputs,
  options: MapOptions,
): Promise<{ nngp: NdArray; ntk: NdArray; error: ByKernel<Estimate> | null }> {
  // Of rows of one entry, all even powers of the cosine are the same, and all odd ones.
  const o = inputs.width === 1 ? { ...options, polyDegree: 1 } : options;
  const { series, functions, maps, project } = await drawnOnce(layer, inputs, o);
  const [count, width] = x.shape;
  const variances = new Float64Array(count);
  for (let i = 0; i < count; i++) variances[i] = meanSquare(x.data, i * width, width);
  await answering(series.requireVariances(variances), o);
  await answering(functions.prepare(variances), o);
  const outs = maps.map(({ columns }) => allocate(count * columns, o.dtype));
  const rows = maps.map(({ columns }) => new Float64Array(columns));
  const direction = new Float64Array(width);
  const pace = pacer(o, count);
  for (let i = 0; i < count; i++) {
    if (i % STEP_ROWS === 0) await pace(i);
    const scale = variances[i] > 0 ? 1 / Math.sqrt(variances[i] * width) : 0;
    for (let j = 0; j < width; j++) direction[j] = x.data[i * width + j] * scale;
    const projected = project(direction);
    maps.forEach((map, m) => {
      map.into(rows[m], direction, projected, variances[i]);
      outs[m].set(rows[m], i * rows[m].length);
    });
  }
  await pace(count);
  const [nngp, ntk] = outs.map((data, m) => new NdArray(data, [count, maps[m].columns]));
  return { nngp, ntk, error: await errorsOf(kernelFn, x, { nngp, ntk }, inputs.key, o) };
}

const lastDrawn = lastDraws<Drawn>();

/** A map of a network, drawn once for a key and options. */
async function drawnOnce(layer: Layer, inputs: FeatureInputs, o: MapOptions): Promise<Drawn> {
  const { key, width } = inputs;
  const expansion = await expandedOnce(layer, width, o);
  const name = JSON.stringify([[...key.data], width, o.sketchDim, o.polyDegree, o.variance]);
  return lastDrawn(layer, name, () => drawn(expansion, key, width, o));
}

function expandedOnce(layer: Layer, width: number, o: MapOptions): Promise<Expansion> {
  if (!expansions.has(layer)) expansions.set(layer, new Map());
  const known = expansions.get(layer)!;
  const name = JSON.stringify([width, o.polyDegree, o.variance]);
  if (!known.has(name)) known.set(name, new Shared((signal) => expanded(layer, width, { ...o, signal })));
  return known.get(name)!.get(o.signal);
}

async function expanded(layer: Layer, width: number, o: MapOptions): Promise<Expansion> {
  const { polyDegree: degree, variance } = o;
  const series = await KernelSeries.of(layer, width, o.signal);
  const functions = await answering(normFunctions(series, degree, variance), o);
  return { series, functions, high: series.coefficients(variance, variance, degree + 1 + TAIL) };
}

function drawn(expansion: Expansion, key: Key, width: number, o: MapOptions): Drawn {
  const { functions, high } = expansion;
  const { polyDegree: degree, sketchDim: most } = o;
  const map = (name: KernelName, index: number): VectorMap => {
    const { weights, starts } = functions[name];
    const counts = Array.from({ length: degree + 3 }, (_, p) => starts[p + 1] - starts[p]);
    const columns = budget({ weights, functions: counts, width, most, name: name.toUpperCase() });
    return new VectorMap(
      foldIn(key, index),
      functions[name],
      columns,
      width,
      highPowers(high[name], weights, degree),
    );
  };
  const maps = [map("nngp", 1), map("ntk", 2)] as const;
  const count = Math.max(...maps.map((map) => map.projections));
  return { ...expansion, maps, project: projections(foldIn(key, 0), width, count) };
}

/** How the powers above the degree are distributed, the even and the odd ones. */
function highPowers(coefficients: Float64Array, parts: NormFunctions["weights"], degree: number): HighPowers {
  const weights = [parts[degree + 1], parts[degree + 2]] as const;
  const [even, odd] = weights.map((all, parity) => {
    let left = all;
    return Float64Array.from({ length: TAIL + 1 }, (_, k) => {
      if (k > 0 && (degree + k) % 2 === parity) left = Math.max(0, left - coefficients[degree + k]);
      return all > 0 ? left / all : 0;
    });
  });
  return { degree, weights, tails: [even, odd] };
}
