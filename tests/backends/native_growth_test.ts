/** C text: it does not grow with the sides of images, no faster than the depth of networks, and no function of it is long. */
import { array, type DType } from "../../lib/array/mod.ts";
import { featureOrder } from "../../lib/backends/feature_order.ts";
import { stripMapText } from "../../lib/backends/native/code/strips.ts";
import { networkOf } from "../../lib/backends/native/spatial/plan/network.ts";
import { WHOLE } from "../../lib/backends/native/budget.ts";
import { type Mode, planOf } from "../../lib/backends/native/spatial/plan/plan.ts";
import { programSteps } from "../../lib/backends/native/spatial/plan/text.ts";
import { placed } from "../../lib/backends/native/spatial/plan/tiles.ts";
import { compileNetwork } from "../../lib/network/compile.ts";
import { prepare } from "../../lib/network/inputs.ts";
import { finished } from "../../lib/steps.ts";
import { stax } from "../../mod.ts";
import { assert, assertClose, assertEquals } from "../assert.ts";
import { native, nativeTest } from "../native.ts";
import { assertBelow } from "../timing.ts";
import { gaussian } from "./jobs.ts";

/** What is compiled for one input of this shape. */
function compiledFor(network: stax.Network, shape: readonly number[]) {
  const x = array(new Float64Array(shape.reduce((a, b) => a * b, 1)), [1, ...shape]);
  const axes = { batchAxis: 0, channelAxis: -1 };
  const input = finished(prepare(x, null, { dtype: "float64", axes, pattern: null, maskConstant: null }));
  return compileNetwork(network, input, ["nngp", "ntk"], "diagonal");
}

async function textOfImages(network: stax.Network, side: number, dtype: DType = "float64"): Promise<string> {
  const { program } = await compiledFor(network, [side, side, 1]);
  const nodes = networkOf(program);
  const tilesOf = (mode: Mode) =>
    planOf(nodes, mode).segments.flatMap((segment) => placed(segment, nodes).tiles);
  const tiles = { pairs: tilesOf("pairs"), diagonal: tilesOf("diagonal") };
  return finished(programSteps(nodes, program.checks, tiles, dtype)).text;
}

async function textOfVectors(network: stax.Network, dtype: DType = "float64"): Promise<string> {
  const { program } = await compiledFor(network, [5]);
  return stripMapText(program.output, featureOrder(program.output), dtype).text;
}

const repeated = (depth: number, layer: () => stax.Network): stax.Network =>
  stax.serial(
    ...Array.from({ length: depth }, () => stax.serial(stax.Dense(1, { wStd: 1.4, bStd: 0.1 }), layer())),
  );

/** A text with all numbers alike. */
const withoutNumbers = (text: string): string => text.replace(/\b\d+(\.\d+)?(e-?\d+)?f?\b/g, "#");

const conv = (o: stax.ConvOptions = {}) => stax.Conv(1, [3, 3], { padding: "SAME", bStd: 0.1, ...o });
const pool = () => stax.AvgPool([2, 2], { strides: [2, 2] });

/** Ways through the positions of a square. */
const ends: Record<string, (side: number) => stax.Network> = {
  "Flatten": () => stax.serial(conv(), stax.Relu(), stax.Flatten()),
  "strides": () => stax.serial(conv({ strides: [2, 2] }), stax.Relu(), conv(), stax.Relu(), stax.Flatten()),
  "VALID": () => stax.serial(conv({ padding: "VALID" }), stax.Relu(), stax.Flatten()),
  "CIRCULAR": () => stax.serial(conv({ padding: "CIRCULAR" }), stax.Relu(), stax.Flatten()),
  "AvgPool": () => stax.serial(conv(), stax.Relu(), pool(), conv(), stax.Relu(), stax.Flatten()),
  "GlobalAvgPool": () => stax.serial(conv(), stax.Relu(), stax.GlobalAvgPool()),
  "windows as large as images": (side) =>
    stax.serial(stax.Conv(1, [side, side], { padding: "VALID" }), stax.Relu(), stax.Flatten()),
  "ImageResize": (side) =>
    stax.serial(conv(), stax.Relu(), stax.ImageResize([-1, side / 2, side / 2, -1]), conv(), stax.Flatten()),
  "LayerNorm": () =>
    stax.serial(conv(), stax.LayerNorm({ axis: [1, 2, 3] }), stax.Relu(), conv(), stax.Flatten()),
};

for (const [name, networkOfSide] of Object.entries(ends)) {
  Deno.test(`C text is the same for every side: ${name}`, async () => {
    for (const dtype of ["float64", "float32"] as const) {
      const small = await textOfImages(networkOfSide(8), 8, dtype);
      const large = await textOfImages(networkOfSide(64), 64, dtype);
      assertEquals(withoutNumbers(large), withoutNumbers(small));
    }
  });
}

