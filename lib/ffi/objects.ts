/** Compiled objects, each C text once. */
import { unusable } from "./cache.ts";
import { compile } from "./compiler.ts";
import { requireWhole } from "./elf.ts";
import { forget, kept } from "./file_cache.ts";
import { Obstacle } from "./unavailable.ts";
import { processors } from "./pool.ts";
import stay from "./stay.c" with { type: "text" };
import type { Toolchain } from "./toolchain.ts";

const NAME = "object.so";

/** All that an object is made from. */
const keyOf = ({ compiler: { command, flags, macros } }: Toolchain, text: string): string =>
  JSON.stringify([command, flags, macros, text]);

/** The path of the object compiled from `text`, which is built unless the cache has it; so many at a time as there are processors. */
export function objectOf(toolchain: Toolchain, text: string, signal?: AbortSignal): Promise<string> {
  const { compiler, cache } = toolchain;
  const build = (path: string) => processors.run(() => compile(compiler, text, path, signal));
  return kept(cache, keyOf(toolchain, text), NAME, build);
}

/** What `load` makes of the path of the object compiled from `text`; throws an `Obstacle` if that cannot be done. */
export async function loaded<T>(
  toolchain: Toolchain,
  text: string,
  load: (path: string) => T,
  signal?: AbortSignal,
): Promise<T> {
  const attempt = async () => {
    const path = await objectOf(toolchain, text, signal);
    requireWhole(Deno.readFileSync(path));
    return load(path);
  };
  const isFinal = (error: unknown) => error instanceof Obstacle || signal?.aborted;
  try {
    return await attempt().catch(async (error) => {
      if (isFinal(error)) throw error;
      // It is no object for this machine, or another process has cleared the cache in between.
      await forget(toolchain.cache, keyOf(toolchain, text));
      return await attempt();
    });
  } catch (error) {
    throw isFinal(error) ? error : unusable(toolchain.cache.path, error);
  }
}

/** The library that C text compiles to, loaded into this process; throws an `Obstacle` if that cannot be done. */
export function loadObject<S extends Deno.ForeignLibraryInterface>(
  toolchain: Toolchain,
  text: string,
  symbols: S,
  signal?: AbortSignal,
): Promise<Deno.DynamicLibrary<S>> {
  return loaded(toolchain, text + stay, (path) => Deno.dlopen(path, symbols), signal);
}
