/** BLAS whose calls the end of JavaScript waits for, where there is a compiler to make them. */
import { Guard } from "../../ffi/guard.ts";
import guarded from "../../ffi/guarded.c" with { type: "text" };
import { loadObject } from "../../ffi/objects.ts";
import { Obstacle } from "../../ffi/setup.ts";
import { findToolchain } from "../../ffi/compiler.ts";
import calls from "./calls.c" with { type: "text" };
import { type Routine, routines, type RoutineSymbols } from "./routines.ts";

const names = Object.keys(routines) as Routine[];
const header = "typedef long long integer;\n#define INLINE static inline\n";

/** The C text of the guarded routines. */
export const guardedText = header + guarded + calls;

/** Every routine with the guard and its own address in front. */
const symbols: Deno.ForeignLibraryInterface = {
  watch_forks: { parameters: ["pointer"], result: "void" },
  ...Object.fromEntries(names.map((name) => {
    const { parameters, result } = routines[name];
    return [`${name}_`, { parameters: ["pointer", "pointer", ...parameters], result, nonblocking: true }];
  })),
};

/** The routines at these addresses, guarded; null if code cannot be compiled or loaded here. */
export async function guardedRoutines(
  addressOf: (name: Routine) => Deno.PointerValue,
): Promise<RoutineSymbols | null> {
  try {
    const toolchain = await findToolchain();
    const library = await loadObject(toolchain, guardedText, symbols);
    const compiled = library.symbols as unknown as Record<string, (...args: unknown[]) => Promise<void>>;
    compiled.watch_forks(addressOf(names[0]));
    // Made after BLAS was loaded, so that it is waited for before BLAS closes.
    const guard = await Guard.open(toolchain);
    const routine = (name: Routine) => {
      const address = addressOf(name);
      return (...args: unknown[]) => guard.run(() => compiled[`${name}_`](guard.pointer, address, ...args));
    };
    return Object.fromEntries(names.map((name) => [name, routine(name)])) as unknown as RoutineSymbols;
  } catch (error) {
    if (error instanceof Obstacle) return null;
    throw error;
  }
}
