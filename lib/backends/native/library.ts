/** Compiled code in this process. */
import type { DType } from "../../array/dtype.ts";
import type { Program } from "../../program.ts";
import { type Compiler, findCompiler } from "./compiler.ts";
import { layoutOf } from "./layout.ts";
import { objectOf } from "./objects.ts";
import { findSetup, type Setup } from "./setup.ts";
import { mapText, tilesText } from "./source.ts";

const tilesSymbols = {
  pack: { parameters: ["buffer", "i32", "i32"], result: "void", nonblocking: true },
  run: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  advise: { parameters: ["buffer", "u64"], result: "void" },
} as const;

/** The functions of tiles.c. */
export type Tiles = Deno.DynamicLibrary<typeof tilesSymbols>["symbols"];

/** What compiles and loads C text here; each text once. */
export class Library {
  readonly #setup: Setup;
  readonly #tiles = new Map<DType, Promise<Tiles>>();
  readonly #maps = new WeakMap<Program, Map<DType, Promise<Deno.PointerValue>>>();

  private constructor(setup: Setup, readonly compiler: Compiler) {
    this.#setup = setup;
  }

  /** The library of this machine; the reason if its code cannot be compiled or loaded. */
  static async open(): Promise<Library | string> {
    const setup = await findSetup();
    if (typeof setup === "string") return setup;
    const compiler = await findCompiler(setup.compilers);
    if (typeof compiler === "string") return compiler;
    const library = new Library(setup, compiler);
    try {
      await library.tiles("float64");
      return library;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The tile loop in a precision. */
  tiles(dtype: DType): Promise<Tiles> {
    return remembered(this.#tiles, dtype, async () => {
      return Deno.dlopen(await this.#object(tilesText(dtype)), tilesSymbols).symbols;
    });
  }

  /** The address of a program's map in a precision. */
  map(program: Program, dtype: DType): Promise<Deno.PointerValue> {
    if (!this.#maps.has(program)) this.#maps.set(program, new Map());
    return remembered(this.#maps.get(program)!, dtype, async () => {
      const path = await this.#object(mapText(program, layoutOf(program), dtype));
      return Deno.dlopen(path, { map: { type: "pointer" } }).symbols.map;
    });
  }

  #object(text: string): Promise<string> {
    return objectOf(this.#setup.cache, this.compiler, text);
  }
}

function remembered<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  if (!known.has(key)) known.set(key, make());
  return known.get(key)!;
}
