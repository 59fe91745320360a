/**
 * Calls random kernels from four threads for a while, with all that may disturb them: `deno task soak [--minutes 10] [--seed 1]`.
 *
 * Aborts, terminations, disposals, transfers, inputs that change and clearings of the cache, which is one of its own. Out: figures,
 * and exit code 1 if the process died, an entry was wrong, a call failed, or the memory in use went on growing.
 */
import { parseArgs } from "node:util";
import { denoDir } from "../bench/children.ts";
import { withoutEgl } from "./egl.ts";

/** Before this the process still loads and compiles what it needs, so that nothing can be said of its memory. */
const LEAST_MINUTES = 2;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes >= LEAST_MINUTES) || !Number.isFinite(minutes)) {
  throw new RangeError(
    `Cannot soak as --minutes must be a number from ${LEAST_MINUTES} on: current value is ${values.minutes}`,
  );
}
if (!Number.isInteger(seed) || seed < 0) {
  throw new RangeError(`Cannot soak as --seed must be an integer from 0 on: current value is ${values.seed}`);
}

const XDG_CACHE_HOME = await Deno.makeTempDir();
try {
  const program = new URL("soak_process.ts", import.meta.url).pathname;
  const env = { XDG_CACHE_HOME, DENO_DIR: await denoDir(), ...await withoutEgl() };
  const args = ["run", "-A", program, `${minutes}`, `${seed}`];
  // The process may die of what is tested, and this one tells how.
  const { code, signal } = await new Deno.Command(Deno.execPath(), { args, env }).spawn().status;
  if (signal) console.log(`the process was ended by ${signal}`);
  Deno.exitCode = code === 0 ? 0 : 1;
} finally {
  await Deno.remove(XDG_CACHE_HOME, { recursive: true });
}
