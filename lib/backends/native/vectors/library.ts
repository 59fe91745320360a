/**
 * Compiled code for vectors in this process, of the tile loop and of maps of programs: texts of strips.ts, each compiled and
 * loaded once, when it is first asked for.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import { answering } from "../../../pause.ts";
import { type Guard, openGuard } from "../../../ffi/guard.ts";
import { featureOrder } from "../../feature_order.ts";
import { Memories } from "../../../ffi/memory.ts";
import { loadObject } from "../../../ffi/objects.ts";
import { Results } from "./results.ts";
import { remembered } from "../../../remembered.ts";
import { ofEach, Shared } from "../../../shared.ts";
import { mapSteps, memoryText, nearText, tilesText } from "../code/strips.ts";
import type { Toolchain } from "../../../ffi/compiler.ts";

const memorySymbols = { advise: { parameters: ["buffer", "u64"], result: "void" } } as const;

const tilesSymbols = {
  run: { parameters: ["i32", "buffer", "i32"], result: "i32", nonblocking: true },
  pack: { parameters: ["buffer", "i64", "i64", "i64", "i64", "i64", "buffer"], result: "void" },
} as const;

/** The function of system.c. */
type Memory = Deno.DynamicLibrary<typeof memorySymbols>["symbols"];

/** The functions of strips.c, and of tiles.c or near.c. */
export type Tiles = Deno.DynamicLibrary<typeof tilesSymbols>["symbols"];

/** The address of a map, and what its code reads besides rows. */
export interface CompiledMap {
  readonly map: Deno.PointerValue;
  readonly parameters: Values;
}

/**
 * What compiles C text here and loads it, each text once; an abort ends the waiting for it. There are five kinds of objects: the
 * memory of system.c and of results.c, the tile loop and that for near pairs, one of either for each precision, and a map for
 * each program.
 */
export class Library {
  readonly #tiles = ofEach((dtype) => this.#shared(() => tilesText(dtype), tilesSymbols));
  readonly #near = ofEach((dtype) => this.#shared(() => nearText(dtype), tilesSymbols));
  readonly #maps = remembered((program: Entrywise) =>
    ofEach((dtype) => new Shared((signal) => this.#compiledMap(program, dtype, signal)))
  );

  readonly results: Results;
  readonly memories = new Memories();

  private constructor(
    readonly toolchain: Toolchain,
    readonly memory: Memory,
    readonly guard: Guard,
  ) {
    this.results = new Results(toolchain);
  }

  /** The library of a toolchain; throws an `Obstacle` if code cannot be compiled or loaded. */
  static async open(toolchain: Toolchain, signal?: AbortSignal): Promise<Library> {
    const [{ symbols }, guard] = await Promise.all([
      loadObject(toolchain, memoryText(), memorySymbols, signal),
      openGuard(toolchain, signal),
    ]);
    return new Library(toolchain, symbols, guard);
  }

  /** The tile loop in a precision. */
  tiles(dtype: DType, signal?: AbortSignal): Promise<Tiles> {
    return this.#tiles[dtype].get(signal);
  }

  /** The loop over rows with near pairs, for inputs of a precision. */
  nearRows(dtype: DType, signal?: AbortSignal): Promise<Tiles> {
    return this.#near[dtype].get(signal);
  }

  /** The map of a program in a precision. */
  map(program: Entrywise, dtype: DType, signal?: AbortSignal): Promise<CompiledMap> {
    return this.#maps(program)[dtype].get(signal);
  }

  /** Its text is made in steps, which leave others their turn. */
  async #compiledMap(program: Entrywise, dtype: DType, signal: AbortSignal): Promise<CompiledMap> {
    const steps = mapSteps(program, featureOrder(program), dtype);
    const { text, parameters } = await answering(steps, { signal });
    const { map } = (await loadObject(this.toolchain, text, { map: { type: "pointer" } }, signal)).symbols;
    const values = allocate(parameters.length, dtype);
    values.set(parameters);
    return { map, parameters: values };
  }

  /** The symbols of a text, which is made when they are first asked for. */
  #shared<S extends Deno.ForeignLibraryInterface>(text: () => string, symbols: S) {
    return new Shared(async (signal) => (await loadObject(this.toolchain, text(), symbols, signal)).symbols);
  }
}
