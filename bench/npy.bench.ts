/** .npy files in memory. */
import { random, readNpy, writeNpy } from "../mod.ts";

for (const n of [100, 1000]) {
  for (const dtype of ["float64", "float32"] as const) {
    const array = random.normal(random.key(n), [n, 256], { dtype });
    const bytes = writeNpy(array);
    const group = `.npy, ${n} × 256, ${dtype}`;
    const options = { group, n: 10, warmup: 2 };
    Deno.bench({ name: "writeNpy", ...options, fn: () => void writeNpy(array) });
    Deno.bench({ name: "readNpy", ...options, fn: () => void readNpy(bytes) });
  }
}
