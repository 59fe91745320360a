/**
 * From a network over inputs with positions and a batch to its features. `from_network.ts` checks what callers pass and loads this with
 * the first batch.
 */
import { allocate, countOf, NdArray, type Values } from "../array/mod.ts";
import { BackendUnavailableError, UnsupportedError } from "../errors.ts";
import { Fault, Obstacle } from "../ffi/setup.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import type { Layer } from "../network/layer.ts";
import { loadKernels } from "../network/rule.ts";
import { outOfRange } from "../options.ts";
import { answering, pacer } from "../pause.ts";
import { foldIn } from "../random/mod.ts";
import { powerOfTwo } from "../sketching/walsh_hadamard.ts";
import { warnOnce } from "../warn_once.ts";
import { ACTION } from "./call.ts";
import { errorsOf } from "./estimate.ts";
import type { Estimate, FeatureInputs } from "./network_features.ts";
import type { ByKernel } from "./kernel_series.ts";
import type { MapOptions } from "./map_vectors.ts";
import type { NativeMap } from "./spatial/native/run.ts";
import type { FeatureProgram } from "./spatial/steps.ts";
import { Runner } from "./spatial/run.ts";
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
/** Below so many entries of all values compiling takes longer than JavaScript does. */
const SMALL = 2 ** 24;

/** The features of both kernels for the images x. */
export async function mapImages(
  layer: Layer,
  kernelFn: KernelFn,
  x: NdArray,
  inputs: FeatureInputs,
  o: MapOptions,
): Promise<{ nngp: NdArray; ntk: NdArray; error: ByKernel<Estimate> | null }> {
  const program = await drawnOnce(layer, inputs, o);
  const map = await nativeMap(program, x.shape[0], o);
  const values = map
    ? await (await import("./spatial/native/run.ts")).runNative(map, x, o)
    : await mapInTypeScript(program, x, o);
  const [nngp, ntk] = (["nngp", "ntk"] as const).map((name) =>
    new NdArray(values[name], [x.shape[0], program[name].columns])
  );
  return { nngp, ntk, error: await errorsOf(kernelFn, x, { nngp, ntk }, inputs.key, o) };
}

/** The map as compiled code, or null where TypeScript is to compute it. */
async function nativeMap(
  program: FeatureProgram,
  count: number,
  { backend, dtype, signal }: MapOptions,
): Promise<NativeMap | null> {
  if (backend === "reference" || backend === "auto" && count * entriesOf(program) < SMALL) return null;
  const { compiledMap, isWritable } = await import("./spatial/native/run.ts");
  if (!isWritable(program)) {
    if (backend === "auto") return null;
    throw new UnsupportedError(
      `Cannot ${ACTION} on native as all nonlinearities must be expressions, and products must have few factors: ` +
        'current value is a function of the host, or more factors, use { backend: "reference" }',
    );
  }
  try {
    return await compiledMap(program, dtype, signal);
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    if (backend === "native") {
      throw new BackendUnavailableError(`Cannot ${ACTION} on native as ${error.message}`);
    }
    if (error instanceof Fault) {
      warnOnce(`Cannot ${ACTION} on native as ${error.message}: they are computed on reference`);
    }
    return null;
  }
}

/** Entries of all values that steps write for an image. */
const entriesOf = ({ steps }: FeatureProgram): number =>
  steps.reduce((sum, step) => sum + ("to" in step ? step.to.positions * step.to.columns : 0), 0);

async function mapInTypeScript(
  program: FeatureProgram,
  x: NdArray,
  o: MapOptions,
): Promise<{ nngp: Values; ntk: Values }> {
  const runner = new Runner(program);
  const [count] = x.shape;
  const size = x.size / count;
  const nngp = allocate(count * program.nngp.columns, o.dtype);
  const ntk = allocate(count * program.ntk.columns, o.dtype);
  const pace = pacer(o, count);
  for (let i = 0; i < count; i++) {
    await pace(i);
    const image = Float64Array.from(x.data.subarray(i * size, (i + 1) * size));
    const features = await answering(runner.features(image), o);
    nngp.set(features.nngp, i * program.nngp.columns);
    ntk.set(features.ntk, i * program.ntk.columns);
  }
  await pace(count);
  return { nngp, ntk };
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
