/** Indexing as numpy does it. */
import { expandIndex, formatIndex, parseIndex, type Slice, sliceIndices } from "../../lib/network/slice.ts";
import { assertDeepEquals, assertEquals } from "../assert.ts";

const whole: Slice = { start: null, stop: null, step: null };
const only = (text: string) => parseIndex(text)[0] as Slice;

// What `list(range(5))[…]` gives in Python.
const slices: [text: string, expected: number[]][] = [
  [":", [0, 1, 2, 3, 4]],
  ["1:3", [1, 2]],
  ["::2", [0, 2, 4]],
  ["1::2", [1, 3]],
  ["-2:", [3, 4]],
  [":-2", [0, 1, 2]],
  ["::-1", [4, 3, 2, 1, 0]],
  ["::-2", [4, 2, 0]],
  ["3:0:-1", [3, 2, 1]],
  ["3::-1", [3, 2, 1, 0]],
  [":2:-1", [4, 3]],
  ["-1:-4:-2", [4, 2]],
  ["10:", []],
  [":10", [0, 1, 2, 3, 4]],
  ["-10:2", [0, 1]],
  ["10::-1", [4, 3, 2, 1, 0]],
  [":-10:-1", [4, 3, 2, 1, 0]],
  ["3:1", []],
  ["1:3:-1", []],
];

for (const [text, expected] of slices) {
  Deno.test(`[0, 1, 2, 3, 4][${text}]`, () => assertDeepEquals(sliceIndices(only(text), 5), expected));
}

Deno.test("an index is read and written", () => {
  assertDeepEquals(parseIndex("::2, 0, ..."), [{ start: null, stop: null, step: 2 }, 0, "..."]);
  assertDeepEquals(parseIndex([{ start: 1, stop: -1 }, -2, {}]), [
    { start: 1, stop: -1, step: null },
    -2,
    whole,
  ]);
  for (const text of ["::2, 0, ...", "1:-1:3, :, -4", ":", "..., 5"]) {
    assertEquals(formatIndex(parseIndex(text)), text);
  }
});

Deno.test("dots and missing entries stand for whole axes", () => {
  assertDeepEquals(expandIndex(parseIndex("0, ..., 1"), 4), [0, whole, whole, 1]);
  assertDeepEquals(expandIndex(parseIndex("0"), 3), [0, whole, whole]);
  assertDeepEquals(expandIndex(parseIndex("..., 0"), 3), [whole, whole, 0]);
  assertDeepEquals(expandIndex(parseIndex("0, 1, ..., 2"), 3), [0, 1, 2]);
});
