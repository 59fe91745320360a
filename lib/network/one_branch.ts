/**
 * Layers with one input. In: a rule for one kernel, one shape and one array. Out: the rule of the layer, which refuses branches with
 * the usual fix, and kernels with other axes than its own.
 */
import { NdArray } from "../array/mod.ts";
import type { Key } from "../random/mod.ts";
import type { Steps } from "../steps.ts";
import { requireSameAxes } from "./axes.ts";
import { type Context, isBranches, type KernelExpr, type KernelTree } from "./kernel_expr.ts";
import {
  type ApplyOptions,
  type ArrayTree,
  isShapes,
  type Layer,
  type Params,
  type Shape,
  type ShapeTree,
} from "./layer.ts";
import { type Initial, type KernelRule, register, type Rule } from "./rule.ts";

/** What a layer makes of the kernel of its one input. */
type OneKernelRule<L extends Layer> = (
  layer: L,
  k: KernelExpr,
  context: Context,
) => KernelTree | Steps<KernelTree>;

/** `Rule` for one input; by default a layer has no parameters and keeps the shape. */
interface OneBranchRule<L extends Layer> extends Omit<Rule<L>, "kernel" | "load" | "init" | "apply"> {
  readonly kernel?: OneKernelRule<L>;
  readonly load?: () => Promise<OneKernelRule<L>>;
  readonly init?: (layer: L, key: Key, shape: Shape) => Initial | Steps<Initial>;
  readonly apply: (
    layer: L,
    params: Params,
    x: NdArray<Float64Array>,
    options: ApplyOptions,
  ) => NdArray<Float64Array>;
}

/** Makes `rule` the behaviour of layers of this type. */
export function registerOneBranch<L extends Layer>(type: string, rule: OneBranchRule<L>): void {
  const { kernel, load, init, apply, ...others } = rule;
  const ofOne = (own: OneKernelRule<L>): KernelRule<L> => (layer, input, context) => {
    if (isBranches(input)) refuse(type, input.length);
    const axes = rule.takesAnyAxes ? null : rule.axes?.(layer);
    if (axes) requireSameAxes(type, axes, input, input.positions.length + 2);
    return own(layer, input, context);
  };
  register<L>(type, {
    ...others,
    kernel: kernel && ofOne(kernel),
    load: load && (async () => ofOne(await load())),
    init: (layer, key, given) => {
      const shape = oneShape(type, given);
      return init ? init(layer, key, shape) : [shape, null];
    },
    apply: (layer, params, input, options) => apply(layer, params, oneArray(type, input), options),
  });
}

/** The one shape of a layer's input. */
export function oneShape(layer: string, input: ShapeTree): Shape {
  if (isShapes(input)) refuse(layer, input.length);
  return input as Shape;
}

function oneArray(layer: string, input: ArrayTree): NdArray<Float64Array> {
  if (!(input instanceof NdArray)) refuse(layer, input.length);
  return input;
}

function refuse(layer: string, count: number): never {
  throw new TypeError(
    `Cannot apply ${layer} as its input must be one branch: current value is ${count} branches, ` +
      "put FanInSum() or parallel(…) before it",
  );
}
