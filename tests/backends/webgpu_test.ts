/** The WebGPU backend computes what the reference computes, and its shader is the one of the snapshot. */
import { assertEquals } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { assertAsReference } from "./gpu_checks.ts";
import { abRelu, deep, errorFunction, gaussian, givenJob, gramJob, inputs } from "./jobs.ts";
import type { DType } from "../../lib/array/mod.ts";
import { layoutOf } from "../../lib/backends/webgpu/plan/features.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { shaderOf } from "../../lib/backends/webgpu/wgsl/block_text.ts";
import { constant, hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import { compile, type Entrywise } from "../../lib/program/entrywise.ts";
import { atOnce } from "../steps.ts";

const { nngp: cov, var1, var2 } = inputs;
const ntk = variable("ntk");

/** Around the tile of 64 and the slab of 16, one row, one feature. */
const shapes = [[1, 1, 1], [1, 200, 3], [130, 1, 16], [63, 65, 17], [64, 128, 32], [67, 131, 784]];

/** Bounds relative to the largest entry: a few roundings, and one more a layer. */
const networks: [string, Entrywise, Record<DType, number>][] = [
  ["one rectifier", deep(abRelu(0, 1), 1, Math.SQRT2, 0), { float32: 4e-7, float64: 5e-15 }],
  ["3 leaky rectifiers", deep(abRelu(0.2, 1), 3, 1.3, 0.1), { float32: 1e-6, float64: 5e-15 }],
  ["10 error functions", deep(errorFunction, 10, 1.2, 0.2), { float32: 2e-6, float64: 1e-14 }],
];

/** aₖ(v) = v^(k/2)/2ᵏ for k < 21: no multiple of the padding, and 3 terms fewer where it meets a table of 18. */
const table = (width: number): Table => ({
  label: "geometric",
  compute: (variances) =>
    atOnce({
      coefficients: Float64Array.from(
        { length: variances.length * width },
        (_, i) => (Math.sqrt(variances[Math.floor(i / width)]) / 2) ** (i % width),
      ),
      width,
      error: 0,
    }),
});

/** Hermite sums of orders 0, 1 and 2, and one of two tables of different width. */
function hermiteProgram(): Entrywise {
  const [a, b, shorter] = [tableOf(wide, var1), tableOf(wide, var2), tableOf(narrow, var2)];
  const rho = cov.div(var1.sqrt().mul(var2.sqrt())).max(-1).min(1);
  const sums = [0, 1, 2].map((order) => [`order${order}`, hermiteSum(a, b, rho, order)]);
  return compile({ ...Object.fromEntries(sums), mixed: hermiteSum(a, shorter, rho) }, { cov: var1 }, []);
}

const wide = table(21);
const narrow = table(18);

for (const dtype of ["float32", "float64"] as const) {
  const name = `webgpu ${dtype}`;
  for (const [network, program, bounds] of networks) {
    gpuTest(`${name}: ${network}`, async () => {
      for (const [n1, n2, depth] of shapes) {
        const x1 = gaussian(n1, depth, dtype, 1);
        const x2 = gaussian(n2, depth, dtype, 2);
        const message = `${name} ${network} ${n1}×${n2}×${depth}`;
        await assertAsReference(gramJob(program, x1, x2, depth, dtype), bounds[dtype], message);
      }
      const x = gaussian(130, 20, dtype, 3);
      await assertAsReference(gramJob(program, x, null, 20, dtype), bounds[dtype], `${name} symmetric`);
    }, dtype);
  }

  gpuTest(`${name}: coefficient tables`, async () => {
    const [x1, x2] = [gaussian(70, 9, dtype, 1), gaussian(30, 9, dtype, 2)];
    const job = gramJob(hermiteProgram(), x1, x2, 9, dtype);
    await assertAsReference(job, dtype === "float32" ? 1e-6 : 1e-14, `${name} tables`);
  }, dtype);

  gpuTest(`${name}: a kernel computed before`, async () => {
    const program = deep(abRelu(0, 1), 2, 1.4, 0.1, { ...inputs, ntk });
    const bound = dtype === "float32" ? 1e-6 : 5e-15;
    const x = gaussian(100, 7, dtype, 1);
    const first = gramJob(deep(errorFunction, 1, 1.5, 0), x, null, 7, dtype);
    const { matrices: k } = await webgpu.run(first);
    const variances = Array.from({ length: 100 }, (_, i) => k.nngp[i * 101]);
    await assertAsReference(
      givenJob(program, [k.nngp, k.ntk], [variances, null], dtype),
      bound,
      `${name} given`,
    );
    const part = [k.nngp.subarray(0, 3000), k.ntk.subarray(0, 3000)] as const;
    const rows = [variances.slice(0, 30), variances] as const;
    await assertAsReference(givenJob(program, part, rows, dtype), bound, `${name} given part`);
    await assertAsReference(givenJob(program, [part[0], null], rows, dtype), bound, `${name} no NTK`);
  }, dtype);
}

gpuTest("webgpu: 30 layers", async () => {
  const job = gramJob(deep(abRelu(0, 1), 30, 1.4, 0), gaussian(70, 8, "float32", 1), null, 8, "float32");
  await assertAsReference(job, 2e-6, "30 layers");
});

gpuTest("webgpu: 300 steps k ↦ a/(1 + a²/4) with a = 1.2·k + 0.01 and a running mean", async () => {
  let [k, mean] = [cov, constant(0)];
  for (let step = 0; step < 300; step++) {
    const a = k.mul(1.2).add(0.01);
    k = a.div(a.square().mul(0.25).add(1));
    mean = mean.add(k).mul(0.5);
  }
  const program = compile({ k, mean }, { cov: var1 }, []);
  await assertAsReference(
    gramJob(program, gaussian(70, 8, "float32", 1), null, 8, "float32"),
    1e-6,
    "300 steps",
  );
});

// Near duplicates have angles of √(float32's epsilon), which no smaller error of cov can tell from 0.
gpuTest("webgpu: equal and opposite rows, zero rows and tiny ones give finite kernels", async () => {
  const rows = [[1, 2, 3], [1, 2, 3], [-1, -2, -3], [0, 0, 0], [1e-6, 0, 1e-6], [1, 2, 3 + 1e-6]];
  const x = Float32Array.from(rows.flat());
  for (const dual of [abRelu(0, 1), errorFunction]) {
    await assertAsReference(gramJob(deep(dual, 3, 1.4, 0), x, null, 3, "float32"), 6e-5, "special rows");
  }
});

gpuTest("webgpu: computations run side by side", async () => {
  const jobs = [1, 2, 3].map((seed) =>
    gramJob(networks[1][1], gaussian(80 * seed, 6, "float32", seed), null, 6, "float32")
  );
  await Promise.all(jobs.map((job) => assertAsReference(job, 1e-6, "side by side")));
});

Deno.test("webgpu: the shader of a small program is the one of the snapshot", async () => {
  const [a, b] = [tableOf(narrow, var1), tableOf(narrow, var2)];
  const nngp = hermiteSum(a, b, cov.div(var1.sqrt().mul(var2.sqrt())));
  const program = compile({ nngp, ntk: ntk.mul(cov.lt(0).select(0, nngp)) }, { cov: var1 }, []);
  const job = gramJob(program, gaussian(2, 3, "float32", 1), null, 3, "float32");
  const features = job.features!;
  const { text } = shaderOf({ ...job, program, features }, layoutOf(features));
  const file = new URL("snapshots/small.wgsl", import.meta.url);
  if (Deno.env.get("UPDATE_SNAPSHOTS") === "1") await Deno.writeTextFile(file, text);
  assertEquals(text, await Deno.readTextFile(file));
});
