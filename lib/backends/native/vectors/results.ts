/**
 * Memory for the results of run.ts: that of arrays which nobody has any more, since fresh memory is cleared by the system.
 *
 * In: how many numbers. Out: arrays with arbitrary contents. The memory comes, in this order, from arrays that were disposed of
 * (array/spare.ts), from buffers that the garbage collector has given back (results.c), and from the system. What it gains, with
 * NNGP and NTK of 4000 rows of ReLU: 1.28 to 1.40 of the time without results.c where results are left to the collector; 1.12 to
 * 1.19 of the processor's time without array/spare.ts where they are disposed of, and 1.3 with neither.
 */
import { allocate, bytesOf, type DType, numbersIn, type Values } from "../../../array/dtype.ts";
import { LARGE, takeSpare } from "../../../array/spare.ts";
import { MOST_KEPT, resultConstants, WORTH_LOADING } from "../budget.ts";
import { loaded } from "../../../ffi/objects.ts";
import text from "./results.c" with { type: "text" };
import { Shared } from "../../../shared.ts";
import stay from "../../../ffi/stay.c" with { type: "text" };
import type { Toolchain } from "../../../ffi/compiler.ts";

/** A buffer of memory that was used before, or else of the system's unless more than `limit` bytes are in use. */
type Take = (bytes: number, limit: number) => ArrayBuffer | undefined;

/**
 * Gives memory for results: that of arrays which were disposed of, or the system's, whose clearing takes as long as a layer of a
 * network, until enough was computed that memory of former results is worth looking for. Its contents are arbitrary.
 */
export class Results {
  readonly #take: Shared<Take | null>;
  #cleared = 0;

  constructor(toolchain: Toolchain) {
    this.#take = new Shared((signal) => load(toolchain, signal));
  }

  /** `count` arrays of `size` numbers each. */
  async provide(count: number, size: number, dtype: DType, signal?: AbortSignal): Promise<Values[]> {
    const bytes = size * bytesOf[dtype];
    const isWorth = bytes >= LARGE && count * bytes <= MOST_KEPT;
    const spare = Array.from({ length: count }, () => isWorth ? takeSpare(bytes) : undefined);
    const take = isWorth && spare.includes(undefined) ? await this.#taking(count * bytes, signal) : null;
    return spare.map((known) => {
      const buffer = known ?? (take && (take(bytes, count * bytes) ?? takenAfterReminder(take, bytes)));
      return buffer ? numbersIn(buffer, dtype) : allocate(size, dtype);
    });
  }

  /** The function that takes memory, or null if there is none or it is not worth loading yet. */
  async #taking(bytes: number, signal?: AbortSignal): Promise<Take | null> {
    if (this.#cleared >= WORTH_LOADING) return await this.#take.get(signal);
    this.#cleared += bytes;
    return null;
  }
}

/**
 * Memory after the garbage collector has looked for results that nobody has any more. It does when a large buffer is made, whose
 * memory is never touched and so costs nothing.
 */
function takenAfterReminder(take: Take, bytes: number): ArrayBuffer | undefined {
  try {
    new ArrayBuffer(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return take(bytes, Infinity);
}

/** The module of results.c, or null where modules of Node-API cannot be loaded: then all memory is the system's. */
async function load(toolchain: Toolchain, signal: AbortSignal): Promise<Take | null> {
  const { process } = globalThis as {
    process?: { dlopen?: (module: { exports: unknown }, path: string) => void };
  };
  if (!process?.dlopen) return null;
  const module: { exports: unknown } = { exports: {} };
  try {
    await loaded(toolchain, resultConstants + text + stay, (path) => process.dlopen!(module, path), signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
  return module.exports as Take;
}
