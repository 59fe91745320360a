/** What code is compiled with, and where it is kept. */
import { type Cache, findCache } from "./cache.ts";
import { type Compiler, findCompiler } from "./compiler.ts";
import { findSetup } from "./setup.ts";

/** A compiler, and the directory of compiled objects. */
export interface Toolchain {
  readonly compiler: Compiler;
  readonly cache: Cache;
}

/** The toolchain of this machine; throws an `Obstacle` if there is none. */
export async function findToolchain(signal?: AbortSignal): Promise<Toolchain> {
  const setup = findSetup();
  const cache = findCache(setup.cache);
  return { compiler: await findCompiler(setup.compilers, cache, signal), cache };
}
