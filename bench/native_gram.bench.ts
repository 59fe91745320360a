/** The product of 2016 × 256 by 256 × 2016 numbers: ours within the tile loop, one thread, against the machine's BLAS on all. */
import { nativeBackend } from "../lib/backends/native/backend.ts";
import { Pool, processors } from "../lib/ffi/pool.ts";
import { lapack } from "../lib/linalg/blas/mod.ts";
import { matrixView, transposed } from "../lib/linalg/view.ts";
import { compile } from "../lib/program/entrywise.ts";
import { gaussian, gramJob, inputs } from "../tests/backends/jobs.ts";

const [n, depth] = [2016, 256];
const program = compile({ nngp: inputs.nngp }, {}, []);
const [x1, x2] = [gaussian(n, depth, "float64", 1), gaussian(n, depth, "float64", 2)] as Float64Array[];
const job = gramJob(program, x1, x2, depth, "float64");
const blas = await lapack();
const options = { group: "gram", warmup: 3, n: 20 };

for (const pool of [new Pool(1), processors]) {
  const native = nativeBackend(pool);
  await native.run(job);
  Deno.bench({
    ...options,
    name: `ours, ${pool.threads} threads`,
    fn: async () => void await native.run(job),
  });
}

if (blas) {
  Deno.bench({
    ...options,
    name: `BLAS, ${processors.threads} threads`,
    baseline: true,
    fn: async () => void await blas.multiply(matrixView(x1, n, depth), transposed(matrixView(x2, n, depth))),
  });
}
