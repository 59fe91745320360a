/**
 * From a network over inputs with positions and a batch to its features. `from_network.ts` checks what callers pass and loads this with
 * the first batch.
 */
import { assertFinite, countOf, NdArray } from "../array/mod.ts";
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
import { lastDraws } from "./last_draws.ts";
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

/** What to do about features that are no numbers. */
const REMEDY = ", lower wStd or the inputs";

/** The features of both kernels for the images x. */
export async function mapImages(
  layer: Layer,
  kernelFn: KernelFn,
  x: NdArray,
  inputs: FeatureInputs,
  o: MapOptions,
): Promise<{ nngp: NdArray; ntk: NdArray; error: ByKernel<Estimate> | null }> {
  const program = await drawn(layer, inputs, o);
  // Products of features are no numbers where the kernel diverges, which the variances of the images tell.
  if (hasLimit(program)) await kernelFn(x, null, "cov1", { signal: o.signal });
  const values = await featuresBy(program, x, o);
  const [nngp, ntk] = (["nngp", "ntk"] as const).map((name) =>
    new NdArray(values[name], [x.shape[0], program[name].columns])
  );
  assertFinite(nngp, "nngp", ACTION, REMEDY);
  assertFinite(ntk, "ntk", ACTION, REMEDY);
  return { nngp, ntk, error: await errorsOf(kernelFn, x, { nngp, ntk }, inputs.key, o) };
}

/** Whether a nonlinearity is for small variances only. */
const hasLimit = ({ steps }: FeatureProgram): boolean =>
  steps.some((step) => step.kind === "nonlinearity" && step.forward.hasLimit);

const drawnOnce = lastDraws<FeatureProgram>();

/** The steps of a map; drawn once for a key and options. */
async function drawn(
  layer: Layer,
  { key, positions, width }: FeatureInputs,
  { sketchDim }: MapOptions,
): Promise<FeatureProgram> {
  await loadKernels(layer);
  return drawnOnce(layer, JSON.stringify([[...key.data], positions, width, sketchDim]), () => {
    const columns = Math.max(FEWEST, WIDENING * powerOfTwo(sketchDim));
    requireRoom(countOf(positions), columns, sketchDim);
    const draw = { key: foldIn(key, 4), columns, outColumns: sketchDim };
    return featureProgram(layer, { positions, width }, draw);
  });
}

/** Refuses more columns than there is memory for. */
function requireRoom(positions: number, columns: number, sketchDim: number): void {
  if (positions * columns <= MOST_ENTRIES) return;
  const most = 2 ** Math.floor(Math.log2(MOST_ENTRIES / positions / WIDENING));
  throw outOfRange(ACTION, "sketchDim", `at most ${most} for inputs of ${positions} positions`, sketchDim);
}
