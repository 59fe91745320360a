/** Which kernel of a network a prediction uses, and how callers pass them. */
import { type ArrayInput, type NdArray, ownArray, toArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { outOfRange, requireNames } from "../options.ts";
import { type Kernel, kernelFields } from "../network/kernel.ts";

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
  const isRecord = typeof kernels === "object" && kernels !== null && !Array.isArray(kernels);
  return isRecord && !ArrayBuffer.isView(kernels) && !("data" in kernels);
}

const AS_IT_IS = ", or give its arrays as { nngp, ntk } for regression with a kernel as it is";

/** Their names. */
export const NAMES: readonly KernelName[] = ["nngp", "ntk"];

/** Names of the kernels that are there; both for a single array. */
export function availableKernels(kernels: Kernels): readonly KernelName[] {
  return isNamed(kernels) ? NAMES.filter((name) => (kernels[name] ?? null) !== null) : NAMES;
}

/** Copies of the kernels, which the caller may change before they are used; refuses those that predictions would misread. */
export function ownKernels(kernels: Kernels, argument: string): Kernels {
  if (!isNamed(kernels)) return ownArray(kernels, argument);
  requireReadable(kernels, argument, AS_IT_IS);
  const own = (name: KernelName) => kernels[name] && ownArray(kernels[name], `${argument}.${name}`);
  return Object.fromEntries(NAMES.filter((name) => name in kernels).map((name) => [name, own(name)]));
}

/** A copy of the one kernel that training needs: the single array, or that called `name`. */
export function ownKernel(kernels: Kernels, name: KernelName, argument: string): NdArray {
  if (!NAMES.includes(name)) throw outOfRange("predict", "get", 'one of "nngp", "ntk"', name);
  if (isNamed(kernels)) requireReadable(kernels, argument, AS_IT_IS);
  const [other] = availableKernels(kernels);
  return ownArray(
    selectKernel(kernels, name, argument, other && `, choose it with { get: "${other}" }`),
    argument,
  );
}

/**
 * Refuses names that are none, a `Kernel` of outputs that are not Gaussian, and one without the covariances of positions;
 * `remedy` is what else a caller can do about the second.
 */
export function requireReadable(kernels: NamedKernels, argument: string, remedy = ""): void {
  requireNames("predict", `the names in ${argument}`, kernelFields, kernels);
  const { isGaussian, diagonalSpatial, nngp } = kernels as Partial<Kernel>;
  if (isGaussian === false) throw notGaussian(argument, remedy);
  if (diagonalSpatial === true && nngp && nngp.shape.length > 2) {
    throw new UnsupportedError(
      `Cannot predict as ${argument} must relate all positions to each other: current value is diagonalSpatial true, ` +
        "compute it without that option",
    );
  }
}

/** The error for a network whose outputs are no Gaussian process, which `argument` stands for. */
export function notGaussian(argument: string, remedy = ""): UnsupportedError {
  return new UnsupportedError(
    `Cannot predict as the outputs of ${argument} must be Gaussian: current value is not, ` +
      `end the network with Dense(…)${remedy}`,
  );
}

/** The kernel called `name`, or the single array; `argument` is what messages call `kernels`. */
export function selectKernel(kernels: Kernels, name: KernelName, argument: string, remedy = ""): NdArray {
  if (!isNamed(kernels)) return toArray(kernels, argument);
  const kernel = kernels[name] ?? null;
  if (kernel === null) {
    const names = availableKernels(kernels).map((other) => `"${other}"`).join(", ") || "nothing";
    throw new TypeError(
      `Cannot predict as ${argument} must contain "${name}": current value has ${names}${remedy}`,
    );
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
