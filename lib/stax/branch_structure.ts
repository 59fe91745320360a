/**
 * What `serial` refuses when it is called: layers whose numbers of branches cannot fit, whatever the input is.
 *
 * Only such a network has neither a kernel nor a finite version. One that the theory does not cover (a nonlinearity on a
 * non-Gaussian input, attention whose weights have no closed form) still has `initFn` and `applyFn`, as in the Python library, so
 * `kernelFn` refuses it, before it computes anything. A network may be part of another, so nothing is known of its input.
 */
import { UnsupportedError } from "../errors.ts";
import { shapesOf } from "./branches.ts";
import type { FanOut } from "./branching.ts";
import type { Parallel, Serial } from "./combinators.ts";
import type { Layer, ShapeTree } from "./layer.ts";
import { oneShape } from "./single.ts";

/** The branches of an array: itself, a list of them, or null where they are unknown. */
type Branches = "one" | readonly Branches[] | null;

/** Refuses layers that can never be applied one after another. */
export function requireStructure(layers: readonly Layer[]): void {
  layers.reduce<Branches>((input, layer) => branchesAfter(layer, input), null);
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

function branchesAfter(layer: Layer, input: Branches): Branches {
  switch (layer.type) {
    case "serial":
      return (layer as Serial).layers.reduce((before, next) => branchesAfter(next, before), input);
    case "parallel":
      return afterParallel(layer as Parallel, input);
    case "FanOut":
      return Array<Branches>((layer as FanOut).num).fill(input);
    case "Identity":
      return input;
    case "FanInSum":
    case "FanInProd":
    case "FanInConcat":
      if (input) shapesOf(layer.type, anyShapes(input));
      return "one";
    default:
      if (input) oneShape(layer.type, anyShapes(input));
      return "one";
  }
}

function afterParallel({ layers }: Parallel, input: Branches): Branches {
  const given = input && branchesFor<Branches>(input !== "one", input, layers.length);
  return layers.map((layer, i) => branchesAfter(layer, given && given[i]));
}

/** Shapes of these branches; what is unknown may be one. */
const anyShapes = (branches: Branches): ShapeTree => Array.isArray(branches) ? branches.map(anyShapes) : [1];
