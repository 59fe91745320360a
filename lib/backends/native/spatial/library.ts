/** The compiled code of spatial programs in this process. */
import type { DType } from "../../../array/dtype.ts";
import { type Compiler, findCompiler } from "../compiler.ts";
import { loadObject } from "../objects.ts";
import { findSetup } from "../setup.ts";
import { driverText } from "./text.ts";

const driverSymbols = {
  advise: { parameters: ["buffer", "u64"], result: "void" },
  lay_out: { parameters: ["buffer", "i64", "buffer"], result: "i64" },
  own: { parameters: ["i32", "buffer", "buffer", "i32", "i32", "i32"], result: "i32", nonblocking: true },
  pairs: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32", nonblocking: true },
} as const;

const functionSymbols = {
  maps: { type: "pointer" },
  own_maps: { type: "pointer" },
  rows: { type: "pointer" },
  checks: { type: "pointer" },
} as const;

/** The functions of work.c, own.c and run.c. */
export type Driver = Deno.DynamicLibrary<typeof driverSymbols>["symbols"];

/** What compiles C text here and loads it. */
export class SpatialLibrary {
  readonly #drivers = new Map<DType, Promise<Driver>>();

  private constructor(readonly compiler: Compiler, readonly cache: string) {}

  /** The library of this machine; throws an `Obstacle` if there is none. */
  static async open(): Promise<SpatialLibrary> {
    const { compilers, cache } = await findSetup();
    return new SpatialLibrary(exact(await findCompiler(compilers)), cache);
  }

  /** The driver in a precision. */
  driver(dtype: DType): Promise<Driver> {
    if (!this.#drivers.has(dtype)) this.#drivers.set(dtype, this.#loadDriver(dtype));
    return this.#drivers.get(dtype)!;
  }

  async #loadDriver(dtype: DType): Promise<Driver> {
    return (await loadObject(this.cache, this.compiler, driverText(dtype), driverSymbols)).symbols;
  }

  /** The tables of functions of a text. */
  async functions(text: string) {
    return (await loadObject(this.cache, this.compiler, text, functionSymbols)).symbols;
  }
}

/** The compiler without fusing: equal inputs have to give equal bits, whichever function computes them. */
function exact({ command, flags, identity }: Compiler): Compiler {
  const more = ["-ffp-contract=off"];
  return { command, flags: [...flags, ...more], identity: identity + more };
}
