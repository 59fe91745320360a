/**
 * Matrices in memory of the system while a routine of the machine works on them.
 *
 * The threads of BLAS go on when JavaScript ends, be it by an error or because a worker is terminated, and its memory goes with it.
 * So a routine gets copies, which nobody frees in that case; copying takes n² steps where routines take n³.
 */
import type { BlasSymbols } from "./library.ts";

/** What a routine works on: numbers that it reads, whether it changes them, or room that it needs. */
export type Lent = Numbers | { readonly room: number };

type Numbers = { readonly array: Float64Array | Int32Array | Uint8Array; readonly changes?: boolean };

/** The result of a routine on copies of numbers, at the pointers that it is given; what it changes is copied back. */
export async function lend<T>(
  { malloc, free }: Pick<BlasSymbols, "malloc" | "free">,
  lent: readonly Lent[],
  routine: (pointers: Deno.PointerValue[]) => Promise<T>,
): Promise<T> {
  const pointers: Deno.PointerValue[] = [];
  try {
    for (const one of lent) {
      const pointer = malloc(BigInt(Math.max(1, bytesOf(one))));
      if (pointer === null) throw noMemory(lent);
      pointers.push(pointer);
      if ("array" in one) at(pointer, one.array).set(one.array);
    }
    const result = await routine(pointers);
    lent.forEach((one, k) => "array" in one && one.changes && one.array.set(at(pointers[k]!, one.array)));
    return result;
  } finally {
    pointers.forEach((pointer) => free(pointer));
  }
}

const bytesOf = (one: Lent) => "array" in one ? one.array.byteLength : one.room;

const noMemory = (lent: readonly Lent[]) =>
  new RangeError(
    `Cannot call BLAS as there must be memory for copies of its matrices: current value is ${
      (lent.reduce((sum, one) => sum + bytesOf(one), 0) / 2 ** 30).toPrecision(3)
    } GiB, compute less at a time`,
  );

/** The numbers at a pointer, as many as an array has and of its type. */
function at<A extends Numbers["array"]>(pointer: Deno.PointerObject, { byteLength, constructor }: A): A {
  const buffer = byteLength === 0
    ? new ArrayBuffer(0)
    : Deno.UnsafePointerView.getArrayBuffer(pointer, byteLength);
  return new (constructor as new (buffer: ArrayBuffer) => A)(buffer);
}
