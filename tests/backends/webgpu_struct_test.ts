/** Structs of shaders: the text and the words follow from one declaration, laid out as WGSL lays out uniforms. */
import { array, struct, u32, vec4 } from "../../lib/backends/webgpu/struct.ts";
import { assertDeepEquals, assertEquals } from "../assert.ts";

const step = struct("Step", { read: u32, tables: [array(vec4, "TABLES"), "Two numbers each"] });
const chain = struct("Chain", { pairs: u32, step: array(step, "STEPS"), last: u32 });

Deno.test("webgpu structs: members as WGSL, in order, with their comments", () => {
  assertEquals(
    step.text,
    "struct Step {\n  read: u32,\n  // Two numbers each\n  tables: array<vec4<u32>, TABLES>,\n}\n",
  );
  assertEquals(
    chain.text,
    "struct Chain {\n  pairs: u32,\n  step: array<Step, STEPS>,\n  last: u32,\n}\n",
  );
});

Deno.test("webgpu structs: arrays and structs begin at multiples of 16 bytes, and zeros fill what is not given", () => {
  const lengths = { STEPS: 2, TABLES: 1 };
  const words = chain.words({ pairs: 1, step: [{ read: 2, tables: [[3, 4]] }], last: 5 }, lengths);
  assertDeepEquals(words, [
    ...[1, 0, 0, 0],
    ...[2, 0, 0, 0, 3, 4, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0],
    ...[5, 0, 0, 0],
  ]);
});
