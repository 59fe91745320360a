/** What code is compiled with, and where it is kept. */
import { type Compiler, findCompiler } from "./compiler.ts";
import { findSetup } from "./setup.ts";

/** A compiler, and the directory of compiled objects. */
export interface Toolchain {
  readonly compiler: Compiler;
  readonly cache: string;
}

/** The toolchain of this machine; throws an `Obstacle` if there is none. */
export async function findToolchain(): Promise<Toolchain> {
  const { compilers, cache } = findSetup();
  return { compiler: await findCompiler(compilers, cache), cache };
}
