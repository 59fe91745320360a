/** Memory that compiled code works on. */
import { allocate, bytesOf, type DType } from "../../array/dtype.ts";
import type { Values } from "../backend.ts";

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

/** The address of the first entry; 0 for null and for an array without entries. */
export function address(array: Values | BigInt64Array | Uint8Array | null): bigint {
  return array === null ? 0n : Deno.UnsafePointer.value(Deno.UnsafePointer.of(array as BufferSource));
}

const CACHE_LINE = 64;

/** An array of zeros that starts with a cache line, so that no vector spans two. */
export function alignedArray(size: number, dtype: DType): Values {
  const bytes = bytesOf[dtype];
  const array = allocate(size + CACHE_LINE / bytes, dtype);
  const ahead = -Number(address(array) % BigInt(CACHE_LINE)) & (CACHE_LINE - 1);
  return array.subarray(ahead / bytes, ahead / bytes + size);
}
