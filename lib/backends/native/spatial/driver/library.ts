/** The compiled code of spatial programs in this process. */
import type { DType } from "../../../../array/dtype.ts";
import { type Guard, openGuard } from "../../../../ffi/guard.ts";
import { loadObject } from "../../../../ffi/objects.ts";
import { ofEach, Shared } from "../../../../shared.ts";
import type { Toolchain } from "../../../../ffi/toolchain.ts";
import { driverText } from "../plan/text.ts";

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
  readonly #toolchain: Toolchain;

  /** The driver in each precision. */
  readonly #drivers = ofEach((dtype) =>
    new Shared(async (signal) => {
      return (await loadObject(this.#toolchain, driverText(dtype), driverSymbols, signal)).symbols;
    })
  );

  constructor(toolchain: Toolchain) {
    this.#toolchain = exact(toolchain);
  }

  /** The driver in a precision. */
  driver(dtype: DType, signal: AbortSignal): Promise<Driver> {
    return this.#drivers[dtype].get(signal);
  }

  /** What calls of the driver run under. */
  guard(signal: AbortSignal): Promise<Guard> {
    return openGuard(this.#toolchain, signal);
  }

  /** The tables of functions of a text. */
  async functions(text: string, signal: AbortSignal) {
    return (await loadObject(this.#toolchain, text, functionSymbols, signal)).symbols;
  }
}

/** With a compiler that does not fuse: equal inputs have to give equal bits, whichever function computes them. */
function exact({ compiler, cache }: Toolchain): Toolchain {
  return { compiler: { ...compiler, flags: [...compiler.flags, "-ffp-contract=off"] }, cache };
}
