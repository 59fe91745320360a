/** `batch`, which Python needs for kernels that are too large for its memory: here they are computed in blocks anyway. */
import { UnsupportedError } from "../errors.ts";
import { flag, integer, withDefaults, wrongType } from "../options.ts";
import { type KernelFn, layerOf } from "../network/kernel_fn.ts";

/** Options of `batch`. */
export interface BatchOptions {
  /** Most examples of x1 and of x2 in a block in Python; here the machine chooses, whatever it is. Default 0 */
  readonly batchSize?: number;
  /** −1 (default) for all devices, 0 or 1 for one: each backend is one device, `native` all cores of the CPU */
  readonly deviceCount?: number;
  /** False (default): results are in the memory of the host, as they always are */
  readonly storeOnDevice?: boolean;
}

/**
 * `kernelFn` itself, after its options were checked: E[f(x1ᵢ) f(x2ⱼ)] and Θ(x1ᵢ, x2ⱼ) for all i and j of a block at once, one block
 * after another (Novak et al. 2020, arXiv:1912.02803).
 *
 * It is there for programs that come from Python: every kernel is computed in blocks that suit the machine, which keeps nothing
 * but results, and `onProgress` and `signal` are heard between them. No size of blocks would change a bit of what comes out, make
 * it faster, or save memory.
 *
 * @param kernelFn that of a network, or one that `batch` gave
 * @throws {TypeError} if `kernelFn` is another function, or for unknown options.
 * @throws {RangeError} if `batchSize` is not a non-negative integer, or `deviceCount` not an integer of at least −1.
 * @throws {UnsupportedError} for more than one device, or results on it.
 *
 * @example The same function
 * ```ts
 * import assert from "node:assert/strict";
 * import { batch } from "./batched.ts";
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(1), stax.Gelu(), stax.Dense(1));
 * assert.equal(batch(kernelFn, { batchSize: 2 }), kernelFn);
 * ```
 */
export function batch(kernelFn: KernelFn, options: BatchOptions = {}): KernelFn {
  const defaults: Required<BatchOptions> = { batchSize: 0, deviceCount: -1, storeOnDevice: false };
  const { batchSize, deviceCount, storeOnDevice } = withDefaults("build batch", defaults, options);
  if (!layerOf(kernelFn)) {
    throw wrongType(
      "build batch",
      "kernelFn",
      "that of a network, such as stax.serial(…).kernelFn",
      kernelFn,
    );
  }
  integer("build batch", "batchSize", batchSize, 0);
  if (integer("build batch", "deviceCount", deviceCount, -1) > 1) {
    throw new UnsupportedError(
      `Cannot build batch as deviceCount must be -1, 0 or 1: current value is ${deviceCount}, ` +
        "leave it out, since a backend computes on one device with all of its cores",
    );
  }
  if (flag("build batch", "storeOnDevice", storeOnDevice)) {
    throw new UnsupportedError(
      "Cannot build batch as storeOnDevice must be false: current value is true, " +
        "leave it out, since results are always in the memory of the host",
    );
  }
  return kernelFn;
}
