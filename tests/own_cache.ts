/**
 * Runs Deno with all arguments but the first. What the native backend compiles is kept in `.cache/<first argument>` of the
 * repository: a second run finds it there, and the documentation test of `clearCache` leaves the user's own alone.
 */
import { denoDir } from "../bench/children.ts";
import { codeBeforeEgl, mayLoadEgl, withoutEgl } from "./egl.ts";

const [name, ...args] = Deno.args;
const XDG_CACHE_HOME = `${import.meta.dirname}/../.cache/${name}`;
// Deno would look for what it has downloaded there, too.
const env = { XDG_CACHE_HOME, DENO_DIR: await denoDir(), ...await withoutEgl() };
const code = mayLoadEgl(env)
  ? await codeBeforeEgl(args, env)
  : (await new Deno.Command(Deno.execPath(), { args, env }).spawn().status).code;
Deno.exit(code);
