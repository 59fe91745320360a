/** An evidence and its gradient in eight options beside the kernel that they are of: 1000 points, three hidden layers of GELU. */
import { predict, random, stax } from "../mod.ts";

const x = random.normal(random.key(1), [1000, 20], { dtype: "float64" });
const y = random.normal(random.key(2), [1000], { dtype: "float64" });
const dense = () => stax.Dense(1, { wStd: 1.4, bStd: 0.1 });
const network = stax.serial(dense(), stax.Gelu(), dense(), stax.Gelu(), dense(), stax.Gelu(), dense());
const free = [0, 2, 4, 6].flatMap((layer) => [`${layer}.wStd`, `${layer}.bStd`]);

for (const kernel of ["nngp", "ntk"] as const) {
  for (const backend of ["reference", "native"]) {
    const group = `${kernel} on ${backend}`;
    const o = { kernel, backend };
    Deno.bench({ name: `kernel, ${group}`, group, baseline: true }, async () => {
      await network.kernelFn(x, null, kernel, { backend });
    });
    Deno.bench({ name: `evidence, ${group}`, group }, async () => {
      await predict.evidence(network, x, y, { ...o, free: [] });
    });
    Deno.bench({ name: `evidence and gradient, ${group}`, group }, async () => {
      await predict.evidence(network, x, y, { ...o, free });
    });
  }
}
