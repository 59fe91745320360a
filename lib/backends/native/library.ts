/** Compiled code in this process: every object is compiled and loaded once. */
import type { DType } from "../../array/dtype.ts";
import type { Program } from "../../program.ts";
import { type Compiler, findCompiler } from "./compiler.ts";
import type { Layout } from "./layout.ts";
import { objectOf } from "./objects.ts";
import { findSetup } from "./setup.ts";
import { mapText, tilesText } from "./source.ts";

const tilesSymbols = {
  pack: { parameters: ["buffer", "buffer", "i64", "i64", "i64", "i64"], result: "void", nonblocking: true },
  run: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  advise: { parameters: ["buffer", "u64"], result: "void" },
} as const;

/** The functions of tiles.c. */
export type Tiles = Deno.DynamicLibrary<typeof tilesSymbols>["symbols"];

/** A compiler that works, and the tile loop compiled by it. */
export interface Toolchain {
  readonly compiler: Compiler;
  readonly cache: string;
  readonly tiles: (dtype: DType) => Promise<Tiles>;
  /** The address of a program's map */
  readonly map: (program: Program, layout: Layout, dtype: DType) => Promise<Deno.PointerValue>;
}

/** The toolchain of this machine; the reason if there is none. */
export async function findToolchain(): Promise<Toolchain | string> {
  const setup = await findSetup();
  if (typeof setup === "string") return setup;
  const compiler = await findCompiler(setup.compilers);
  if (typeof compiler === "string") return compiler;
  const { cache } = setup;
  const loaded = new Map<string, Promise<string>>();
}
