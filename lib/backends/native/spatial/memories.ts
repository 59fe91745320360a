/** The memory that threads work with, used again by the next job. */
import type { Values } from "../../backend.ts";
import { alignedArray } from "../memory.ts";

/** Larger memory than this many times what is needed is left for a larger job. */
const MOST = 4;

/**
 * Memory that nothing uses at the moment; the garbage collector may have it. Fresh memory is cleared by the system, page by page,
 * which takes a tenth of the time of a short job.
 */
export class Memories {
  #spare: WeakRef<Values>[] = [];

  /** Memory of at least so many bytes, and whether it is fresh; what it holds does not matter. */
  take(bytes: number): { memory: Values; fresh: boolean } {
    const there = this.#spare.filter((reference) => reference.deref());
    const fits = (memory: Values | undefined) =>
      memory && memory.byteLength >= bytes && memory.byteLength <= MOST * bytes;
    const chosen = there.find((reference) => fits(reference.deref()));
    const memory = chosen?.deref();
    this.#spare = there.filter((reference) => reference !== chosen);
    return memory
      ? { memory, fresh: false }
      : { memory: alignedArray(Math.ceil(bytes / 8), "float64"), fresh: true };
  }

  /** Memory that is not used any more. */
  give(memory: Values): void {
    this.#spare.push(new WeakRef(memory));
  }
}
