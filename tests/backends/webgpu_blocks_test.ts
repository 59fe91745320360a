/** Whatever the limits of the device, the pairs are split so that nothing exceeds them, and the result is the same. */
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { assertAsReference, runWithLimits, watchBuffers } from "./gpu_checks.ts";
import { abRelu, deep, gaussian, givenJob, gramJob } from "./jobs.ts";
import type { Progress } from "../../lib/pause.ts";
import {
  type Block,
  blocksOf,
  type Costs,
  groupsOf,
  pairsOf,
} from "../../lib/backends/webgpu/plan/blocks.ts";
import { TILE } from "../../lib/backends/webgpu/budget.ts";
import { type Limits, Pace } from "../../lib/backends/webgpu/device/device.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { vectorProgram } from "../../lib/program/program.ts";

const program = deep(abRelu(0, 1), 2, 1.4, 0.1);
const large: Limits = {
  bindingBytes: 2 ** 27,
  bufferBytes: 2 ** 28,
  workgroups: 65535,
  operations: 2 ** 31,
  workgroupBytes: 2 ** 14,
};
const costs: Costs = {
  n1: 60000,
  n2: 60000,
  symmetric: false,
  bytesPerRow: 784 * 4,
  bytesPerPair: 8,
  operationsPerPair: 2000,
};

const cases: [string, Costs, Limits][] = [
  ["MNIST", costs, large],
  ["MNIST, one triangle", { ...costs, symmetric: true }, large],
  ["one row", { ...costs, n1: 1, n2: 10_000_000 }, large],
  ["one column", { ...costs, n1: 10_000_000, n2: 1 }, large],
  ["few workgroups", costs, { ...large, workgroups: 3 }],
  ["long rows", { ...costs, n1: 2000, n2: 2000, bytesPerRow: 3e6, operationsPerPair: 1.5e6 }, large],
  ["very long rows", { ...costs, n1: 100, n2: 99, bytesPerRow: 2 ** 27 }, large],
  ["small buffers", { ...costs, n1: 1000, n2: 777 }, {
    ...large,
    bindingBytes: 2 ** 15,
    bufferBytes: 2 ** 14,
  }],
];

for (const [name, cost, limits] of cases) {
  Deno.test(`webgpu blocks: ${name}`, () => {
    const blocks = blocksOf(cost, limits);
    assertEquals(pairsOf(blocks) >= (cost.symmetric ? cost.n1 * (cost.n1 + 1) / 2 : cost.n1 * cost.n2), true);
    if (!cost.symmetric) assertEquals(pairsOf(blocks), cost.n1 * cost.n2);
    assertTiled(blocks, cost);
    for (const block of blocks) assertWithin(block, cost, limits);
    for (const group of groupsOf(blocks, cost, limits)) {
      assert(pairsOf(group) * cost.bytesPerPair <= limits.bufferBytes);
      let pairs = 0;
      for (const { rows, cols, before } of group) {
        assertEquals(before, pairs);
        pairs += rows * cols;
      }
    }
  });
}

/** Each block begins where the one before it ends. */
function assertTiled(blocks: readonly Block[], { n1, n2, symmetric }: Costs): void {
  let [row, col, rows] = [0, 0, blocks[0].rows];
  for (const block of blocks) {
    if (col === n2) {
      row += rows;
      col = symmetric ? row : 0;
    }
    assertDeepEquals([block.row, block.col], [row, col]);
    rows = block.rows;
    col += block.cols;
  }
  assertDeepEquals([row + rows, col], [n1, n2]);
}

function assertWithin({ rows, cols }: Block, cost: Costs, limits: Limits): void {
  const bytes = Math.min(limits.bindingBytes, limits.bufferBytes);
  assert(rows >= 1 && cols >= 1);
  assert(Math.max(rows, cols) * cost.bytesPerRow <= bytes);
  assert(rows * cols * cost.bytesPerPair <= bytes);
  assert(Math.ceil(Math.max(rows, cols) / TILE) <= limits.workgroups);
  assert(rows * cols <= Math.max(limits.operations / cost.operationsPerPair, TILE * TILE));
}

