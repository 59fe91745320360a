/** The first call of a network on the native backend: with an empty cache, and with what an earlier process left there. */
import { activationOf } from "../lib/network/nonlinearity.ts";
import { stax } from "../mod.ts";
import { nativeBackend } from "../lib/backends/native/backend.ts";
import { Pool } from "../lib/ffi/pool.ts";
import { deep, gaussian, gramJob } from "../tests/backends/jobs.ts";

const x = gaussian(10, 5, "float64", 1);
const caches: string[] = [];

for (
  const [name, dual] of Object.entries({ relu: activationOf(stax.Relu()), gelu: activationOf(stax.Gelu()) })
) {
  for (const depth of [3, 30]) {
    const firstCall = async () => {
      const job = gramJob(deep(dual, depth, 1.5, 0.1), x, null, 5, "float64");
      await nativeBackend(new Pool(2)).run(job);
    };
    const group = `${name}, ${depth} layers`;
    const options = { group, warmup: 1, n: 5 };
    Deno.bench({
      ...options,
      name: "empty cache",
      fn: async (bench) => {
        caches.push(await Deno.makeTempDir());
        Deno.env.set("XDG_CACHE_HOME", caches.at(-1)!);
        bench.start();
        await firstCall();
        bench.end();
      },
    });
    Deno.bench({ ...options, name: "from the cache", baseline: true, fn: firstCall });
  }
}

globalThis.addEventListener("unload", () => {
  for (const cache of caches) Deno.removeSync(cache, { recursive: true });
});
