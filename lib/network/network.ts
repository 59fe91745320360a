/** A layer or a combination of layers, ready to use: plain data with the three functions of a network. */
import { type ArrayInput, assertFinite, NdArray, toArray } from "../array/mod.ts";
import type { Key } from "../random/mod.ts";
import { type Axes, usualAxes } from "./axes.ts";
import { withDefaults } from "../options.ts";
import { type KernelFn, kernelFnOf } from "./kernel_fn.ts";
import {
  type ApplyOptions,
  type ArrayTree,
  type Layer,
  type Params,
  type Shape,
  type ShapeTree,
} from "./layer.ts";
import { finished, stepsOf } from "../steps.ts";
import { ruleOf } from "./rule.ts";
import { heldIn, requireMaskConstant } from "./mask.ts";
import { applyLayer, maskedInput, withoutPadding } from "./masked_apply.ts";

/**
 * The output shape and random parameters for inputs of the shape (batch, features) or (batch, …positions, features), as
 * `[shape, params]`; −1 stands for any batch size.
 *
 * The parameters are those that the Python library draws for the same key. A key that is none or a bad shape is a `TypeError`.
 */
export type InitFn = (key: Key, inputShape: Shape) => [ShapeTree, Params];

/**
 * The outputs of the finite network with the given parameters, in float64 on the CPU, for inputs of the shape that `initFn`
 * takes. Parameters or inputs of another shape are a `TypeError`, inputs or outputs that are not finite a `RangeError`.
 */
export type ApplyFn = (params: Params, inputs: ArrayInput, options?: ApplyOptions) => NdArray<Float64Array>;

/** The three functions of a network. */
export interface Functions {
  /** Draws random parameters. */
  readonly initFn: InitFn;
  /** Applies the finite network. */
  readonly applyFn: ApplyFn;
  /** Computes the kernel of the infinitely wide one. */
  readonly kernelFn: KernelFn;
}

/** A network: its description, and the three functions, which neither print nor serialise. */
export type Network<L extends Layer = Layer> = L & Functions;

const networks = new WeakSet<object>();

/** True for what `network` made: the constructors have checked it. */
export const isNetwork = (layer: object): boolean => networks.has(layer);

/** Gives a description its functions. */
export function network<L extends Layer>(description: L): Network<L> {
  const layer = withOwnLists(description);
  const functions: Functions = {
    initFn: (key, inputShape) => init(layer, key, inputShape),
    applyFn: (params, inputs, options = {}) => apply(layer, params, inputs, options),
    kernelFn: kernelFnOf(layer),
  };
  const hidden = Object.entries(functions).map(([name, value]) => [name, { value, enumerable: false }]);
  networks.add(layer);
  return Object.freeze(Object.defineProperties(layer, Object.fromEntries(hidden))) as Network<L>;
}

/** The description with lists of its own, which do not change when the caller's do. */
function withOwnLists<L extends Layer>(layer: L): L {
  const isNumbers = (value: unknown) =>
    Array.isArray(value) && value.every((entry) => typeof entry === "number");
  const own = Object.entries(layer).map(([name, value]) => [name, isNumbers(value) ? [...value] : value]);
  return Object.fromEntries(own) as L;
}

/** The description alone. */
export function describe<L extends Layer>(layer: L): L {
  ruleOf(layer);
  return { ...layer };
}

function init(layer: Layer, key: Key, inputShape: Shape): [ShapeTree, Params] {
  const axes = ruleOf(layer).axes?.(layer) ?? usualAxes;
  if (!isInputShape(inputShape, axes.batchAxis)) {
    throw new TypeError(
      "Cannot initialise a network as the input shape must be [batch, features] or [batch, …positions, features], " +
        `with −1 for any batch size: current value is [${inputShape}]`,
    );
  }
  return [...finished(stepsOf(ruleOf(layer).init(layer, key, inputShape)))];
}

function isInputShape(shape: Shape, batchAxis: number): boolean {
  return Array.isArray(shape) && shape.length >= 2 &&
    shape.every((size, axis) =>
      Number.isInteger(size) &&
      (size > 0 || size === -1 && axis === (batchAxis + shape.length) % shape.length)
    );
}

function apply(
  layer: Layer,
  params: Params,
  inputs: ArrayInput,
  options: ApplyOptions,
): NdArray<Float64Array> {
  const defaults = { rng: undefined, pattern: undefined, maskConstant: null };
  const { maskConstant, ...o } = withDefaults<ApplyOptions>("build a finite network", defaults, options);
  requireMaskConstant("apply a network", maskConstant ?? null);
  const x = batch(inputs, ruleOf(layer).axes?.(layer) ?? usualAxes, maskConstant ?? null);
  const output: ArrayTree = applyLayer(layer, params, x, o);
  if (Array.isArray(output)) {
    throw new TypeError(
      `Cannot apply a network as it must end in one branch: current value is ${output.length} branches, add FanInSum()`,
    );
  }
  const outputs = withoutPadding(output as NdArray<Float64Array>);
  assertFinite(outputs, "outputs", "apply a network", ", lower wStd, the parameters or the inputs");
  return outputs;
}

/** A finite batch of inputs in float64, without its padding. */
function batch(inputs: ArrayInput, axes: Axes, maskConstant: number | null): NdArray<Float64Array> {
  const { data, shape } = toArray(inputs, "inputs");
  if (shape.length < 2) {
    throw new TypeError(
      `Cannot apply a network as inputs must have shape (batch, features) or (batch, …positions, features): ` +
        `current value is [${shape.join(", ")}]${shape.length === 1 ? ", write [x] for a batch of one" : ""}`,
    );
  }
  const given = new NdArray(Float64Array.from(data), shape);
  const x = maskConstant === null ? given : maskedInput(given, axes, heldIn(data, maskConstant));
  assertFinite(x, "inputs");
  return x;
}
