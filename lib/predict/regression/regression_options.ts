/** What a regression is asked for, checked. */
import { type ArrayInput, assertFinite, finiteArray, NdArray, ownArray } from "../../array/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { toFloat64 } from "../../linalg/matmul.ts";
import { abortSignal, callable, flag, oneOf, outOfRange, withDefaults } from "../../options.ts";
import type { Watch } from "../../pause.ts";
import { type KernelName, NAMES } from "../kernels.ts";
import type { LargeOptions } from "./large_system.ts";

/** Options of `regression`. */
export interface RegressionOptions extends Watch {
  /** The kernel that is the prior covariance; default `"nngp"`. */
  readonly kernel?: KernelName;
  /** Variance of the noise of targets, one for all or one a point, shape [n]; in units of the standardized targets with `standardize`. Default 1e-2. */
  readonly noise?: ArrayInput | number;
  /** Whether each output is shifted and scaled to mean 0 and variance 1 for the fit; predictions are in the units given. Default `false`. */
  readonly standardize?: boolean;
  /**
   * `"cholesky"`: a factor in float64, 8·n² bytes twice; `"conjugateGradients"`: products with a kernel in tiles of 2·n² bytes, for which
   * evidence, leave-one-out predictions and classification are refused, and `std` is slow; `"auto"` (default): a factor up to 10 000 points.
   */
  readonly solver?: "auto" | "cholesky" | "conjugateGradients";
  /** Relative residual that conjugate gradients have to reach, default 1e-4; `null` with a factor. */
  readonly tolerance?: number | null;
  /** Rank of their preconditioner, of 8·n·rank bytes; default `null`: as many as suit n. */
  readonly rank?: number | null;
  /** Path of a file that keeps their tiles, so that a fit that was killed goes on; default `null`: they are in memory. */
  readonly tiles?: string | null;
  /** What computes kernels, as in `kernelFn`; default `"auto"`. */
  readonly backend?: string;
  /** The precision of kernels; all else is in float64. Default `"float64"`. */
  readonly dtype?: "float64" | "float32";
}

const defaults: Required<RegressionOptions> = {
  kernel: "nngp",
  noise: 1e-2,
  standardize: false,
  solver: "auto",
  tolerance: null,
  rank: null,
  tiles: null,
  backend: "auto",
  dtype: "float64",
  onProgress: () => {},
  signal: new AbortController().signal,
};

/** The options with their defaults. */
export function settled(options: RegressionOptions): Required<RegressionOptions> {
  const o = withDefaults("fit a regression", defaults, options);
  oneOf("fit a regression", "kernel", o.kernel, NAMES);
  flag("fit a regression", "standardize", o.standardize);
  oneOf("fit a regression", "dtype", o.dtype, ["float64", "float32"]);
  oneOf("fit a regression", "solver", o.solver, ["auto", "cholesky", "conjugateGradients"]);
  callable("fit a regression", "onProgress", o.onProgress);
  abortSignal("fit a regression", "signal", o.signal);
  return o;
}

/** Up to so many points a factor takes less time, and its memory is there. */
const FACTORED_POINTS = 10_000;

/** How so many points are solved for without a factor; null: with one. */
export function largeOptions(o: Required<RegressionOptions>, points: number): LargeOptions | null {
  const { solver, tolerance, rank, tiles } = o;
  const isFactored = solver === "cholesky" || solver === "auto" && points <= FACTORED_POINTS;
  if (!isFactored) return { tolerance: tolerance ?? 1e-4, rank, tiles };
  for (const [name, value] of Object.entries({ tolerance, rank, tiles })) {
    if (value === null) continue;
    throw new UnsupportedError(
      `Cannot fit a regression as ${name} must be null with a Cholesky factor, which ${points} points have: ` +
        `current value is ${JSON.stringify(value)}, give solver "conjugateGradients"`,
    );
  }
  return null;
}

/** Inputs as they are now. */
export function inputsOf(x: ArrayInput, name: string): NdArray {
  const inputs = ownArray(x, name);
  requireBatch(inputs, name);
  return inputs;
}

/** Refuses what is no batch of finite inputs. */
export function requireBatch(inputs: NdArray, name: string): void {
  if (inputs.shape.length < 2) {
    throw new TypeError(
      `Cannot use ${name} as its shape must be [points, features] or [points, …positions, features]: ` +
        `current value is [${inputs.shape.join(", ")}]`,
    );
  }
  assertFinite(inputs, name);
}

/** A variance for each of so many points. */
export function noiseOf(
  noise: ArrayInput | number,
  points: number,
  name: string,
  action: string,
): Float64Array {
  if (typeof noise === "number") return new Float64Array(points).fill(variance(noise, name, action));
  const { data, shape } = toFloat64(finiteArray(noise, name));
  if (shape.length !== 1 || shape[0] !== points) {
    throw new TypeError(
      `Cannot ${action} as ${name} must be a number or an array of shape [${points}]: ` +
        `current value is of shape [${shape.join(", ")}]`,
    );
  }
  data.forEach((value, i) => variance(value, `${name}[${i}]`, action));
  return data.slice();
}

function variance(value: number, name: string, action: string): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw outOfRange(action, name, "a variance, finite and at least 0", value);
}
