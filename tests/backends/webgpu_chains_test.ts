/** Which nodes of a network with positions become chains on the WebGPU backend, and that tiles of any shape compute them. */
import { stax } from "../../mod.ts";
import { array, type NdArray } from "../../lib/array/mod.ts";
import { type ChainInstruction, planOf } from "../../lib/backends/webgpu/plan/plan.ts";
import { chainShader } from "../../lib/backends/webgpu/wgsl/chain_text.ts";
import { shiftOf } from "../../lib/backends/webgpu/plan/chain.ts";
import { convolution, linear, pooling, trace } from "../../lib/spatial/axis.ts";
import type { Program } from "../../lib/program/program.ts";
import { finished } from "../../lib/steps.ts";
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { gaussian } from "./jobs.ts";
import { assertNear, expectedOf, jobOf, runWith } from "./spatial_jobs.ts";

const conv = (filter: number[], padding: stax.Padding, strides: number[] | null = null) =>
  stax.Conv(1, filter, { padding, strides, wStd: 1.3, bStd: 0.1 });
const relu = stax.Relu();

/** The steps of a plan: the nodes of each, and its instructions; of a chain with its classes of offsets. */
function described(program: Program, slots: number): string[] {
  return finished(planOf(program, false, slots)).steps.map(({ nodes, instructions }) => {
    const kinds = instructions.map((instruction) =>
      instruction.kind === "chain" ? `chain of ${instruction.classes}` : instruction.kind
    );
    return `${nodes.map(({ id }) => id).join("+") || "input"}: ${kinds.join(", ")}`;
  });
}

/** Positions, layers, and the plan where all pairs of positions are summed at the end. */
const cases: [string, number[], stax.Layer[], string[]][] = [
  ["strides of odd lengths", [7, 5], [
    conv([3, 3], "SAME", [2, 2]),
    relu,
    conv([3, 3], "SAME", [2, 2]),
  ], ["1+2+3: chain of 4, total"]],
  ["different strides", [9, 6], [
    conv([3, 2], "SAME", [3, 1]),
    relu,
    conv([2, 3], "SAME", [1, 2]),
  ], ["1+2+3: chain of 9, total"]],
  ["shrinking positions", [9, 8], [
    conv([3, 3], "VALID"),
    relu,
    conv([3, 3], "SAME"),
    relu,
    conv([2, 2], "VALID", [2, 2]),
  ], ["1+2+3+4: chain of 20, total"]],
  ["wrapped around, then not", [6, 6], [
    conv([3, 3], "CIRCULAR"),
    relu,
    conv([3, 3], "SAME"),
  ], ["1+2+3: chain of 36, total"]],
  ["shrunk, then wrapped around", [8, 7], [
    conv([3, 3], "VALID"),
    relu,
    conv([3, 3], "CIRCULAR"),
  ], ["1: chain of 56", "2+3: chain of 30, total"]],
  ["wrapped around with a stride that does not fit", [7, 7], [
    conv([3, 3], "CIRCULAR", [2, 2]),
    relu,
    conv([3, 3], "SAME"),
  ], ["input: inputs", "1: map, axis, axis", "2+3: chain of 16, total"]],
  ["one axis", [13], [
    conv([3], "SAME", [2]),
    relu,
    conv([4], "SAME"),
    relu,
    conv([2], "VALID"),
  ], ["1+2+3+4: chain of 7, total"]],
  ["three axes", [4, 3, 5], [
    conv([3, 2, 2], "SAME"),
    relu,
    conv([2, 2, 2], "SAME", [2, 1, 2]),
  ], ["1+2+3: chain of 18, total"]],
  ["windows larger than the image", [3, 3], [
    conv([5, 5], "SAME"),
    relu,
    conv([4, 4], "CIRCULAR"),
  ], ["1+2+3: chain of 9, total"]],
  ["strides beyond the filter", [8, 8], [
    conv([1, 1], "VALID", [3, 3]),
    relu,
    conv([2, 2], "SAME"),
  ], ["1+2+3: chain of 9, total"]],
  ["a single position", [1, 1], [conv([3, 3], "SAME"), relu, conv([1, 1], "SAME")], ["1+2+3: chain of 1"]],
  ["a single row", [1, 6], [
    conv([3, 3], "SAME"),
    relu,
    conv([3, 3], "SAME", [2, 2]),
  ], ["1+2+3: chain of 3, total"]],
];

