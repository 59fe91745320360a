/** The native backend computes what the reference computes, the same bits for every number of threads. */
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { native, nativeTest } from "../native.ts";
import { abRelu, deep, type Dual, errorFunction, gaussian, givenJob, gramJob, inputs, same } from "./jobs.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { stax } from "../../mod.ts";
import type { Job } from "../../lib/program/job.ts";
import type { Progress } from "../../lib/pause.ts";
import type { Values } from "../../lib/array/dtype.ts";
import { nativeBackend } from "../../lib/backends/native/backend.ts";
import { Pool } from "../../lib/ffi/pool.ts";
import { reference } from "../../lib/backends/reference/backend.ts";
import { constant, hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import { compile, type Entrywise } from "../../lib/program/entrywise.ts";
import { atOnce } from "../steps.ts";

const { nngp: cov, var1, var2 } = inputs;
const ntk = variable("ntk");

/** Around the tile of 96, the panels of 8 to 32 and 256 coordinates a pass; one row, one feature. */
const shapes = [[1, 1, 1], [1, 200, 3], [130, 1, 16], [95, 97, 17], [96, 192, 32], [103, 131, 784]];

/** Deviations of outputs from the reference in float64, relative to the largest entry of each. */
async function deviation(job: Job): Promise<number> {
  const { matrices: actual } = await native.run(job);
  const { matrices: expected } = await reference.run({ ...job, dtype: "float64" });
  assertDeepEquals(Object.keys(actual), Object.keys(expected));
  return Math.max(...Object.keys(expected).map((name) => worst(actual[name], expected[name])));
}

function worst(actual: Values, expected: Values): number {
  assertEquals(actual.length, expected.length);
  let [error, scale] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    error = difference <= error ? error : difference;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return error === 0 ? 0 : error / scale;
}

async function assertAsReference(job: Job, bound: number, message: string): Promise<void> {
  const error = await deviation(job);
  if (Deno.env.has("SHOW_DEVIATIONS")) console.log(`${message}: ${error.toExponential(1)}`);
  assert(error <= bound, `${message}: ${error} must be at most ${bound}`);
}

/** Nonlinearities, for two layers of weight 1.2 and bias 0.1. */
const nonlinearities: Record<string, Dual> = {
  abs: activationOf(stax.Abs()),
  cos: activationOf(stax.Cos()),
  erf: activationOf(stax.Erf()),
  exp: activationOf(stax.Exp({ a: 0.3, b: 0.4 })),
  expNormalized: activationOf(stax.ExpNormalized()),
  gabor: activationOf(stax.Gabor()),
  gaussian: activationOf(stax.Gaussian()),
  gelu: activationOf(stax.Gelu()),
  leakyRelu: activationOf(stax.LeakyRelu(0.2)),
  monomial: activationOf(stax.Monomial(3)),
  rbf: activationOf(stax.Rbf()),
  rectifiedMonomial: activationOf(stax.RectifiedMonomial(2)),
  relu: activationOf(stax.Relu()),
  sigmoidLike: activationOf(stax.SigmoidLike()),
  sign: activationOf(stax.Sign()),
  sin: activationOf(stax.Sin()),
};

/** aₖ(v) = v^(k/2)/2ᵏ for k < width. */
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
const wide = table(21);
const narrow = table(18);
const rho = cov.div(var1.sqrt().mul(var2.sqrt())).max(-1).min(1);

/** Hermite sums of orders 0, 1 and 2, of two tables of different width, and one whose ρ is another sum. */
function hermiteProgram(): Entrywise {
  const [a, b, shorter] = [tableOf(wide, var1), tableOf(wide, var2), tableOf(narrow, var2)];
  const sums = [0, 1, 2].map((order) => [`order${order}`, hermiteSum(a, b, rho, order)]);
  const mixed = hermiteSum(a, shorter, rho);
  const nested = hermiteSum(a, b, mixed.mul(0.1).min(1), 1).add(mixed).mul(rho);
  return compile(
    { ...Object.fromEntries(sums), mixed, nested, swapped: hermiteSum(shorter, a, rho) },
    {},
    [],
  );
}

for (const dtype of ["float64", "float32"] as const) {
  for (const [name, dual] of Object.entries(nonlinearities)) {
    nativeTest(`native ${dtype}: ${name}`, async () => {
      const program = deep(dual, 2, 1.2, 0.1);
      const [x1, x2] = [gaussian(101, 40, dtype, 1), gaussian(97, 40, dtype, 2)];
      const bound = dtype === "float32" ? 1e-6 : 1e-14;
      await assertAsReference(gramJob(program, x1, x2, 40, dtype), bound, `${dtype} ${name}`);
      await assertAsReference(gramJob(program, x1, null, 40, dtype), bound, `${dtype} ${name} symmetric`);
    });
  }

  nativeTest(`native ${dtype}: sizes`, async () => {
    const bound = dtype === "float32" ? 1e-6 : 1e-14;
    const program = deep(abRelu(0.2, 1), 2, 1.3, 0.1);
    for (const [n1, n2, depth] of shapes) {
      const [x1, x2] = [gaussian(n1, depth, dtype, 1), gaussian(n2, depth, dtype, 2)];
      await assertAsReference(gramJob(program, x1, x2, depth, dtype), bound, `${dtype} ${n1}×${n2}×${depth}`);
      await assertAsReference(gramJob(program, x1, null, depth, dtype), bound, `${dtype} ${n1}×${depth}`);
    }
  });

  nativeTest(`native ${dtype}: coefficient tables`, async () => {
    const [x1, x2] = [gaussian(110, 9, dtype, 1), gaussian(30, 9, dtype, 2)];
    const bound = dtype === "float32" ? 1e-6 : 1e-14;
    await assertAsReference(gramJob(hermiteProgram(), x1, x2, 9, dtype), bound, `${dtype} tables`);
    await assertAsReference(
      gramJob(hermiteProgram(), x1, null, 9, dtype),
      bound,
      `${dtype} tables symmetric`,
    );
  });

  nativeTest(`native ${dtype}: a kernel computed before`, async () => {
    const program = deep(abRelu(0, 1), 2, 1.4, 0.1, { ...inputs, ntk });
    const bound = dtype === "float32" ? 1e-6 : 1e-14;
    const { matrices: k } = await native.run(
      gramJob(deep(errorFunction, 1, 1.5, 0), gaussian(100, 7, dtype, 1), null, 7, dtype),
    );
    const variances = Array.from({ length: 100 }, (_, i) => k.nngp[i * 101]);
    await assertAsReference(givenJob(program, [k.nngp, k.ntk], [variances, null], dtype), bound, "given");
    // Rows 0 to 29 with the others: no point meets itself, as that is what this program cannot tell.
    const part = [k.nngp, k.ntk].map((matrix) =>
      matrix.filter((_, at) => at < 3000 && at % 100 >= 30)
    ) as unknown as [Values, Values];
    const rows = [variances.slice(0, 30), variances.slice(30)] as const;
    await assertAsReference(givenJob(program, part, rows, dtype), bound, "given part");
    await assertAsReference(givenJob(program, [part[0], null], rows, dtype), bound, "given, no NTK");
  });

  nativeTest(`native ${dtype}: outputs that are inputs, constants and truth values`, async () => {
    const program = compile({ cov, one: constant(1), equal: same, below: cov.lt(rho.mul(0.1)) }, {}, []);
    await assertAsReference(gramJob(program, gaussian(99, 5, dtype, 1), null, 5, dtype), 1e-6, "outputs");
  });

  nativeTest(`native ${dtype}: duplicates and zero rows`, async () => {
    const x = gaussian(100, 6, dtype, 1);
    x.copyWithin(300, 0, 300);
    x.fill(0, 60, 66);
    const job = gramJob(deep(abRelu(0, 1), 3, 1.4, 0), x, null, 6, dtype);
    await assertAsReference(job, dtype === "float32" ? 1e-6 : 1e-14, "duplicates");
    const { matrices: { nngp, ntk } } = await native.run(job);
    for (const k of [nngp, ntk]) {
      assert(k.every(Number.isFinite), "entries must be finite");
      for (let i = 0; i < 50; i++) assertEquals(k[i * 100 + i + 50], k[i * 101], `duplicate of row ${i}`);
    }
  });

  nativeTest(`native ${dtype}: 100 layers`, async () => {
    const x = gaussian(50, 8, dtype, 1);
    const job = gramJob(deep(abRelu(0, 1), 100, Math.SQRT2, 0), x, null, 8, dtype);
    await assertAsReference(job, dtype === "float32" ? 1e-5 : 5e-14, "100 layers");
  });

  nativeTest(`native ${dtype}: the same bits for every number of threads, and symmetric ones`, async () => {
    const job = gramJob(
      deep(activationOf(stax.Gelu()), 2, 1.2, 0.1),
      gaussian(501, 33, dtype, 1),
      null,
      33,
      dtype,
    );
    const results = await Promise.all([1, 2, 3].map((threads) => nativeBackend(new Pool(threads)).run(job)));
    for (const name of ["nngp", "ntk"]) {
      const [first, ...others] = results.map(({ matrices }) => matrices[name]);
      for (const other of others) assertClose(other, first, { message: name });
      for (let i = 0; i < 501; i++) {
        for (let j = 0; j < i; j++) assert(Object.is(first[i * 501 + j], first[j * 501 + i]), `${i}, ${j}`);
      }
    }
  });
}

nativeTest("native: many computations at once do not disturb each other", async () => {
  const jobs = [1, 2, 3, 4, 5, 6].map((seed) =>
    gramJob(deep(abRelu(0, 1), 2, 1.2, 0.1), gaussian(200, 33, "float64", seed), null, 33, "float64")
  );
  const together = await Promise.all(jobs.map((job) => native.run(job)));
  for (const [i, job] of jobs.entries()) {
    assertClose(together[i].matrices.ntk, (await native.run(job)).matrices.ntk);
  }
});

nativeTest("native: progress grows to the total", async () => {
  const seen: Progress[] = [];
  const job = gramJob(deep(abRelu(0, 1), 30, 1.2, 0.1), gaussian(700, 5, "float64", 1), null, 5, "float64");
  await native.run({ ...job, onProgress: (progress) => seen.push(progress) });
  assert(seen.length > 1);
  assert(seen.every(({ done }, i) => i === 0 || done >= seen[i - 1].done));
  assertDeepEquals(seen.at(-1), { done: 700 * 700, total: 700 * 700 });
});

nativeTest("native: an aborted computation stops with the reason, and the next one works", async () => {
  const job = gramJob(deep(abRelu(0, 1), 30, 1.2, 0.1), gaussian(1500, 5, "float64", 1), null, 5, "float64");
  const controller = new AbortController();
  let last = 0;
  const onProgress = ({ done, total }: Progress) => {
    last = done / total;
    controller.abort(new RangeError("enough"));
  };
  await assertThrows(
    () => native.run({ ...job, onProgress, signal: controller.signal }),
    RangeError,
    "enough",
  );
  assert(last < 0.5, `stopped after ${last}`);
  await assertAsReference(
    gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(9, 5, "float64", 1), null, 5, "float64"),
    1e-14,
    "next",
  );
});

nativeTest("native: an exception of onProgress is that of the computation", async () => {
  const job = gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(9, 5, "float64", 1), null, 5, "float64");
  const onProgress = () => {
    throw new RangeError("no more");
  };
  await assertThrows(() => native.run({ ...job, onProgress }), RangeError, "no more");
});
