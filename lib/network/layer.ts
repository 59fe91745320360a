/**
 * Layers are plain descriptions; their behaviour is found by their type.
 *
 * So a network prints, serialises to JSON, hashes, and can be sent to a worker. Every layer file registers one rule.
 */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import { show, showPlain } from "../array/dtype.ts";
import type { Key } from "../random/mod.ts";
import type { Steps } from "../steps.ts";
import type { Axes } from "./axes.ts";
import type { Context, KernelTree } from "./kernel_expr.ts";
import type { Mask } from "./mask.ts";

/** A layer or network as data. */
export interface Layer {
  /** The name of the layer, which says how it behaves */
  readonly type: string;
}

/** The shape of an input, or those of parallel branches; −1 stands for any batch size. */
export type Shape = readonly number[];
/** A shape, or those of parallel branches. */
export type ShapeTree = Shape | readonly ShapeTree[];

/** Parameters of a layer: arrays, or null where there are none, nested as the network is. */
export type Params = NdArray | null | readonly Params[];

/** An array in float64, or those of parallel branches. */
export type ArrayTree = NdArray<Float64Array> | readonly ArrayTree[];

/** What `applyFn` takes besides parameters and inputs. */
export interface ApplyOptions {
  /** Randomness of layers that need it when they are applied (`Dropout` in train mode). */
  readonly rng?: Key;
  /** The edges of `Aggregate`: one pattern an example */
  readonly pattern?: ArrayInput | null;
  /** Entries of the inputs that are padding have this value, which may be NaN; default null: none */
  readonly maskConstant?: number | null;
  /** @internal The masks of the examples that a layer is applied to */
  readonly masks?: readonly Mask[];
}

/** What a mask does not say of the input that it belongs to. */
export interface MaskedInput extends Axes {
  readonly width: number;
}

/** What is known of an input or output before there are shapes. */
export interface Nature {
  /** It may be Gaussian, as nonlinearities need */
  readonly isGaussian: boolean;
  /** It has positions, whatever the network's input is */
  readonly isSpatial: boolean;
  /** See `KernelExpr` */
  readonly shared: readonly symbol[];
}

/** What a layer makes of the kernel of its input, in steps if that may take long. */
export type KernelRule<L extends Layer = Layer> = (
  layer: L,
  input: KernelTree,
  context: Context,
) => KernelTree | Steps<KernelTree>;

/** The behaviour of one type of layer. */
export interface Rule<L extends Layer> {
  /** The kernel of the layer's output; some come with the computation only (`kernel_rules.ts`). */
  readonly kernel?: KernelRule<L>;
  /** The shape of the output and random parameters. */
  readonly init: (layer: L, key: Key, shape: ShapeTree) => readonly [ShapeTree, Params];
  /** The output of the finite network. */
  readonly apply: (layer: L, params: Params, input: ArrayTree, options: ApplyOptions) => ArrayTree;
  /** Made of layers, which see to masks themselves. */
  readonly isCombinator?: true;
  /** The mask of an example's output from those of its inputs, one a branch; default: that of the input. */
  readonly mask?: (layer: L, masks: readonly Mask[], inputs: readonly MaskedInput[]) => Mask;
  /** Its output may differ from 0 where its input is masked, so its kernel has to be masked again. */
  readonly remask?: true;
  /** What is known of the output, from the inputs, one a branch; default: the same. Refuses what `kernel` would refuse. */
  readonly nature?: (layer: L, inputs: readonly Nature[]) => Nature;
  /** The axes of examples and features that the layer expects of its input; null if it works with any. */
  readonly axes?: (layer: L) => Axes | null;
  /** The axes of examples and features of its output, from those of an input of so many axes; default: the same. */
  readonly outAxes?: (layer: L, axes: Axes, rank: number) => Axes;
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

/** What was given in place of a layer; a constructor has most likely not been called. */
const nameOf = (value: unknown) =>
  typeof value === "function" ? `a function, write ${value.name}()` : show(value);

/** True for the shapes of parallel branches. */
export const isShapes = (tree: ShapeTree): tree is readonly ShapeTree[] =>
  tree.some((entry) => typeof entry !== "number");
