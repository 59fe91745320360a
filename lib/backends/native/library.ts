/** Compiled code in this process. */
import type { DType } from "../../array/dtype.ts";
import type { Program } from "../../program.ts";
import { layoutOf } from "./layout.ts";
import { Memories } from "./memories.ts";
import { loadObject } from "./objects.ts";
import { remembered } from "./remembered.ts";
import { Results } from "./results.ts";
import { mapText, memoryText, nearText, rowsText, tilesText } from "./source.ts";
import type { Toolchain } from "./toolchain.ts";

const memorySymbols = { advise: { parameters: ["buffer", "u64"], result: "void" } } as const;

const nearSymbols = {
  run: { parameters: ["i32", "buffer", "i32"], result: "i32", nonblocking: true },
  pack: { parameters: ["buffer", "i64", "i64", "i64", "i64", "i64", "buffer"], result: "void" },
} as const;

const tilesSymbols = {
  ...nearSymbols,
  variances: { parameters: ["buffer", "i64", "i64", "buffer"], result: "void" },
} as const;

const rowsSymbols = {
  operate: { parameters: ["i32", "i64", "buffer", "buffer", "buffer", "buffer"], result: "void" },
} as const;

/** The function of memory.c. */
type Memory = Deno.DynamicLibrary<typeof memorySymbols>["symbols"];

/** The functions of tiles.c and pack.c. */
export type Tiles = Deno.DynamicLibrary<typeof tilesSymbols>["symbols"];

/** The functions of near.c and pack.c. */
export type NearRows = Deno.DynamicLibrary<typeof nearSymbols>["symbols"];

/** The function of rows.c. */
export type Rows = Deno.DynamicLibrary<typeof rowsSymbols>["symbols"];

/** What compiles C text here and loads it, each text once. */
export class Library {
  readonly #tiles = new Map<DType, Promise<Tiles>>();
  readonly #near = new Map<DType, Promise<NearRows>>();
  readonly #rows = new Map<"rows", Promise<Rows>>();
  readonly #maps = new WeakMap<Program, Map<DType, Promise<Deno.PointerValue>>>();

  readonly results: Results;
  readonly memories = new Memories();

  private constructor(readonly toolchain: Toolchain, readonly memory: Memory) {
    this.results = new Results(toolchain);
  }

  /** The library of a toolchain; throws an `Obstacle` if code cannot be compiled or loaded. */
  static async open(toolchain: Toolchain): Promise<Library> {
    return new Library(toolchain, (await loadObject(toolchain, memoryText(), memorySymbols)).symbols);
  }

  /** The tile loop in a precision. */
  tiles(dtype: DType): Promise<Tiles> {
    return remembered(this.#tiles, dtype, async () => {
      return (await loadObject(this.toolchain, tilesText(dtype), tilesSymbols)).symbols;
    });
  }

  /** The loop over rows with near pairs, for inputs of a precision. */
  nearRows(dtype: DType): Promise<NearRows> {
    return remembered(this.#near, dtype, async () => {
      return (await loadObject(this.toolchain, nearText(dtype), nearSymbols)).symbols;
    });
  }

  /** The operations of the row stage. */
  rows(): Promise<Rows> {
    return remembered(this.#rows, "rows", async () => {
      return (await loadObject(this.toolchain, rowsText(), rowsSymbols)).symbols;
    });
  }

  /** The address of a program's map in a precision. */
  map(program: Program, dtype: DType): Promise<Deno.PointerValue> {
    if (!this.#maps.has(program)) this.#maps.set(program, new Map());
    return remembered(this.#maps.get(program)!, dtype, async () => {
      const text = mapText(program, layoutOf(program), dtype);
      return (await loadObject(this.toolchain, text, { map: { type: "pointer" } })).symbols.map;
    });
  }
}
