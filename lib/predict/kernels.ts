/** Which kernel of a network a prediction uses, and how callers pass them. */
import { type ArrayInput, type NdArray, toArray } from "../array.ts";

/** The two kernels of an infinitely wide network. */
export type KernelName = "nngp" | "ntk";

/** The kernels of a network by name, as `kernelFn` returns them; what is missing is absent, `undefined` or `null`. */
export interface NamedKernels {
  /** Covariance of the outputs at initialization. */
  readonly nngp?: ArrayInput | null;
  /** Neural tangent kernel, which drives training by gradient descent. */
  readonly ntk?: ArrayInput | null;
}

/** One kernel that stands for whichever is asked for, or the kernels of a network by name. */
export type Kernels = ArrayInput | NamedKernels;

/** Whether the kernels come by name. */
export function isNamed(kernels: Kernels): kernels is NamedKernels {
  return typeof kernels === "object" && kernels !== null && ("nngp" in kernels || "ntk" in kernels);
}

/** Names of the kernels that are there; both for a single array. */
export function availableKernels(kernels: Kernels): KernelName[] {
  const names: KernelName[] = ["nngp", "ntk"];
  return isNamed(kernels) ? names.filter((name) => (kernels[name] ?? null) !== null) : names;
}

/** The kernel called `name`, or the single array; `argument` is what messages call `kernels`. */
export function selectKernel(kernels: Kernels, name: KernelName, argument: string): NdArray {
  if (!isNamed(kernels)) return toArray(kernels, argument);
  const kernel = kernels[name] ?? null;
  if (kernel === null) {
    const names = availableKernels(kernels).map((other) => `"${other}"`).join(", ") || "nothing";
    throw new TypeError(`Cannot predict as ${argument} must contain "${name}": current value has ${names}`);
  }
  return toArray(kernel, `${argument}.${name}`);
}

/** Refuses a single array where both kernels are needed, as for the covariance of an ensemble of trained networks. */
export function requireBoth(isArray: boolean, argument: string): void {
  if (!isArray) return;
  throw new TypeError(
    `Cannot predict the covariance for "ntk" as ${argument} must contain "nngp" and "ntk": ` +
      `current value is a single array`,
  );
}
