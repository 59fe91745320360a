/** Errors that a caller may want to catch by name; everything else is a `TypeError` or a `RangeError`. */

/**
 * A backend that was asked for by name cannot run here; the message says why and what to do.
 *
 * @example Another backend instead
 * ```ts
 * import { BackendUnavailableError } from "./errors.ts";
 * import { Dense } from "./stax/mod.ts";
 * const compute = (backend: string) => Dense(1).kernelFn([[1]], null, "nngp", { backend });
 * const nngp = await compute("webgpu").catch((error) => {
 *   if (error instanceof BackendUnavailableError) return compute("reference");
 *   throw error;
 * });
 * if (nngp.at(0, 0) !== 1) throw new Error("E[f(1)²] must be 1");
 * ```
 */
export class BackendUnavailableError extends Error {
  /** The name of the class, also where it was minified. */
  override name = "BackendUnavailableError";
}

/**
 * The GPU device was lost while something was being computed; nothing of the result was kept. The next call opens the device
 * anew.
 *
 * @example One more try
 * ```ts
 * import { DeviceLostError } from "./errors.ts";
 * import { Dense } from "./stax/mod.ts";
 * const compute = () => Dense(1).kernelFn([[1]], null, "nngp");
 * const nngp = await compute().catch((error) => error instanceof DeviceLostError ? compute() : Promise.reject(error));
 * if (nngp.at(0, 0) !== 1) throw new Error("E[f(1)²] must be 1");
 * ```
 */
export class DeviceLostError extends Error {
  /** The name of the class, also where it was minified. */
  override name = "DeviceLostError";
}

/**
 * A matrix that has to be positive definite is not; the message names the smallest pivot and the jitter tried.
 *
 * @example Two points with the same kernel row
 * ```ts
 * import assert from "node:assert/strict";
 * import { NotPositiveDefiniteError } from "./errors.ts";
 * import { gpInference } from "./predict/mod.ts";
 * const predictFn = gpInference([[1, 1], [1, 1]], [[0], [0]], { maxJitter: 0 });
 * await assert.rejects(predictFn({ kTestTrain: [[1, 1]] }), NotPositiveDefiniteError);
 * ```
 */
export class NotPositiveDefiniteError extends Error {
  /** The name of the class, also where it was minified. */
  override name = "NotPositiveDefiniteError";
  /** The row of the pivot that failed, where one did. */
  readonly row?: number;

  /** An error with this message. */
  constructor(message: string, row?: number) {
    super(message);
    this.row = row;
  }
}

/**
 * The request is meaningful but not covered; the message says what to use instead.
 *
 * @example A kernel that no finite network has
 * ```ts
 * import assert from "node:assert/strict";
 * import { UnsupportedError } from "./errors.ts";
 * import { ExpNormalized } from "./stax/mod.ts";
 * assert.throws(() => ExpNormalized().applyFn(null, [[1]]), UnsupportedError);
 * ```
 */
export class UnsupportedError extends Error {
  /** The name of the class, also where it was minified. */
  override name = "UnsupportedError";
}
