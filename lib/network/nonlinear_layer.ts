/**
 * Nonlinearities as layers. In: the name, the parameters and the mathematics of one, from its file in `kernels/`. Out: its public
 * constructor; the rule of its layers is registered, and JSON reads them.
 */
import { activation, type ActivationParts } from "./activation.ts";
import type { Layer } from "./layer.ts";
import { flag, withDefaults } from "../options.ts";
import { type Network, network } from "./network.ts";
import { activationOf, registerNonlinearity } from "./nonlinearity.ts";
import type { Parameters } from "./rule.ts";
import { reads } from "./reading.ts";

/** A nonlinearity's description: its type and parameters. */
export type Nonlinearity<P = object> = Layer & P;

/** What gives such a layer: a function of its required parameters in their order, then of an object with the others. */
type Constructor = (...parameters: never[]) => Network<Nonlinearity>;

/**
 * The constructor of layers of this type, of the type that the caller declares for it.
 *
 * @param parameters the names in their order, with the default of each; undefined for one that has none, hence is required.
 * Options that are true or false are checked here.
 * @param build the mathematics of a layer; checks numbers, and takes expressions for those that are `continuous`
 * @param continuous the parameters that the kernel is differentiated in, with the numbers that they may be
 */
export function nonlinearity<C extends Constructor>(
  type: string,
  parameters: Readonly<Record<string, number | boolean | undefined>>,
  build: (layer: ReturnType<C>) => ActivationParts,
  continuous: Parameters = {},
): C {
  const required = Object.keys(parameters).filter((name) => parameters[name] === undefined);
  const defaults = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => !required.includes(name)),
  );
  const hasOptions = Object.keys(defaults).length > 0;
  // Data that no constructor has completed may lack options.
  registerNonlinearity(
    type,
    (layer) => activation(build({ ...defaults, ...layer } as ReturnType<C>)),
    continuous,
  );

  const constructor = (...values: unknown[]) => {
    const given = Object.fromEntries(required.map((name, i) => [name, values[i]]));
    // What follows the last parameter is ignored, as in `[1, 2].map(Monomial)`.
    const options = hasOptions || required.length === 0 ? values[required.length] ?? {} : {};
    const o = withDefaults(`build ${type}`, defaults, options);
    for (const name of Object.keys(defaults).filter((name) => typeof defaults[name] === "boolean")) {
      flag(`build ${type}`, name, o[name] as boolean);
    }
    const layer = network({ type, ...given, ...o });
    activationOf(layer);
    return layer;
  };
  reads(type, required, constructor, hasOptions);
  // Messages read it: "a function, write Relu()".
  return Object.defineProperty(constructor, "name", { value: type }) as unknown as C;
}
