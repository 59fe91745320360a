/** `kernelGradient`: the derivative of a network's kernel in its first input. */
import { type ArrayInput, NdArray, ownArray, show, totalSize } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { isKernel } from "../network/kernel.ts";
import { isNetwork, type Network } from "../network/network.ts";
import { abortSignal, callable, oneOf, withDefaults, wrongType } from "../options.ts";
import { afterEntries, beginCall, type Progress } from "../pause.ts";

/** Options of `kernelGradient`. */
export interface KernelGradientOptions {
  /** `auto` (default): the fastest backend with float64; or a name, see `backends()` */
  readonly backend?: string;
  /** Precision; `"float64"` (default) is the only one */
  readonly dtype?: "float64";
  /**
   * What a pair has whose kernel has no derivative: `"refuse"` (default) names it in a `RangeError`, `"mean"` gives the mean of both
   * sides
   */
  readonly kinks?: "mean" | "refuse";
  /** Called now and then with the number of pairs done and of all pairs */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the computation when aborted: the promise rejects with the signal's reason */
  readonly signal?: AbortSignal;
}

const ACTION = "compute the gradient of a kernel";

const defaults: Required<KernelGradientOptions> = {
  backend: "auto",
  dtype: "float64",
  kinks: "refuse",
  onProgress: () => {},
  signal: new AbortController().signal,
};

/**
 * The gradient of a network's kernel in its first input, ∂K(x1ᵢ, x2ⱼ)/∂x1ᵢ, shape (n1, n2, features), for inputs without positions.
 *
 * The kernel of vectors with d features is K = F(⟨x, y⟩/d, |x|²/d, |y|²/d), so that
 *
 *     ∂K/∂x = (F_c·(y − (c/v)·x) + R/v·x)/d   with c = ⟨x, y⟩/d, v = |x|²/d, F_c = ∂F/∂c and R = c·F_c + 2v·∂F/∂v,
 *
 * where F_c and R follow layer by layer: T_c = E[φ′(u)φ′(w)] and R = E[u·φ′(u)·φ(w)] of a nonlinearity φ. All pairs are computed by
 * one map of a pair on `backend`, in blocks of rows, and hardly more memory is needed than for the result. Pairs that lie close together
 * are computed one by one in twice the digits, as the slopes of their kernel are large and cancel. Gradients of points that are 1e-12
 * apart have 11 digits, also of ReLU's NTK, whose angle has a pole there; where a rectifier follows a smooth nonlinearity they have 8.
 * A close pair takes half a millisecond.
 *
 * Where a point of x1 is one of x2, the gradient is ½·∂K(x, x)/∂x, as K is symmetric: w²·y/2d for `serial(Dense(1, { wStd: w }), Relu())`. A
 * kernel may have a *kink* there, and have no gradient: the NTK of rectifiers and of other functions with kinks, of which the angle between
 * points is a part, and the NNGP of `Sign` and other functions with jumps. Without biases these have a kink wherever both
 * points are the same up to a factor, and where x1ᵢ is 0. Kinks are refused, the first by name, unless `kinks` is `"mean"`: then the result is
 * the mean of the one-sided gradients on opposite sides, ½·∂K(x, x)/∂x at equal points. Kernels that jump, as that of `Sign` at 0 without
 * biases, are always refused. Near a kink the gradient exists and is right, but changes from one side to the other.
 *
 * Noise of `Dropout` is that of different points for every pair. Numerical nonlinearities (`Softplus`, `ElementwiseNumerical`) are
 * differentiated through their Hermite coefficients, σ·aₖ′ = k·aₖ + √((k + 1)(k + 2))·aₖ₊₂, without a derivative of φ, and are
 * about as exact as their kernels. Of those with kinks or jumps, pairs of different points that lie close together are refused.
 *
 * @param network Of `stax`, for inputs of shape (n, features)
 * @param x1 Points, (n1, features): those that move
 * @param x2 Points, (n2, features); null stands for x1: its points stay where they are
 * @param kernel Which kernel, `"nngp"` or `"ntk"`
 * @throws {TypeError} for anything but a network, arrays and options that there are
 * @throws {RangeError} for a kink, unless `kinks` is `"mean"`, for a jump, for inputs that are not finite kernels that overflow, or more entries than memory
 * @throws {UnsupportedError} for inputs with positions, patterns and masks, for networks that select or mix examples, for
 * nonlinearities without a kernel, and for close points with numerical ones that have kinks
 * @throws {BackendUnavailableError} for a backend that cannot run here in float64
 * @see Rasmussen & Williams 2006, "Gaussian processes for machine learning", section 9.4, for observations of derivatives
 *
 * @example An observation of a derivative: cov(f′(x), f(y)) = ∂K(x, y)/∂x
 * ```ts
 * import assert from "node:assert/strict";
 * import { kernelGradient, stax } from "../../mod.ts";
 *
 * // f(x) = w·x + b has the slope w, of variance wStd², and cov(w, f(y)) = wStd²·y
 * const line = stax.Dense(1, { wStd: 3, bStd: 1 });
 * const slopes = await kernelGradient(line, [[0]], [[2], [-5]], "nngp");
 * assert.deepEqual(slopes.toNested(), [[[18], [-45]]]);
 * ```
 *
 * @example Which inputs matter: slopes of a prediction, which is linear in the kernel
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, kernelGradient, predict, random, stax } from "../../mod.ts";
 *
 * const network = stax.serial(stax.Dense(1, { wStd: 2, bStd: 1 }), stax.Gelu(), stax.Dense(1));
 * const x = random.normal(random.key(0), [80, 2]);
 * const y = array(Array.from({ length: 80 }, (_, i) => [Math.sin(x.at(i, 0))]));
 * const predictFn = predict.gpInference(await network.kernelFn(x, null, "nngp"), y, { diagReg: 1e-4 });
 * const gradient = (await kernelGradient(network, [[0, 0.5]], x, "nngp")).toNested() as number[][][];
 * const slope = async (k: number) => {
 *   const kTestTrain = gradient.map((row) => row.map((entry) => entry[k]));
 *   return (await predictFn({ get: "nngp", kTestTrain })).at(0, 0);
 * };
 * // sin′(0) = 1 along the first feature, and nothing along the second
 * assert.ok(Math.abs(await slope(0) - 1) < 0.1);
 * assert.ok(Math.abs(await slope(1)) < 0.1);
 * ```
 */
