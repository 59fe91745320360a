/**
 * The kernels of layers, one after another and side by side: of masked inputs masks go along with the layers, and covariances of padding
 * are set to 0.
 */
import { type Expr, variable } from "../expr/expr.ts";
import { rememberedSteps } from "../remembered.ts";
import { mapped, type Steps, stepsOf } from "../steps.ts";
import {
  type Context,
  isBranches,
  type KernelExpr,
  type KernelTree,
  type Masks,
  type RowFacts,
} from "./kernel_expr.ts";
import type { Layer } from "./layer.ts";
import { kernelRuleOf, type Rule, ruleOf } from "./rule.ts";
import { type Mask, wholePositions } from "./mask.ts";
import { branchesFor } from "./traits.ts";

/** The kernel of a layer's output, masked where the inputs are. */
export function* kernelOf(layer: Layer, input: KernelTree, context: Context): Steps<KernelTree> {
  const rule = ruleOf(layer);
  const output = yield* stepsOf(kernelRuleOf(layer)(layer, input, context));
  yield;
  const inputs = isBranches(input) ? input as readonly KernelExpr[] : [input];
  // Combinators have masked the outputs of their layers, and copies are masked as their original.
  if (rule.isCombinator || isBranches(output) || !inputs[0].masks) return output;
  const masks = rule.mask ? masksAfter(rule, layer, inputs) : inputs[0].masks;
  return rule.remask ? remasked(layer.type, { ...output, masks }, context) : { ...output, masks };
}

function masksAfter(rule: Rule<Layer>, layer: Layer, inputs: readonly KernelExpr[]): Masks {
  return rememberedSteps(function* (rows: RowFacts) {
    const before: (readonly Mask[])[] = [];
    for (const k of inputs) before.push(yield* k.masks!(rows));
    const maskAt = (_: Mask, row: number) => rule.mask!(layer, before.map((masks) => masks[row]), inputs);
    return yield* mapped(before[0], maskAt);
  });
}

function remasked(layer: string, k: KernelExpr, context: Context): KernelExpr {
  const [keep1, keep2] = keepVariables(layer, k, context)!;
  const both = keep1.mul(keep2);
  return {
    ...k,
    nngp: k.nngp.mul(both),
    ntk: k.ntk.mul(both),
    var1: k.var1.mul(keep1),
    var2: k.var2.mul(keep2),
    gaps: null,
    same: k.same.and(keep1.eq(keep2)),
  };
}

/** Row variables that are 0 for masked positions and 1 for others; null without masks. */
export function keepVariables(
  layer: string,
  { masks }: KernelExpr,
  context: Context,
): readonly [keep1: Expr, keep2: Expr] | null {
  return masks && maskVariables(layer, masks, context, "keep", (mask) => mask.data.map((entry) => 1 - entry));
}

/**
 * Row variables with the number of positions, over that of positions which are not masked, along some axes: what turns a mean
 * over all of them into a mean over those which count. Null without masks.
 */
export function shareVariables(
  layer: string,
  { masks }: KernelExpr,
  context: Context,
  share: (mask: Mask) => ArrayLike<number>,
): readonly [share1: Expr, share2: Expr] | null {
  return masks &&
    maskVariables(layer, masks, context, `share${Object.keys(context.variables).length}_`, share);
}

/** Row variables made of the masks; those of the same masks and kind are the same. */
function maskVariables(
  layer: string,
  masks: Masks,
  { variables, maskNames }: Context,
  kind: string,
  values: (mask: Mask) => ArrayLike<number>,
): readonly [Expr, Expr] {
  if (!maskNames.has(masks)) maskNames.set(masks, String(maskNames.size));
  const name = `${kind}${maskNames.get(masks)}`;
  variables[name] ??= function* (rows) {
    const each = yield* mapped(
      yield* masks(rows),
      (mask) => Array.from(values(wholePositions(layer, mask))),
    );
    return { values: Float64Array.from(each.flat()), positions: each[0].length };
  };
  return [variable(name, "row1"), variable(name, "row2")];
}

/** A layer made of layers. */
interface Layers extends Layer {
  readonly layers: readonly Layer[];
}

/** The kernel of `serial`. */
export function* kernelInSeries(
  { layers }: Layers,
  input: KernelTree,
  context: Context,
): Steps<KernelTree> {
  let k = input;
  for (const layer of layers) k = yield* kernelOf(layer, k, context);
  return k;
}

/** The kernels of `parallel`, one a branch. */
export function* kernelsSideBySide(
  { layers }: Layers,
  input: KernelTree,
  context: Context,
): Steps<KernelTree> {
  const outputs: KernelTree[] = [];
  for (const [i, k] of branchesFor<KernelTree>(isBranches(input), input, layers.length).entries()) {
    outputs.push(yield* kernelOf(layers[i], k, context));
  }
  return outputs;
}
