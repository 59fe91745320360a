/** From landmarks and a batch to its features. `nystrom.ts` checks what callers pass and loads this with the first batch. */
import { allocate, type DType, NdArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { diagonalize } from "../linalg/factor.ts";
import { eigenvalueNoise } from "../linalg/precision.ts";
import { multiply } from "../linalg/products.ts";
import type { KernelOptions } from "../network/kernel.ts";
import type { Network } from "../network/network.ts";
import { pacer } from "../pause.ts";
import type { Key } from "../random/mod.ts";
import { Shared } from "../shared.ts";
import { errorsOf } from "./estimate.ts";
import type { ByKernel } from "./kernel_series.ts";
import type { FeatureFnOptions, NetworkFeatures } from "./network_features.ts";

/** Options of a call. */
type LandmarkOptions = FeatureFnOptions<DType, NonNullable<KernelOptions["backend"]>>;

/** Entries of the kernel between rows and landmarks that are there at a time. */
const BLOCK = 2 ** 22;

const NAMES = ["nngp", "ntk"] as const;

/** K(L, L)^(−1/2) of both kernels, shape [m, rank], as long as there are the landmarks, of which every map has its own. */
const roots = new WeakMap<NdArray, Shared<ByKernel<NdArray>>>();

/** The features of both kernels for the rows of x. */
export async function mapToLandmarks(
  network: Network,
  landmarks: NdArray,
  x: NdArray,
  key: Key,
  o: Required<LandmarkOptions>,
): Promise<NetworkFeatures<Float64Array | Float32Array>> {
  const { backend, signal } = o;
  if (!roots.has(landmarks)) {
    roots.set(landmarks, new Shared((signal) => rootsOf(network, landmarks, { ...o, signal })));
  }
  const root = await roots.get(landmarks)!.get(signal);
  const [count, ...rest] = x.shape;
  const size = x.size / count;
  const step = Math.max(1, Math.floor(BLOCK / landmarks.shape[0]));
  const outs = NAMES.map((name) => allocate(count * root[name].shape[1], o.dtype));
  const pace = pacer(o, count);
  for (let start = 0; start < count; start += step) {
    await pace(start);
    const end = Math.min(start + step, count);
    const block = new NdArray(x.data.subarray(start * size, end * size), [end - start, ...rest]);
    const kernel = await network.kernelFn(block, landmarks, NAMES, { backend, signal });
    for (const [i, name] of NAMES.entries()) {
      const mapped = await multiply(kernel[name], root[name]);
      outs[i].set(mapped.data, start * mapped.shape[1]);
    }
  }
  await pace(count);
  const [nngp, ntk] = NAMES.map((name, i) => new NdArray(outs[i], [count, root[name].shape[1]]));
  return { nngp, ntk, error: await errorsOf(network.kernelFn, x, { nngp, ntk }, key, o) };
}

async function rootsOf(
  network: Network,
  landmarks: NdArray,
  { backend, signal }: Required<LandmarkOptions>,
): Promise<ByKernel<NdArray>> {
  const kernel = await network.kernelFn(landmarks, null, NAMES, { backend, signal });
  if (kernel.nngp.shape.length > 2) {
    throw new UnsupportedError(
      "Cannot map features as the network must have one output a row: current value is an output at positions, " +
        "add Flatten() or GlobalAvgPool()",
    );
  }
  const of = async (k: NdArray) => await inverseRoot(k, signal);
  return { nngp: await of(kernel.nngp), ntk: await of(kernel.ntk) };
}

/** U·Λ^(−1/2) of the eigenvalues that are signal, shape [m, rank]. */
async function inverseRoot(k: NdArray, signal: AbortSignal): Promise<NdArray<Float64Array>> {
  const { values: { data: values }, vectors } = await diagonalize(k, "the kernel of the landmarks", {
    signal,
  });
  const m = values.length;
  const floor = eigenvalueNoise(k, Math.max(values[m - 1], -values[0]));
  // In ascending order: noise comes first.
  const start = values.findIndex((value) => value > floor);
  // A kernel that is 0, as the NTK of a network without weights, has a column of zeros.
  if (start < 0) return new NdArray(new Float64Array(m), [m, 1]);
  const rank = m - start;
  const out = new Float64Array(m * rank);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < rank; j++) {
      out[i * rank + j] = vectors.data[i * m + start + j] / Math.sqrt(values[start + j]);
    }
  }
  return new NdArray(out, [m, rank]);
}
