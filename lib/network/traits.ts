/**
 * What `serial` refuses when it is called: layers whose numbers of branches cannot fit, and networks that the theory does not
 * cover, whatever the input is.
 *
 * A network may be part of another, so nothing is known of its input: it may have branches, be Gaussian, and have positions or
 * none. What depends on that, `kernelFn` refuses before it computes anything.
 */
import { UnsupportedError } from "../errors.ts";
import { shapesOf } from "./branches.ts";
import type { Layer, ShapeTree } from "./layer.ts";
import { ruleOf, type Traits, type TraitsTree } from "./rule.ts";
import { oneShape } from "./one_branch.ts";

const anyTraits: Traits = { isGaussian: true, isSpatial: false, shared: [] };

/** Refuses layers that can never follow one after another. */
export function requireStructure(layers: readonly Layer[]): void {
  layers.reduce<TraitsTree>((input, layer) => traitsAfter(layer, input), null);
}

/** False where the outputs are not Gaussian whatever the input is, as after a nonlinearity. */
export function mayBeGaussian(layer: Layer): boolean {
  const known = traitsAfter(layer, null);
  return known === null || isSeveral(known) || known.isGaussian;
}

/** `count` branches of the input of `parallel`, which has `several` or one. */
export function branchesFor<T>(several: boolean, input: T | readonly T[], count: number): readonly T[] {
  const found = several ? (input as readonly T[]).length : "none";
  if (found !== count) {
    throw new UnsupportedError(
      `Cannot apply parallel as its input must have ${count} branches, one a layer: current value is ${found}, ` +
        `put FanOut(${count}) before it`,
    );
  }
  return input as readonly T[];
}

/** What is known after a layer. */
function traitsAfter(layer: Layer, input: TraitsTree): TraitsTree {
  const { branchTraits } = ruleOf(layer);
  if (branchTraits) return branchTraits(layer, input, traitsAfter);
  if (input) oneShape(layer.type, shapesFor(input));
  return joinedAfter(layer, [input as Traits | null]);
}

/** What is known after a layer that joins branches. */
export function traitsOfJoined(layer: Layer, input: TraitsTree): Traits {
  if (input) shapesOf(layer.type, shapesFor(input));
  return joinedAfter(layer, (input ?? []) as readonly (Traits | null)[]);
}

function joinedAfter(layer: Layer, inputs: readonly (Traits | null)[]): Traits {
  const known = inputs.map((input) => input ?? anyTraits);
  return ruleOf(layer).traits?.(layer, known) ?? known[0];
}

/** True for several branches. */
export const isSeveral = (input: TraitsTree): input is readonly TraitsTree[] => Array.isArray(input);

/** Shapes of these branches; what is unknown may be one. */
const shapesFor = (input: TraitsTree): ShapeTree => isSeveral(input) ? input.map(shapesFor) : [1];
