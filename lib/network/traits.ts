/**
 * What `serial` refuses when it is called: layers whose numbers of branches cannot fit, and networks that the theory does not
 * cover, whatever the input is.
 *
 * A network may be part of another, so nothing is known of its input: it may have branches, be Gaussian, and have positions or
 * none. What depends on that, `kernelFn` refuses before it computes anything.
 */
import { UnsupportedError } from "../errors.ts";
import { shapesOf } from "./branches.ts";
import type { FanOut } from "../stax/branching.ts";
import type { Parallel, Serial } from "../stax/combined.ts";
import { type Layer, type Nature, ruleOf, type ShapeTree } from "./layer.ts";
import { oneShape } from "./one_branch.ts";

/** What is known of an array, or of each of its branches; null where it may have any. */
type Known = Nature | readonly Known[] | null;

const anyNature: Nature = { isGaussian: true, isSpatial: false, shared: [] };

/** Refuses layers that can never follow one after another. */
export function requireStructure(layers: readonly Layer[]): void {
  layers.reduce<Known>((input, layer) => knownAfter(layer, input), null);
}

/** False where the outputs are not Gaussian whatever the input is, as after a nonlinearity. */
export function mayBeGaussian(layer: Layer): boolean {
  const known = knownAfter(layer, null);
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

function knownAfter(layer: Layer, input: Known): Known {
  switch (layer.type) {
    case "serial":
      return (layer as Serial).layers.reduce((before, next) => knownAfter(next, before), input);
    case "parallel":
      return afterParallel(layer as Parallel, input);
    case "FanOut":
      return Array<Known>((layer as FanOut).num).fill(branchOf(input));
    case "Identity":
      return input;
    case "FanInSum":
    case "FanInProd":
    case "FanInConcat":
      if (input) shapesOf(layer.type, anyShapes(input));
      return natureAfter(layer, (input ?? []) as readonly (Nature | null)[]);
    default:
      if (input) oneShape(layer.type, anyShapes(input));
      return natureAfter(layer, [input as Nature | null]);
  }
}

function natureAfter(layer: Layer, inputs: readonly (Nature | null)[]): Nature {
  const known = inputs.map((input) => input ?? anyNature);
  return ruleOf(layer).nature?.(layer, known) ?? known[0];
}

/** One of the branches that `FanOut` makes of an input: all have the same weights. */
function branchOf(input: Known): Known {
  if (input === null || isSeveral(input)) return input;
  return { ...input, shared: [...input.shared, Symbol()] };
}

function afterParallel({ layers }: Parallel, input: Known): Known {
  const given = input && branchesFor<Known>(isSeveral(input), input, layers.length);
  return layers.map((layer, i) => knownAfter(layer, given && given[i]));
}

const isSeveral = (input: Known): input is readonly Known[] => Array.isArray(input);

/** Shapes of these branches; what is unknown may be one. */
const anyShapes = (input: Known): ShapeTree => isSeveral(input) ? input.map(anyShapes) : [1];
