/** `KernelOperator`: a symmetric kernel in packed tiles, in memory or in a file, that multiplies vectors. */
import { type ArrayInput, NdArray, ownArray } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import type { Functions } from "../network/network.ts";
import { requireObject } from "../options.ts";
import type { BlockFn } from "./blocks.ts";
import type { Storage } from "./layout.ts";
import type { KernelOperatorOptions } from "./options.ts";

/**
 * The kernel K of n points as an operator: what iterative solvers need of it, products K·v, its diagonal, and some of its columns.
 *
 * The lower triangle is kept in square tiles of correlations K(i, j)/√(K(i, i)·K(j, j)), integers of 32 bits beside the diagonal in
 * float64: about 2·n² bytes (n = 60 000: 6.9 GiB; a float64 matrix has 26.8 GiB), in memory or in a file, and off by 2⁻³¹ at most,
 * some 60 times less than as many bits of float32. Products read each tile once for all vectors and for both triangles, on all threads;
 * all sums are in float64, in one order: the same bits for every number of threads. Without a C compiler they are computed in
 * TypeScript, in steps.
 *
 * @example Two products with one kernel
 * ```ts
 * import assert from "node:assert/strict";
 * import { Dense } from "../stax/mod.ts";
 * import { KernelOperator } from "./kernel_operator.ts";
 *
 * using kernel = await KernelOperator.of(Dense(1), [[1], [2], [3]], "nngp");
 * assert.deepEqual((await kernel.multiply([[1, 0], [1, 0], [1, 1]])).toNested(), [[6, 3], [12, 6], [18, 9]]);
 * assert.deepEqual([...kernel.diagonal], [1, 4, 9]);
 * ```
 */
export class KernelOperator {
  /** Number of points. */
  readonly n: number;
  /** Bytes that the tiles take in memory or in the file. */
  readonly bytes: number;
  /** The diagonal of the kernel as it is kept, in float64. */
  readonly diagonal: Float64Array;
  readonly #storage: Storage;
  #users = 0;
  #isDisposed = false;

  private constructor(storage: Storage) {
    const { layout, scales } = storage;
    this.n = layout.n;
    this.bytes = Int32Array.BYTES_PER_ELEMENT * layout.size;
    this.diagonal = scales.map((scale) => scale ** 2);
    this.#storage = storage;
  }

  /**
   * Computes the kernel of a network between all pairs of points.
   *
   * With a `path`, a call that was killed, stopped by its signal, or had no more room on the disk is repeated, and computes what is
   * missing: a tile counts once it is whole, so no more than the one that was being computed is computed twice.
   *
   * @param network a network, its `kernelFn`, or (without `path`) a function like that
   * @param x points along its first axis
   * @param kernel `"nngp"` or `"ntk"`
   * @throws {TypeError} for bad arguments, a network whose outputs keep positions, and a file at `path` that is another one, of another
   * kernel, of other points, was cut off or damaged.
   * @throws {RangeError} for options out of range, points that are not finite, a folder that is not there, and where there is no
   * memory.
   * @throws {NotPositiveDefiniteError} for entries that no kernel has: a negative diagonal, or K(i, j)² > K(i, i)·K(j, j).
   * @throws {UnsupportedError} for a `path` where there is no Deno, for a function that is not of a network, or a network with an ordinary
   * function among its layers, of which no file could tell.
   */
  static async of(
    network: Pick<Functions, "kernelFn"> | KernelFn | BlockFn,
    x: ArrayInput,
    kernel: "nngp" | "ntk",
    options: KernelOperatorOptions = {},
  ): Promise<KernelOperator> {
    const [own, given] = [ownArray(x, "x"), { ...requireObject("keep a kernel", "its options", options) }];
    const { computed, problemOf } = await import("./engine.ts");
    return new KernelOperator(await computed(problemOf(network, own, kernel, given)));
  }

  /**
   * K·v, of the shape of v, (n, k), in float64.
   *
   * @throws {TypeError} for another shape, and once the operator was disposed of.
   */
  async multiply(
    v: ArrayInput,
    stop: { readonly signal?: AbortSignal } = {},
  ): Promise<NdArray<Float64Array>> {
    const own = ownArray(v, "v");
    return await this.#using(async (storage) => (await import("./engine.ts")).multiplied(storage, own, stop));
  }

  /**
   * The columns of K with some indices as the rows of a matrix, shape (indices, n), in float64.
   *
   * @throws {RangeError} for what is no index.
   */
  async columns(
    indices: ArrayLike<number>,
    stop: { readonly signal?: AbortSignal } = {},
  ): Promise<NdArray<Float64Array>> {
    const own = Array.from(indices);
    const data = await this.#using(async (storage) =>
      (await import("./engine.ts")).columnsOf(storage, own, stop)
    );
    return new NdArray(data, [own.length, this.n]);
  }

  /** Gives up the tiles, once products that are being computed are done; `using` calls it. A file stays. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#users === 0) this.#storage.release();
  }

  async #using<T>(call: (storage: Storage) => Promise<T>): Promise<T> {
    if (this.#isDisposed) {
      throw new TypeError("Cannot use a kernel as it must have its tiles: current value was disposed of");
    }
    this.#users++;
    try {
      return await call(this.#storage);
    } finally {
      this.#users--;
      if (this.#isDisposed && this.#users === 0) this.#storage.release();
    }
  }
}