function inputs(count: number, positions: readonly number[], seed: number): NdArray {
  const size = positions.reduce((product, length) => product * length, 1);
  return array(gaussian(count, 2 * size, "float64", seed), [count, ...positions, 2]);
}

for (const [name, positions, layers, plan] of cases) {
  gpuTest(`webgpu chains: ${name}`, async () => {
    const [x1, x2] = [inputs(2, positions, 1), inputs(3, positions, 2)];
    const pool = stax.AvgPool(positions.map(() => 2), { padding: "SAME" });
    const ends = { summed: [stax.GlobalSumPool()], traced: [stax.Flatten()], pooled: [pool], stored: [] };
    for (const [end, last] of Object.entries(ends)) {
      const job = await jobOf(stax.serial(...layers, relu, ...last), x1, x2, "float64");
      if (end === "summed") assertDeepEquals(described(job.program, 1024), plan);
      assertNear(await runWith(job), await expectedOf(job), 1e-14, `${name}, ${end}`);
    }
  }, "float64");
}

Deno.test("webgpu chains: residual blocks, pooling and attention end and begin them", async () => {
  const block = (n: number) =>
    stax.serial(
      stax.FanOut(2),
      stax.parallel(
        stax.serial(stax.repeat(stax.serial(relu, conv([3, 3], "SAME")), n)),
        stax.Identity(),
      ),
      stax.FanInSum(),
    );
  const network = stax.serial(
    conv([3, 3], "SAME"),
    block(2),
    relu,
    conv([3, 3], "SAME"),
    relu,
    stax.AvgPool([2, 2], { strides: [2, 2] }),
    conv([3, 3], "SAME"),
    relu,
    stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1 }),
    stax.Flatten(),
  );
  const { program } = await jobOf(network, inputs(1, [6, 6], 1), null, "float32");
  assertDeepEquals(described(program, 2048), [
    "1: chain of 36",
    "2+3: chain of 36",
    "4+5: chain of 36, axis, axis",
    "6: chain of 9",
    "7: map, mix, mix",
    "8: chain of 1",
  ]);
  // Tiles of 36 slots do not fit, those of 9 do.
  assertEquals(described(program, 20)[1], "1: map, axis, axis");
  assert(described(program, 20).includes("6: chain of 9"));
});

Deno.test("webgpu chains: shifts are recognised by what they read", () => {
  for (const padding of ["SAME", "VALID", "CIRCULAR"] as const) {
    for (const [size, window, stride] of [[7, 3, 1], [7, 2, 2], [6, 3, 3], [5, 5, 1], [4, 3, 4]]) {
      const found = shiftOf(convolution(size, { size: window, stride, padding }))!;
      assertEquals(found.taps.length, window);
      // With one output any stride does.
      assertEquals(found.outSize === 1 ? 1 : stride, found.stride);
      for (let P = 0; P < found.outSize; P++) {
        found.taps.forEach((tap, k) => {
          const p = P * found.stride + tap;
          const { at } = convolution(size, { size: window, stride, padding }).terms[k][P];
          assertEquals(at.length, found.circular || (p >= 0 && p < size) ? 1 : 0);
          if (at.length > 0) assertEquals(at[0], ((p % size) + size) % size);
        });
      }
    }
  }
  const options = { average: true, normalizeEdges: false };
  assertEquals(shiftOf(pooling(6, { size: 2, stride: 2, padding: "VALID" }, options)), null);
  assertEquals(shiftOf(linear(3, [[0, 0, 2], [0, 2, 0]])), null);
  assertDeepEquals(shiftOf(trace(3))!.taps, [0, 1, 2]);
});

Deno.test("webgpu chains: the shader of a chain is the one of the snapshot", async () => {
  const layers = [conv([3], "SAME"), relu, conv([3], "CIRCULAR"), relu, conv([2], "VALID", [2]), relu];
  const network = stax.serial(...layers, stax.Flatten());
  const { program } = await jobOf(network, inputs(1, [8], 1), null, "float32");
  const { chain } = finished(planOf(program, false, 2048)).steps[0].instructions[0] as ChainInstruction;
  const { text } = finished(chainShader(chain, true, { dtype: "float32", withNtk: true }));
  const file = new URL("snapshots/chain.wgsl", import.meta.url);
  if (Deno.env.get("UPDATE_SNAPSHOTS") === "1") await Deno.writeTextFile(file, text);
  assertEquals(text, await Deno.readTextFile(file));
});
