/** Memory that an array gives up goes to one result, and only if the array alone owned all of it. */
import { NdArray } from "../lib/array/mod.ts";
import { giveSpare, LARGE, owning, takeSpare } from "../lib/array/spare.ts";
import { assert, assertEquals } from "./assert.ts";

/** A vector over memory of a size that no other test has. */
function vector(more: number): NdArray<Float64Array<ArrayBuffer>> {
  return new NdArray(new Float64Array(LARGE / 8 + more), [LARGE / 8 + more]);
}

Deno.test("memory of an array that owns it is taken once, by a result of its size", () => {
  const a = owning(vector(1));
  const { buffer } = a.data;
  a[Symbol.dispose]();
  assertEquals(takeSpare(buffer.byteLength + 8), undefined);
  assert(takeSpare(buffer.byteLength) === buffer);
  assertEquals(takeSpare(buffer.byteLength), undefined);
});

Deno.test("an array gives its memory once", () => {
  const a = owning(vector(2));
  const { buffer } = a.data;
  giveSpare(a);
  giveSpare(a);
  assert(takeSpare(buffer.byteLength) === buffer);
  assertEquals(takeSpare(buffer.byteLength), undefined);
});

Deno.test("memory of an array that does not own it is not given", () => {
  const a = owning(vector(3));
  new NdArray(a.data, a.shape)[Symbol.dispose]();
  vector(3)[Symbol.dispose]();
  assertEquals(takeSpare(a.data.byteLength), undefined);
});

Deno.test("a view gives nothing: neither its part nor the whole, which others may read", () => {
  const { buffer } = vector(4 + 2 * LARGE / 8).data;
  for (const start of [0, 8, LARGE]) {
    const view = owning(new NdArray(new Float64Array(buffer, start, LARGE / 8), [LARGE / 8]));
    view[Symbol.dispose]();
    assertEquals(takeSpare(LARGE), undefined);
    assertEquals(takeSpare(buffer.byteLength), undefined);
  }
});

Deno.test("memory that all threads see is not given", () => {
  const data = new Float64Array(new SharedArrayBuffer(LARGE + 40));
  owning(new NdArray(data, [data.length]))[Symbol.dispose]();
  assertEquals(takeSpare(data.byteLength), undefined);
});

Deno.test("memory of a small array is left to the garbage collector", () => {
  const a = owning(vector(-1));
  const { byteLength } = a.data;
  a[Symbol.dispose]();
  assertEquals(takeSpare(byteLength), undefined);
});
