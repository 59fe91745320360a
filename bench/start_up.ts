/** The whole process of the example `elementwise` in both languages, caches warm on both sides. */
import { lastLine } from "./children.ts";
import { median } from "./statistics.ts";

/** Medians of whole processes, in seconds. */
export interface StartUp {
  readonly runs: number;
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
}

/** `examples/elementwise.ts` as it is written with `neural_tangents`, in float64 as ours is. */
const PYTHON = `
import jax

jax.config.update("jax_enable_x64", True)
from jax import numpy as np, random
from neural_tangents import stax


def nngp_fn(cov, var1, var2):
    scale = np.sqrt(var1) * np.sqrt(var2)
    return scale * np.exp(cov / scale - 1)


key = random.PRNGKey(1)
x1 = random.normal(key, (10, 2))
x2 = random.normal(key, (20, 2))
derived = stax.serial(stax.Dense(1), stax.Elementwise(nngp_fn=nngp_fn))[2](x1, x2, "ntk")
manual = stax.serial(stax.Dense(1), stax.ExpNormalized())[2](x1, x2, "ntk")
error = np.max(np.abs(derived - manual))
assert error < 1e-12
print("Largest difference:", error)
`;

/** Times `runs` processes of each side in turn, after one of each that fills the caches. */
export async function startUp(python: string, folder: string, runs: number): Promise<StartUp> {
  const script = `${folder}/elementwise.py`;
  await Deno.writeTextFile(script, PYTHON);
  const example = `${import.meta.dirname}/../examples/elementwise.ts`;
  // Every compiled function is kept, however quickly it compiled: what is warm is as warm as it gets.
  const cache = {
    JAX_COMPILATION_CACHE_DIR: `${folder}/jax`,
    JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: "0",
    JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES: "-1",
  };
  const [ours, theirs]: number[][] = [[], []];
  for (let run = 0; run <= runs; run++) {
    ours.push(await processSeconds(Deno.execPath(), ["run", "-A", example]));
    theirs.push(await processSeconds(python, ["-W", "ignore", script], cache));
  }
  const [mine, peers] = [median(ours.slice(1)), median(theirs.slice(1))];
  return { runs, ours: mine, theirs: peers, ratio: peers / mine };
}

/** The seconds that a whole process takes. */
export async function processSeconds(
  command: string,
  args: string[],
  env?: Record<string, string>,
): Promise<number> {
  const start = performance.now();
  await lastLine(command, args, env);
  return (performance.now() - start) / 1000;
}
