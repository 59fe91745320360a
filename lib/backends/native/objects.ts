/** Compiled objects, each C text once. */
import { compile } from "./compiler.ts";
import { kept } from "./kept.ts";
import { Obstacle } from "./obstacle.ts";
import { processors } from "./pool.ts";
import stay from "./stay.c" with { type: "text" };
import type { Toolchain } from "./toolchain.ts";

/** The path of the object compiled from `text`, which is built unless the cache has it; so many at a time as there are processors. */
export function objectOf({ compiler, cache }: Toolchain, text: string): Promise<string> {
  const build = (path: string) => processors.run(() => compile(compiler, text, path));
  return kept(cache, compiler.identity + text, "object.so", build);
}

/** The library that C text compiles to, loaded into this process; throws an `Obstacle` if that cannot be done. */
export async function loadObject<S extends Deno.ForeignLibraryInterface>(
  toolchain: Toolchain,
  text: string,
  symbols: S,
): Promise<Deno.DynamicLibrary<S>> {
  const load = async () => Deno.dlopen(await objectOf(toolchain, text + stay), symbols);
  try {
    // Another process may have cleared the cache in between.
    return await load().catch((error) => error instanceof Obstacle ? Promise.reject(error) : load());
  } catch (error) {
    if (error instanceof Obstacle) throw error;
    throw new Obstacle(
      `its cache must hold code and be loaded from: current value is ${toolchain.cache}, ` +
        `${(error as Error).message}, set XDG_CACHE_HOME to another directory`,
    );
  }
}
