/** NNGP and NTK of three hidden layers on the native backend: 256 features, n points; the row stage is not included. */
import { activationOf } from "../lib/network/nonlinearity.ts";
import { stax } from "../mod.ts";
import { native } from "../lib/backends/native/mod.ts";
import { deep, gaussian, gramJob } from "../tests/backends/jobs.ts";

const nonlinearities = {
  relu: activationOf(stax.Relu()),
  gelu: activationOf(stax.Gelu()),
  erf: activationOf(stax.Erf()),
  gaussian: activationOf(stax.Gaussian()),
};
const DEPTH = 256;

for (const dtype of ["float64", "float32"] as const) {
  for (const [name, dual] of Object.entries(nonlinearities)) {
    const program = deep(dual, 3, 1.5, 0.1);
    for (const n of [1000, 4000]) {
      const x1 = gaussian(n, DEPTH, dtype, 1);
      const cases = [["x2 = null", null], ["x2", gaussian(n, DEPTH, dtype, 2)]] as const;
      for (const [label, x2] of cases) {
        const job = gramJob(program, x1, x2, DEPTH, dtype);
        await native.run(job);
        Deno.bench({
          name: `${name}, ${label}`,
          group: `n = ${n}, ${dtype}`,
          warmup: 3,
          n: 10,
          fn: async () => void await native.run(job),
        });
      }
    }
  }
}
