/** Nonlinearities as layers: each is its parameters, and its file in `kernels/` has its mathematics. */
import type { Activation } from "./activation.ts";
import type { Layer } from "./layer.ts";
import { flag, withDefaults } from "./layer_options.ts";
import { type Network, network } from "./network.ts";
import { activationOf, registerNonlinearity } from "./nonlinearity.ts";
import { requireNames } from "../options.ts";
import { reads } from "./reading.ts";

/** A nonlinearity's description: its type and parameters. */
export type Nonlinearity<P = object> = Layer & P;

/** Makes a layer from its options, and the parameters that have no default. */
type Constructor<P> = (options: Partial<P>, required?: Partial<P>) => Network<Nonlinearity<P>>;

/**
 * Makes layers of this type nonlinearities, which JSON can be read to, and gives what builds one: the parameters called `required`
 * have no default, options that are true or false are checked here, and numbers by the activation that `build` gives.
 */
export function nonlinearity<P extends object>(
  type: string,
  defaults: Partial<P>,
  build: (parameters: P) => Activation,
  required: readonly (keyof P & string)[] = [],
): Constructor<P> {
  registerNonlinearity<Nonlinearity<P>>(type, build);
  const make: Constructor<P> = (options, given = {}) => {
    const o = withDefaults(type, defaults as object, options);
    for (const [name, value] of Object.entries(defaults)) {
      if (typeof value === "boolean") flag(type, name, (o as Record<string, boolean>)[name]);
    }
    const layer = { type, ...given, ...o } as Nonlinearity<P>;
    activationOf(layer);
    return network(layer);
  };
  const hasOptions = Object.keys(defaults).length > 0;
  reads<Record<string, unknown>>(type, (fields) => {
    if (!hasOptions) requireNames(`build ${type}`, "its options", required, fields);
    const entries = Object.entries(fields);
    const isRequired = ([name]: [string, unknown]) => required.some((key) => key === name);
    return make(
      Object.fromEntries(entries.filter((entry) => !isRequired(entry))) as Partial<P>,
      Object.fromEntries(entries.filter(isRequired)) as Partial<P>,
    );
  });
  return make;
}