Deno.test("webgpu blocks: a row beyond the limits is refused", async () => {
  await assertThrows(
    () => blocksOf({ ...costs, bytesPerRow: 2 ** 28 }, large),
    RangeError,
    "Cannot compute on webgpu as a row must fit in a buffer of 134217728 bytes: current value is 268435456 bytes, " +
      'use { backend: "reference" }',
  );
});

Deno.test("webgpu: submissions grow until they take long enough", () => {
  const pace = new Pace(1000);
  pace.adapt(10);
  assertEquals(pace.operations, 2000);
  pace.adapt(40);
  assertEquals(pace.operations, 2000);
  pace.adapt(100);
  assertEquals(pace.operations, 1000);
});

const tight = { bindingBytes: 8192, bufferBytes: 8192, workgroups: 1, operations: 1 };

for (const dtype of ["float32", "float64"] as const) {
  gpuTest(`webgpu ${dtype}: the smallest limits give the same result`, async () => {
    const x1 = gaussian(150, 21, dtype, 1);
    const x2 = gaussian(131, 21, dtype, 2);
    const cov = gaussian(150 * 131, 1, dtype, 3).map((value) => value / 10);
    const variances = [150, 131].map((count) => Array.from({ length: count }, (_, i) => 1 + i / count));
    const jobs = [
      gramJob(program, x1, x2, 21, dtype),
      gramJob(program, x1, null, 21, dtype),
      givenJob(program, [cov, cov], [variances[0], variances[1]], dtype),
    ];
    for (const job of jobs) {
      const { matrices: expected } = await webgpu.run(job);
      const { sizes, leaked } = await watchBuffers(async () => {
        assertDeepEquals(await runWithLimits(job, tight), expected);
      });
      assert(Math.max(...sizes) <= tight.bufferBytes);
      assertEquals(leaked, 0);
    }
  }, dtype);
}

gpuTest("webgpu: one readback, progress in pairs that never falls, and no buffer left", async () => {
  const job = gramJob(program, gaussian(500, 3, "float32", 1), gaussian(300, 3, "float32", 2), 3, "float32");
  const seen: Progress[] = [];
  const limits = { operations: 1 };
  const { readbacks, leaked, sizes } = await watchBuffers(() =>
    runWithLimits({ ...job, onProgress: (progress) => seen.push(progress) }, limits)
  );
  assertEquals(readbacks, 1);
  assertEquals(leaked, 0);
  assert(sizes.length > 40);
  assert(
    seen.every(({ done, total }, i) => total === 150000 && done > 0 && done >= (seen[i - 1]?.done ?? 0)),
  );
  assertEquals(seen.at(-1)!.done, 150000);
});

gpuTest("webgpu: a triangle of blocks is mirrored exactly", async () => {
  const job = gramJob(program, gaussian(150, 5, "float32", 3), null, 5, "float32");
  await assertAsReference(job, 1e-6);
  const { nngp, ntk } = await runWithLimits(job, { operations: 1 });
  for (const k of [nngp, ntk]) {
    for (let i = 0; i < 150; i++) for (let j = 0; j < i; j++) assertEquals(k[i * 150 + j], k[j * 150 + i]);
  }
});

gpuTest("webgpu: nothing to compute", async () => {
  const job = gramJob(program, gaussian(2, 3, "float32", 1), null, 3, "float32");
  assertDeepEquals((await webgpu.run({ ...job, n1: 0 })).matrices, {
    nngp: new Float32Array(),
    ntk: new Float32Array(),
  });
  const nothing = vectorProgram({ ...program, map: {} });
  assertDeepEquals((await webgpu.run({ ...job, program: nothing })).matrices, {});
});
