/** The memory that threads work with, used again by the next job. */
import type { Values } from "../array/dtype.ts";
import { alignedArray } from "./memory.ts";

/** Larger memory than this many times what is needed is left for a larger job. */
const MOST = 4;

/**
 * Memory that nothing uses at the moment; the garbage collector may have it. Fresh memory is cleared by the system, page by page,
 * which takes a tenth of the time of a short job.
 */
export class Memories {
  #spare: WeakRef<Values>[] = [];

  /** Memory of at least so many bytes, on a cache line; what it holds does not matter. `advise` is told of fresh memory. */
  take(bytes: number, advise: (memory: Values, bytes: bigint) => void): Values {
    const there = this.#spare.filter((reference) => reference.deref());
    const fits = (memory: Values | undefined) =>
      memory && memory.byteLength >= bytes && memory.byteLength <= MOST * bytes;
    const chosen = there.find((reference) => fits(reference.deref()));
    const memory = chosen?.deref();
    this.#spare = there.filter((reference) => reference !== chosen);
    if (memory) return memory;
    const fresh = alignedArray(Math.ceil(bytes / 8), "float64");
    advise(fresh, BigInt(fresh.byteLength));
    return fresh;
  }

  /** Memory that is not used any more. */
  give(memory: Values): void {
    this.#spare.push(new WeakRef(memory));
  }
}
