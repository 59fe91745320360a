/** From which size on `auto` leaves `reference`: 100 000 entries of the maps, which it takes about as long for as a compiler. */
import { choose } from "../../lib/backends/choose.ts";
import type { DType } from "../../lib/array/mod.ts";
import { type Program, vectorProgram } from "../../lib/program/program.ts";
import { random, stax } from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { abRelu, deep } from "./jobs.ts";
import { jobOf } from "./spatial_jobs.ts";

/** The name of the backend that `auto` is for so many pairs. */
async function auto(program: Program, pairs: number, dtype: DType): Promise<string> {
  return (await choose("auto", dtype, program, pairs, new AbortController().signal)).name;
}

const vectors = vectorProgram(deep(abRelu(0, 1), 3, 1.5, 0.1));
const { serial, Conv, Relu, Flatten, GlobalAvgPool } = stax;

/** Programs of images of 5 × 4 pixels, and the positions of a pair that their maps compute. */
const images: [name: string, network: stax.Network, positions: number][] = [
  ["diagonals", serial(Conv(1, [3, 3], { padding: "SAME" }), Relu(), Flatten()), 20],
  ["all pairs of positions", serial(Conv(1, [3, 3], { padding: "SAME" }), Relu(), GlobalAvgPool()), 400],
];

for (const dtype of ["float64", "float32"] as const) {
  Deno.test(`auto is reference below 100 000 pairs of vectors in ${dtype}`, async () => {
    for (const pairs of [1, 50_000, 99_999]) assertEquals(await auto(vectors, pairs, dtype), "reference");
  });

  nativeTest(`auto is faster than reference from 100 000 pairs of vectors on in ${dtype}`, async () => {
    for (const pairs of [100_000, 102_400, 1e7]) assert(await auto(vectors, pairs, dtype) !== "reference");
  });

  for (const [name, network, positions] of images) {
    nativeTest(`auto leaves reference at 100 000 entries of images in ${dtype}: ${name}`, async () => {
      const { program } = await jobOf(network, random.normal(random.key(1), [2, 5, 4, 1]), null, dtype);
      const pairs = Math.ceil(100_000 / (program.nodes.length * positions));
      assertEquals(await auto(program, pairs - 1, dtype), "reference");
      assert(await auto(program, pairs, dtype) !== "reference");
    });
  }
}
