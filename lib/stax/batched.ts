/** `batch`: kernels in blocks of a size that the caller gives. */
import { UnsupportedError } from "../errors.ts";
import { flag, integer, withDefaults, wrongType } from "../options.ts";
import { type KernelFn, kernelFnOf, layerOf } from "../network/kernel_fn.ts";

/** Options of `batch`. */
export interface BatchOptions {
  /** Most examples of x1 and of x2 in a block, any number of which may be left for the last one; default 0: the machine chooses */
  readonly batchSize?: number;
  /** −1 (default) for all devices, 0 or 1 for one: each backend is one device, `native` all cores of the CPU */
  readonly deviceCount?: number;
  /** False (default): results are in the memory of the host, as they always are */
  readonly storeOnDevice?: boolean;
}

/**
 * A `kernelFn` that computes the same kernel in blocks of `batchSize` examples of x1 with `batchSize` of x2, one block after
 * another: E[f(x1ᵢ) f(x2ⱼ)] and Θ(x1ᵢ, x2ⱼ) for all i and j of a block at once (Novak et al. 2020, arXiv:1912.02803).
 *
 * It is there for compatibility: a backend divides its work by itself, into blocks that suit the machine, and keeps nothing but
 * results, so that a `batchSize` makes nothing faster, and small ones slower. What comes out is the same to the last bit whatever
 * the sizes: blocks below the diagonal are those above it where x2 is x1, duplicates in different blocks are duplicates, and `get`,
 * `onProgress` (which counts the pairs of all blocks) and `signal` work as without it. For the sake of these bits a network whose
 * duals are summed from tables, of `ElementwiseNumerical` or `Softplus`, is computed in the machine's own blocks.
 *
 * @param kernelFn that of a network, or one that `batch` gave
 * @throws {TypeError} if `kernelFn` is another function, or for unknown options.
 * @throws {RangeError} if `batchSize` is not a non-negative integer, or `deviceCount` not an integer of at least −1.
 * @throws {UnsupportedError} for more than one device, or results on it.
 *
 * @example The same bits
 * ```ts
 * import assert from "node:assert/strict";
 * import { batch } from "./batched.ts";
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(1), stax.Gelu(), stax.Dense(1));
 * const x = [[1, 2], [3, 4], [5, 6]];
 * const whole = await kernelFn(x, null, "ntk");
 * assert.deepEqual(await batch(kernelFn, { batchSize: 2 })(x, null, "ntk"), whole);
 * ```
 */
export function batch(kernelFn: KernelFn, options: BatchOptions = {}): KernelFn {
  const defaults: Required<BatchOptions> = { batchSize: 0, deviceCount: -1, storeOnDevice: false };
  const { batchSize, deviceCount, storeOnDevice } = withDefaults("build batch", defaults, options);
  const layer = layerOf(kernelFn);
  if (!layer) {
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
  if (batchSize === 0) return kernelFn;
  return kernelFnOf(
    layer,
    async (backend) => (await import("../network/batch_blocks.ts")).inBlocks(backend, batchSize),
  );
}
