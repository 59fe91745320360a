/**
 * From a network over inputs with positions and a batch to its features. `from_network.ts` checks what callers pass and loads this with
 * the first batch.
 */
import { countOf, NdArray } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import type { Layer } from "../network/layer.ts";
import { loadKernels } from "../network/rule.ts";
import { outOfRange } from "../options.ts";
import { foldIn } from "../random/mod.ts";
import { powerOfTwo } from "../sketching/walsh_hadamard.ts";
import { ACTION } from "./call.ts";
import { errorsOf } from "./estimate.ts";
import type { Estimate, FeatureInputs } from "./network_features.ts";
import type { ByKernel } from "./kernel_series.ts";
import type { MapOptions } from "./map_vectors.ts";
import { featuresBy } from "./spatial/choose.ts";
import type { FeatureProgram } from "./spatial/steps.ts";
import { featureProgram } from "./spatial/walk.ts";

/**
 * Columns in between for each in the end, of which there are a power of two: with twice as many the error of 1024 columns is 0.6 of that
 * with as many (Myrtle-5, GELU, 8 × 8 images), with four times as many 0.5 to 0.6.
 */
const WIDENING = 2;
/** Entries of a value at most: beyond, a few values and the signs of a gather take gigabytes. */
const MOST_ENTRIES = 2 ** 26;
/** Fewest columns in between. */
const FEWEST = 64;

/** The features of both kernels for the images x. */
export async function mapImages(
  layer: Layer,
  kernelFn: KernelFn,
  x: NdArray,
  inputs: FeatureInputs,
  o: MapOptions,
): Promise<{ nngp: NdArray; ntk: NdArray; error: ByKernel<Estimate> | null }> {
  const program = await drawnOnce(layer, inputs, o);
  const values = await featuresBy(program, x, o);
  const [nngp, ntk] = (["nngp", "ntk"] as const).map((name) =>
    new NdArray(values[name], [x.shape[0], program[name].columns])
  );
  return { nngp, ntk, error: await errorsOf(kernelFn, x, { nngp, ntk }, inputs.key, o) };
}

/** What was drawn for layers, by a text that says for what: the last few. */
const draws = new WeakMap<Layer, Map<string, FeatureProgram>>();
const KEPT_DRAWS = 4;

async function drawnOnce(
  layer: Layer,
  { key, positions, width }: FeatureInputs,
  { sketchDim }: MapOptions,
): Promise<FeatureProgram> {
  await loadKernels(layer);
  if (!draws.has(layer)) draws.set(layer, new Map());
  const known = draws.get(layer)!;
  const name = JSON.stringify([[...key.data], positions, width, sketchDim]);
  if (!known.has(name)) {
    if (known.size === KEPT_DRAWS) known.delete(known.keys().next().value!);
    const columns = Math.max(FEWEST, WIDENING * powerOfTwo(sketchDim));
    requireRoom(countOf(positions), columns, sketchDim);
    known.set(
      name,
      featureProgram(layer, { positions, width }, { key: foldIn(key, 4), columns, outColumns: sketchDim }),
    );
  }
  return known.get(name)!;
}

/** Refuses more columns than there is memory for. */
function requireRoom(positions: number, columns: number, sketchDim: number): void {
  if (positions * columns <= MOST_ENTRIES) return;
  const most = 2 ** Math.floor(Math.log2(MOST_ENTRIES / positions / WIDENING));
  throw outOfRange(ACTION, "sketchDim", `at most ${most} for inputs of ${positions} positions`, sketchDim);
}
