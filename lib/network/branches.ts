/** Inputs of layers that join branches. */
import { NdArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import type { Expr } from "../expr/expr.ts";
import { isBranches, type KernelExpr, type KernelTree } from "./kernel_expr.ts";
import { largestOf } from "./numerical_errors.ts";
import { type ArrayTree, isShapes, type Shape, type ShapeTree } from "./layer.ts";
import type { Traits } from "./rule.ts";

/** The kernels of the branches. */
export function kernelsOf(layer: string, input: KernelTree): readonly KernelExpr[] {
  if (!isBranches(input)) refuse(layer);
  refuseNested(layer, input.map(isBranches));
  return input as readonly KernelExpr[];
}

/** The shapes of the branches. */
export function shapesOf(layer: string, input: ShapeTree): readonly Shape[] {
  if (!isShapes(input)) refuse(layer);
  refuseNested(layer, input.map(isShapes));
  return input as readonly Shape[];
}

/** The arrays of the branches. */
export function arraysOf(layer: string, input: ArrayTree): readonly NdArray<Float64Array>[] {
  if (input instanceof NdArray) refuse(layer);
  refuseNested(layer, input.map((branch) => !(branch instanceof NdArray)));
  return input as readonly NdArray<Float64Array>[];
}

/** The covariances of a kernel. */
export type Entry = "nngp" | "ntk" | "var1" | "var2";

/** Every covariance combined. */
export const entries = (combine: (entry: Entry) => Expr): Pick<KernelExpr, Entry> => ({
  nngp: combine("nngp"),
  ntk: combine("ntk"),
  var1: combine("var1"),
  var2: combine("var2"),
});

/** Truth value: points are the same in all branches. */
export const sameInAll = (ks: readonly KernelExpr[]): Expr =>
  ks.map((k) => k.same).reduce((a, b) => a.and(b));

/** What is known of branches that are joined. */
export function joinedTraits(inputs: readonly Traits[]): Traits {
  return {
    isGaussian: inputs.every(({ isGaussian }) => isGaussian),
    isSpatial: inputs.some(({ isSpatial }) => isSpatial),
    shared: joinedShared(inputs),
  };
}

/** Where branches that are joined come from, and their errors; nothing is known of the gaps of several. */
export const joinedOrigin = (
  ks: readonly KernelExpr[],
): Pick<KernelExpr, "gaps" | "isInput" | "shared" | "errors"> => ({
  gaps: ks.length === 1 ? ks[0].gaps : null,
  errors: largestOf(ks.map(({ errors }) => errors)),
  isInput: ks.every(({ isInput }) => isInput),
  shared: joinedShared(ks),
});

/** The `FanOut`s that some of the inputs are branches of. */
const joinedShared = (inputs: readonly Pick<Traits, "shared">[]): readonly symbol[] => [
  ...new Set(inputs.flatMap(({ shared }) => shared)),
];

/** Refuses branches of which two are functions of the same random variables: the sum of their kernels is not that of their sum. */
export function requireIndependent(layer: string, inputs: readonly Pick<Traits, "shared">[]): void {
  inputs.forEach(({ shared }, i) => {
    const j = inputs.slice(0, i).findIndex((other) => other.shared.some((fanOut) => shared.includes(fanOut)));
    if (j < 0) return;
    throw new UnsupportedError(
      `Cannot apply ${layer} as its branches must be independent: current value is branches ${j} and ${i} ` +
        "without weights of their own since FanOut, end one of them with Dense(…)",
    );
  });
}

/** Refuses branches that differ in something. */
export function requireEqual(what: string, values: readonly string[]): void {
  if (values.every((value) => value === values[0])) return;
  throw new TypeError(
    `Cannot join branches as their ${what} must be equal: current value is ${values.join(", ")}`,
  );
}

function refuseNested(layer: string, nested: readonly boolean[]): void {
  const branch = nested.indexOf(true);
  if (branch < 0) return;
  throw new TypeError(
    `Cannot apply ${layer} as a branch must not have branches itself: current value is branch ${branch}, end it with FanInSum()`,
  );
}

function refuse(layer: string): never {
  throw new TypeError(
    `Cannot apply ${layer} as its input must have branches: current value is one, put FanOut(n) before it`,
  );
}

/** Refuses several branches of which one is not Gaussian. */
export function requireGaussian(ks: readonly { isGaussian: boolean; isInput?: boolean }[]): void {
  const i = ks.findIndex((k) => !k.isGaussian);
  if (ks.length < 2 || i < 0) return;
  const found = ks[i].isInput ? "the network's input" : "not a layer with weights";
  throw new UnsupportedError(
    "Cannot apply FanInSum as every branch must be Gaussian with mean 0: " +
      `current value is branch ${i}, ${found}, end it with Dense(…)`,
  );
}
