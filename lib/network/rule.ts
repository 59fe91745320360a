/**
 * What layers do: every layer file registers one rule, found by the type of the layer. Code that only kernels need, long rules and
 * what builds duals, is loaded when the first of them is computed: a page that draws or applies networks is spared it.
 */
import { show, showPlain } from "../array/dtype.ts";
import type { Key } from "../random/mod.ts";
import type { Steps } from "../steps.ts";
import type { Axes } from "./axes.ts";
import type { Context, KernelTree } from "./kernel_expr.ts";
import type { ApplyOptions, ArrayTree, Layer, Params, ShapeTree } from "./layer.ts";
import type { Mask } from "./mask.ts";

/** What a mask does not say of the input that it belongs to. */
export interface MaskedInput extends Axes {
  readonly width: number;
}

/** What is known of an input or output before there are shapes. */
export interface Traits {
  /** It may be Gaussian, as nonlinearities need */
  readonly isGaussian: boolean;
  /** It has positions, whatever the network's input is */
  readonly isSpatial: boolean;
  /** See `KernelExpr` */
  readonly shared: readonly symbol[];
}

/** What is known of an array, or of each of its branches; null where it may have any. */
export type TraitsTree = Traits | readonly TraitsTree[] | null;

/** What a layer makes of the kernel of its input, in steps if that may take long. */
export type KernelRule<L extends Layer = Layer> = (
  layer: L,
  input: KernelTree,
  context: Context,
) => KernelTree | Steps<KernelTree>;

/** The shape of a layer's output, and random parameters. */
export type Initial = readonly [ShapeTree, Params];

/** Which numbers an option may be: above 0, any, or above 0 and at most 1. */
export type Domain = "positive" | "real" | "share";

/** Options that a kernel depends on continuously: numbers, or lists of numbers. */
export type Parameters = Readonly<Record<string, Domain>>;

/** The behaviour of one type of layer. */
export interface Rule<L extends Layer> {
  /** The kernel of the layer's output */
  readonly kernel?: KernelRule<L>;
  /** Loads it, or what it needs, when the first kernel is computed: for what takes more code than the layer itself. */
  readonly load?: () => Promise<KernelRule<L>>;
  /** Loads what this layer needs besides, when its first kernel is computed. */
  readonly prepare?: (layer: L) => Promise<void> | undefined;
  /** The shape of the output and random parameters, in steps if these may be many. */
  readonly init: (layer: L, key: Key, shape: ShapeTree) => Initial | Steps<Initial>;
  /** The output of the finite network. */
  readonly apply: (layer: L, params: Params, input: ArrayTree, options: ApplyOptions) => ArrayTree;
  /** Made of layers, which see to masks themselves. */
  readonly isCombinator?: true;
  /** The mask of an example's output from those of its inputs, one a branch; default: that of the input. */
  readonly mask?: (layer: L, masks: readonly Mask[], inputs: readonly MaskedInput[]) => Mask;
  /** Its output may differ from 0 where its input is masked, so its kernel has to be masked again. */
  readonly remask?: true;
  /** What is known of the output, from the inputs, one a branch; default: the same. Refuses what `kernel` would refuse. */
  readonly traits?: (layer: L, inputs: readonly Traits[]) => Traits;
  /** The same for layers that take or give several branches; `after` is what is known after a layer that this one is made of. */
  readonly branchTraits?: (
    layer: L,
    input: TraitsTree,
    after: (layer: Layer, input: TraitsTree) => TraitsTree,
  ) => TraitsTree;
  /** The axes of examples and features that the layer expects of its input; null if it works with any. */
  readonly axes?: (layer: L) => Axes | null;
  /** The options that the kernel depends on continuously: of vectors, `kernel` takes expressions for them. */
  readonly parameters?: (layer: L) => Parameters;
  /** It works with any axes all the same, or checks them itself. */
  readonly takesAnyAxes?: true;
  /** The axes of examples and features of its output, from those of an input of so many axes; default: the same. */
  readonly outAxes?: (layer: L, axes: Axes, rank: number) => Axes;
  /** It reads the edges that a call gives as `pattern`. */
  readonly readsPattern?: true;
  /** Which of `count` examples those of its output are; default: all of them, in their order. */
  readonly examples?: (layer: L, axes: Axes, rank: number, count: number) => readonly number[];
}

const rules = new Map<string, Rule<Layer>>();

/** Makes `rule` the behaviour of layers of this type. */
export function register<L extends Layer>(type: string, rule: Rule<L>): void {
  rules.set(type, rule as unknown as Rule<Layer>);
}

/** The behaviour of a layer. */
export function ruleOf(layer: Layer): Rule<Layer> {
  const rule = rules.get(layer?.type);
  if (!rule) {
    throw new TypeError(
      `Cannot use a layer as its type must be one of ${[...rules.keys()].sort().join(", ")}: ` +
        `current value is ${layer?.type === undefined ? nameOf(layer) : showPlain(layer.type)}`,
    );
  }
  return rule;
}

/** The layer, and all that it is made of, or would be if it were repeated more than 0 times. */
export function* layersIn(layer: Layer): Generator<Layer> {
  yield layer;
  const { layers = [], repeated } = layer as { layers?: readonly Layer[]; repeated?: Layer };
  for (const inner of [...layers, ...repeated ? [repeated] : []]) yield* layersIn(inner);
}

/** What was given in place of a layer; a constructor has most likely not been called. */
const nameOf = (value: unknown) =>
  typeof value === "function" ? `a function, write ${value.name}()` : show(value);

const loaded = new Map<string, KernelRule>();
const complete = new WeakSet<Layer>();

/** Loads the kernel rules of a network's layers, and what they need. */
export async function loadKernels(network: Layer): Promise<void> {
  if (complete.has(network)) return;
  for (const layer of layersIn(network)) {
    const { load, prepare } = ruleOf(layer);
    if (load && !loaded.has(layer.type)) loaded.set(layer.type, await load());
    const prepared = prepare?.(layer);
    if (prepared) await prepared;
  }
  complete.add(network);
}

/** What a layer makes of the kernel of its input, after `loadKernels`. */
export const kernelRuleOf = (layer: Layer): KernelRule => ruleOf(layer).kernel ?? loaded.get(layer.type)!;
