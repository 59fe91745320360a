/** Normal numbers, which reproduce those of JAX bit for bit. */
import { random } from "../mod.ts";

const key = random.key(1);

for (const size of [1_000, 100_000]) {
  for (const dtype of ["float64", "float32"] as const) {
    Deno.bench({
      name: dtype,
      group: `random.normal, ${size} numbers`,
      baseline: dtype === "float64",
      n: 20,
      warmup: 3,
      fn: () => void random.normal(key, [size], { dtype }),
    });
  }
}
