/** Structs of C that JavaScript writes: their text, the words in memory, members by name. */
import {
  constantsText,
  counter,
  integer,
  integers,
  pointer,
  pointers,
  real,
  struct,
  Words,
} from "../../lib/backends/native/struct.ts";
import { assertDeepEquals, assertEquals } from "../assert.ts";

const range = struct("range", { first: integer, weight: real });
const list = struct("list", {
  size: integers(3),
  inner: range,
  stop: counter,
  x: pointer("const REAL *"),
  ranges_at: integer,
  out: pointers("REAL *"),
});
const values = {
  size: [5, 6],
  inner: { first: 7, weight: 1 },
  x: 64n,
  ranges_at: true,
  out: [8n, 16n],
};
/** The bits of 1 in double precision. */
const ONE = 0x3ff0000000000000n;

Deno.test("a struct has its C text", () => {
  assertEquals(
    list.text,
    `struct list {
  integer size[3];
  struct range inner;
  integer stop;
  const REAL *x;
  integer ranges_at;
  REAL *out[];
};
`,
  );
  assertEquals(constantsText({ A: 0, B: 4 }), "enum { A = 0, B = 4 };\n");
});

Deno.test("a struct has a word for every 8 bytes, in the order of its members", () => {
  const { memory } = list.write(values);
  assertDeepEquals([...memory], [5n, 6n, 0n, 7n, ONE, 0n, 64n, 1n, 8n, 16n]);
  assertEquals(list.length, memory.length - values.out.length);
  assertDeepEquals(range.list([values.inner, { first: 8, weight: 1 }]).map(BigInt), [7n, ONE, 8n, ONE]);
});

Deno.test("a member is read and written by its name", () => {
  const written = list.write(values);
  assertEquals(written.get("stop"), 0);
  written.set("stop", 1);
  assertDeepEquals([written.get("stop"), written.memory[5], written.get("ranges_at")], [1, 1n, 1]);
});

Deno.test("lists follow the struct that refers to them", () => {
  const words = new Words(range);
  assertEquals(words.add([3, 4]), 2);
  assertEquals(words.add(range.list([{ first: 9, weight: 1 }])), 4);
  assertDeepEquals([...words.finish({ first: 2, weight: 1 })], [2n, ONE, 3n, 4n, 9n, ONE]);
});
