/**
 * Memory of large results that are not wanted any more, for the next results of the same size. The garbage collector may have it;
 * but who makes no new buffers gives it no reason to look for old ones, which takes as long as a layer of a network.
 */

/** What owns memory: an `NdArray`. */
interface Owner {
  readonly data: Float64Array | Float32Array;
}

/** From so many bytes on memory is worth a search. */
export const LARGE = 2 ** 21;

let spare: WeakRef<ArrayBuffer>[] = [];
const owners = new WeakSet<Owner>();

/** The array, which alone owns its memory from now on. */
export function owning<A extends Owner>(result: A): A {
  owners.add(result);
  return result;
}

/** Takes the memory of an array that owns it. */
export function giveSpare(result: Owner): void {
  const { buffer, byteLength } = result.data;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  if (owners.delete(result) && isWhole && byteLength >= LARGE) {
    spare = [...spare.filter((reference) => reference.deref()), new WeakRef(buffer)];
  }
}

/** Memory of exactly so many bytes, which may hold anything, if there is any. */
export function takeSpare(bytes: number): ArrayBuffer | undefined {
  const at = spare.findIndex((reference) => reference.deref()?.byteLength === bytes);
  return at < 0 ? undefined : spare.splice(at, 1)[0].deref();
}