/** The most operations of a function, and the most values that wait for later ones. */
function most(text: string): { operations: number; slots: number } {
  const functions = text.split(/\n(?=(?:static|NOINLINE|INLINE|void map)\b)/);
  const operations = functions.map((part) => part.match(/\bt\d+ = /g)?.length ?? 0);
  const slots = [...text.matchAll(/(?:REAL|double) slots\[(?:CHUNK \* )?(\d+)/g)].map(([, count]) =>
    Number(count)
  );
  return { operations: Math.max(...operations), slots: Math.max(0, ...slots) };
}

const texts: Record<
  string,
  { readonly depths: [number, number]; readonly of: (depth: number) => Promise<string> }
> = {
  "vectors, rectifiers": { depths: [200, 400], of: (depth) => textOfVectors(repeated(depth, stax.Relu)) },
  "vectors, GELUs": { depths: [100, 200], of: (depth) => textOfVectors(repeated(depth, () => stax.Gelu())) },
  "images, dense": {
    depths: [50, 100],
    of: (depth) => textOfImages(stax.serial(conv(), repeated(depth, stax.Relu), stax.Flatten()), 8),
  },
  "images, convolutions": {
    depths: [200, 400],
    of: (depth) =>
      textOfImages(
        stax.serial(
          ...Array.from({ length: depth }, () => stax.serial(conv(), stax.Relu())),
          stax.Flatten(),
        ),
        8,
      ),
  },
};

for (const [name, { depths, of }] of Object.entries(texts)) {
  Deno.test(`C text grows no faster than depth, and is cut into functions: ${name}`, async () => {
    const [shallow, deep] = await Promise.all(depths.map(of));
    assert(deep.length <= 2.1 * shallow.length, `${deep.length} after ${shallow.length}`);
    for (const text of [shallow, deep]) {
      const { operations } = most(text);
      assert(operations > 0 && operations <= WHOLE, `${operations} operations`);
    }
    // They are on the stack of a thread: 96 or 512 numbers each.
    const { slots } = most(deep);
    assert(slots <= 96, `${slots} slots`);
  });
}

const random = (count: number, shape: readonly number[], seed: number) =>
  array(gaussian(count, shape.reduce((a, b) => a * b, 1), "float64", seed), [count, ...shape]);

/** Windows that are loops, beside those of `ends`. */
const wide: Record<string, (side: number) => stax.Network> = {
  ...ends,
  "13 × 13, SAME": () =>
    stax.serial(stax.Conv(1, [13, 13], { padding: "SAME" }), stax.Relu(), stax.Flatten()),
  "15 × 11, CIRCULAR": () =>
    stax.serial(stax.Conv(1, [15, 11], { padding: "CIRCULAR" }), stax.Relu(), conv(), stax.Flatten()),
  "13 × 11, strides": () =>
    stax.serial(
      stax.Conv(1, [13, 11], { padding: "SAME", strides: [2, 3] }),
      stax.Relu(),
      conv(),
      stax.Relu(),
      stax.GlobalAvgPool(),
    ),
  "12 × 12 after a pool": () =>
    stax.serial(pool(), stax.Conv(1, [12, 12], { padding: "SAME", wStd: 1.3 }), stax.Gelu(), stax.Flatten()),
  "dense layers between": () =>
    stax.serial(conv(), stax.Relu(), repeated(9, stax.Relu), conv(), repeated(4, stax.Gelu), stax.Flatten()),
  "numerical layers between": () =>
    stax.serial(
      stax.Conv(1, [12, 12]),
      repeated(3, () => stax.ElementwiseNumerical((x: number) => Math.tanh(x), { deg: 12 })),
      repeated(5, stax.Relu),
      stax.Flatten(),
    ),
};

for (const dtype of ["float64", "float32"] as const) {
  for (const [name, networkOfSide] of Object.entries(wide)) {
    nativeTest(`native ${dtype}: sides of 24 and 40 as on reference: ${name}`, async () => {
      // At a side of 40, reference takes seconds for a pair.
      for (const [side, n1, n2] of [[24, 2, 3], [40, 1, 1]]) {
        const { kernelFn } = networkOfSide(side);
        const [x1, x2] = [random(n1, [side, side, 1], side), random(n2, [side, side, 1], side + 1)];
        const of = (backend: string, dtype: DType) => kernelFn(x1, x2, ["nngp", "ntk"], { backend, dtype });
        const [actual, expected] = await Promise.all([of("native", dtype), of("reference", "float64")]);
        // Tables of coefficients are right to 1e-8.
        const rtol = (dtype === "float64" ? 1e-13 : 2e-6) + (name.startsWith("numerical") ? 1e-8 : 0);
        for (const field of ["nngp", "ntk"] as const) {
          assertClose(actual[field].data, expected[field].data, { rtol, message: `${side} ${field}` });
        }
      }
    });
  }

  nativeTest(`native ${dtype}: masks under windows that are loops`, async () => {
    for (const padding of ["SAME", "VALID", "CIRCULAR"] as const) {
      const { kernelFn } = stax.serial(stax.Conv(1, [12, 13], { padding }), stax.Relu(), stax.Flatten());
      const x = random(3, [24, 24, 1], 5);
      x.data.fill(-7, 0, 100);
      x.data.fill(-7, 600, 900);
      const of = (backend: string, dtype: DType) =>
        kernelFn(x, null, ["nngp", "ntk"], { backend, dtype, maskConstant: -7 });
      const [actual, expected] = await Promise.all([of("native", dtype), of("reference", "float64")]);
      for (const field of ["nngp", "ntk"] as const) {
        const rtol = dtype === "float64" ? 1e-13 : 2e-6;
        assertClose(actual[field].data, expected[field].data, { rtol, message: `${padding} ${field}` });
      }
    }
  });
}

nativeTest("an abort is heard within 100 ms while text is generated", async () => {
  const programs = {
    vectors: (await compiledFor(repeated(60, () => stax.Gelu()), [5])).program,
    images: (await compiledFor(
      stax.serial(
        ...Array.from({ length: 60 }, (_, k) => stax.serial(conv({ wStd: 1 + k / 60 }), stax.Gelu())),
        stax.Flatten(),
      ),
      [8, 8, 1],
    )).program,
  };
  for (const program of Object.values(programs)) {
    await assertBelow(100, async () => {
      const controller = new AbortController();
      const due = performance.now() + 60;
      setTimeout(() => controller.abort("enough"), 60);
      const error = await native.prepare!(program, "float64", controller.signal).catch((error) => error);
      assertEquals(error, "enough");
      return performance.now() - due;
    });
  }
});