export async function kernelGradient(
  network: Network,
  x1: ArrayInput,
  x2: ArrayInput | null,
  kernel: "nngp" | "ntk",
  options: KernelGradientOptions = {},
): Promise<NdArray<Float64Array>> {
  beginCall();
  if (typeof network !== "object" || network === null || !isNetwork(network)) {
    throw wrongType(ACTION, "network", "a network of stax", network);
  }
  oneOf(ACTION, "kernel", kernel, ["nngp", "ntk"]);
  const o = checked(options);
  const own1 = vectors(x1, "x1");
  const own2 = x2 === null ? null : x2 === x1 ? own1 : vectors(x2, "x2");
  await afterEntries(totalSize([own1, own2]));
  const { gradientOf } = await import("./engine.ts");
  return await gradientOf(network, [own1, own2], { ...o, kernel });
}

function checked(options: KernelGradientOptions): Required<KernelGradientOptions> {
  for (const name of ["pattern", "maskConstant"]) {
    const value = (options as Record<string, unknown> | null)?.[name] ?? null;
    if (value === null) continue;
    throw new UnsupportedError(
      `Cannot ${ACTION} as ${name} must be null: current value is ${show(value)}, ` +
        "take central differences of kernelFn with it",
    );
  }
  const o = withDefaults(ACTION, defaults, options);
  if (o.dtype as string === "float32") {
    throw new UnsupportedError(
      `Cannot ${ACTION} as dtype must be "float64": current value is "float32", round the result`,
    );
  }
  oneOf(ACTION, "dtype", o.dtype, ["float64"]);
  oneOf(ACTION, "kinks", o.kinks, ["mean", "refuse"]);
  callable(ACTION, "onProgress", o.onProgress);
  abortSignal(ACTION, "signal", o.signal);
  return o;
}

/** A copy of inputs without positions, since the caller's may change while gradients are computed. */
function vectors(x: ArrayInput, name: string): NdArray {
  if (isKernel(x)) {
    throw new TypeError(`Cannot ${ACTION} as ${name} must be an array: current value is a kernel`);
  }
  const own = ownArray(x, name);
  if (own.shape.length > 2) {
    throw new UnsupportedError(
      `Cannot ${ACTION} as ${name} must have shape (n, features), without positions: current value is ` +
        `[${own.shape.join(", ")}], take central differences of kernelFn`,
    );
  }
  return own;
}
