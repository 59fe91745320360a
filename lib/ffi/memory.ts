/**
 * Memory that compiled code works on: what keeps it alive meanwhile, where it is, and that of threads, which the next job uses
 * again.
 */
import { allocate, bytesOf, type DType, type Values } from "../array/dtype.ts";

const inUse = new Set<unknown>();

/** The result of `call`; until then the garbage collector, which does not see pointers, leaves what `owners` hold alone. */
export async function holding<T>(owners: unknown, call: () => Promise<T>): Promise<T> {
  const holder = { owners };
  inUse.add(holder);
  try {
    return await call();
  } finally {
    inUse.delete(holder);
  }
}

/**
 * The address of an array of which C touches so many bytes from its start; 0 for null, and where it touches none. This is the only
 * way of memory to C: an array that is too short, as one that was detached is, goes no further.
 */
export function address(
  array: Values | BigInt64Array | Int32Array | Uint8Array | null,
  bytes: number,
): bigint {
  if (array === null) return 0n;
  const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(array as BufferSource));
  const isAligned = start % BigInt(array.BYTES_PER_ELEMENT) === 0n;
  if (array.byteLength >= bytes && isAligned) return start;
  throw new RangeError(
    `Cannot compute on native as C must have ${bytes} bytes in place: current value is ${array.byteLength}` +
      (isAligned ? "" : ", not aligned"),
  );
}

/** The address of an array that was made for C, which may touch all of it. */
export const whole = (array: Parameters<typeof address>[0]): bigint => address(array, array?.byteLength ?? 0);

const CACHE_LINE = 64;

/** An array of zeros that starts with a cache line, so that no vector spans two. */
export function alignedArray(size: number, dtype: DType): Values {
  const bytes = bytesOf[dtype];
  const array = allocate(size + CACHE_LINE / bytes, dtype);
  const ahead = -Number(address(array, 0) % BigInt(CACHE_LINE)) & (CACHE_LINE - 1);
  return array.subarray(ahead / bytes, ahead / bytes + size);
}

/** Larger memory than this many times what is needed is left for a larger job. */
const MOST = 4;

/**
 * Memory that nothing uses at the moment; the garbage collector may have it. Fresh memory is cleared by the system, page by page,
 * which takes 5 to 7 % of the time of a job of images (convolutions on 16 × 16 pixels), and 1 to 2 % of one of vectors.
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
