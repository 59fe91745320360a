/** The nonlinearities of the registry: what a test of all of them runs through, so that a new one is under it by itself. */
import { activationOf } from "../lib/network/nonlinearity.ts";
import { stax } from "../mod.ts";

/** The names of all constructors of nonlinearities. */
export const nonlinearities: readonly string[] = Object.keys(stax).filter((type) => {
  try {
    activationOf({ type });
  } catch (error) {
    // A nonlinearity without its parameters is refused for another reason.
    return !(error as Error).message.includes("must be a nonlinearity");
  }
  return true;
});

/** The layer with every option at its default; it has to need no parameters. */
export const withDefaults = (name: string): stax.Network =>
  (stax[name as keyof typeof stax] as unknown as () => stax.Network)();

/** Those with all options at their defaults, by name. */
export const definable = (): readonly (readonly [name: string, layer: stax.Network])[] =>
  nonlinearities.flatMap((name) => {
    try {
      return [[name, withDefaults(name)] as const];
    } catch {
      // It has a parameter without default.
      return [];
    }
  });
