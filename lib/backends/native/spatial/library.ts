/** The compiled code of spatial programs in this process. */
import type { DType } from "../../../array/dtype.ts";
import { type Guard, openGuard } from "../guard.ts";
import { loadObject } from "../objects.ts";
import { remembered } from "../remembered.ts";
import type { Toolchain } from "../toolchain.ts";
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

  readonly #toolchain: Toolchain;

  constructor(toolchain: Toolchain) {
    this.#toolchain = exact(toolchain);
  }

  /** The driver in a precision. */
  driver(dtype: DType): Promise<Driver> {
    return remembered(this.#drivers, dtype, async () => {
      return (await loadObject(this.#toolchain, driverText(dtype), driverSymbols)).symbols;
    });
  }

  /** What calls of the driver run under. */
  guard(): Promise<Guard> {
    return openGuard(this.#toolchain);
  }

  /** The tables of functions of a text. */
  async functions(text: string) {
    return (await loadObject(this.#toolchain, text, functionSymbols)).symbols;
  }
}

/** With a compiler that does not fuse: equal inputs have to give equal bits, whichever function computes them. */
function exact({ compiler: { command, flags, identity }, cache }: Toolchain): Toolchain {
  const more = ["-ffp-contract=off"];
  return { compiler: { command, flags: [...flags, ...more], identity: identity + more }, cache };
}
