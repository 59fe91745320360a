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

/** TODO */
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
  if (isKernel(x)) throw wrongType(ACTION, name, "an array", "a kernel");
  const own = ownArray(x, name);
  if (own.shape.length > 2) {
    throw new UnsupportedError(
      `Cannot ${ACTION} as ${name} must have shape (n, features), without positions: current value is ` +
        `[${own.shape.join(", ")}], take central differences of kernelFn`,
    );
  }
  return own;
}
