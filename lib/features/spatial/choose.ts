/**
 * What computes the features of images: TypeScript, C, or shaders. In: the steps of a map, images, and options that name a backend or
 * leave the choice. Out: the features of both kernels.
 */
import { allocate, type NdArray, type Values } from "../../array/mod.ts";
import { webgpu } from "../../backends/webgpu/mod.ts";
import { BackendUnavailableError, UnsupportedError } from "../../errors.ts";
import { Fault, Obstacle } from "../../ffi/setup.ts";
import { answering, pacer } from "../../pause.ts";
import { warnOnce } from "../../warn_once.ts";
import { ACTION } from "../call.ts";
import type { MapOptions } from "../map_vectors.ts";
import type { NativeMap } from "./native/run.ts";
import type { FeatureProgram } from "./steps.ts";
import { Runner } from "./run.ts";

/** Below so many entries of all values compiling takes longer than JavaScript does. */
const SMALL = 2 ** 24;

type Features = Readonly<Record<"nngp" | "ntk", Values>>;
/** Computes features, or is null where `auto` is to have another backend do it. */
type Attempt = (program: FeatureProgram, x: NdArray, o: MapOptions) => Promise<Features | null>;

/** The features of both kernels for all images. */
export async function featuresBy(program: FeatureProgram, x: NdArray, o: MapOptions): Promise<Features> {
  const attempts: Readonly<Record<MapOptions["backend"], readonly Attempt[]>> = {
    webgpu: [inShaders],
    native: [inC],
    reference: [],
    auto: x.shape[0] * entriesOf(program) < SMALL ? [] : [inShaders, inC],
  };
  for (const attempt of attempts[o.backend]) {
    const features = await attempt(program, x, o);
    if (features) return features;
  }
  return await inTypeScript(program, x, o);
}

/** Entries of all values that steps write for an image. */
const entriesOf = ({ steps }: FeatureProgram): number =>
  steps.reduce((sum, step) => sum + ("to" in step ? step.to.positions * step.to.columns : 0), 0);

/** On a GPU; `auto` takes float32 on fast ones, as most are slow in float64. */
async function inShaders(program: FeatureProgram, x: NdArray, o: MapOptions): Promise<Features | null> {
  const { backend, dtype } = o;
  const isAuto = backend === "auto";
  if (isAuto && (dtype === "float64" || !webgpu.plausible!())) return null;
  const { hasShaders, runOnGpu } = await import("./webgpu/run.ts");
  if (!hasShaders(program)) {
    if (isAuto) return null;
    throw new UnsupportedError(
      `Cannot ${ACTION} on webgpu as all nonlinearities must be expressions: current value is a function of the host, ` +
        'use { backend: "reference" }',
    );
  }
  const { acquire, availability } = await import("../../backends/webgpu/device/device.ts");
  const { dtypes, fast, reason } = await availability();
  if (isAuto && !fast) return null;
  if (!dtypes.includes(dtype)) {
    throw new BackendUnavailableError(`Cannot ${ACTION} on webgpu as ${reason}`);
  }
  return await runOnGpu(await acquire(), { ...o, program, x });
}

/** On all cores. */
async function inC(program: FeatureProgram, x: NdArray, o: MapOptions): Promise<Features | null> {
  const { backend, dtype, signal } = o;
  if (typeof globalThis.Deno?.dlopen !== "function") {
    if (backend === "auto") return null;
    const reason = "it must run in Deno: current value is another runtime";
    throw new BackendUnavailableError(`Cannot ${ACTION} on native as ${reason}`);
  }
  const { compiledMap, isWritable, runNative } = await import("./native/run.ts");
  if (!isWritable(program)) {
    if (backend === "auto") return null;
    throw new UnsupportedError(
      `Cannot ${ACTION} on native as all nonlinearities must be expressions, and products must have few factors: ` +
        'current value is a function of the host, or more factors, use { backend: "reference" }',
    );
  }
  let map: NativeMap;
  try {
    map = await compiledMap(program, dtype, signal);
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
  return await runNative(map, x, o);
}

/** One image after the other on the thread of JavaScript, in float64. */
async function inTypeScript(program: FeatureProgram, x: NdArray, o: MapOptions): Promise<Features> {
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
