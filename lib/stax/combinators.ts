/** Layers made of layers: one after another, side by side, several times. */
import { split } from "../random/mod.ts";
import type { Axes } from "./axes.ts";
import { isBranches, type KernelTree } from "./kernel_expr.ts";
import { integer, MANY } from "./check.ts";
import {
  type ArrayTree,
  isShapes,
  type Layer,
  type Params,
  register,
  ruleOf,
  type ShapeTree,
} from "./layer.ts";
import { applyLayer } from "./masked_apply.ts";
import { kernelOf } from "./masked_kernel.ts";
import { checked } from "./json.ts";
import { describe, type Network, network } from "./network.ts";
import { requireSize } from "./size.ts";
import { branchesFor, requireStructure } from "./structure.ts";

/** Layers one after another. */
export interface Serial extends Layer {
  /** The name of the layer */
  readonly type: "serial";
  /** The layers, the first applied first */
  readonly layers: readonly Layer[];
  /** The layer of `repeat(layer, 0)`: a call may give what it would read */
  readonly repeated?: Layer;
}

/** Layers side by side, one for each branch of the input. */
export interface Parallel extends Layer {
  /** The name of the layer */
  readonly type: "parallel";
  /** The layers, one a branch */
  readonly layers: readonly Layer[];
}

/**
 * The composition of `layers`, the first applied first.
 *
 * @throws {TypeError} if an argument is not a layer, or if it is given branches and takes one array, or the reverse.
 * @throws {RangeError} for more than 65536 layers in all, or more than 128 levels of layers in layers; plain data is checked as
 * `fromJSON` does.
 * @throws {UnsupportedError} if a `parallel` is given another number of branches than it has layers, or for a network that the
 * theory does not cover, such as a nonlinearity after another; where that depends on the input, `kernelFn` refuses it.
 *
 * @example A network, its finite version and its kernel
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(512), stax.Relu(), stax.Dense(1));
 * const ntk = await kernelFn([[1, 0]], [[1, 0]], "ntk");
 * if (Math.abs(ntk.at(0, 0) - 0.5) > 1e-15) throw new Error("the NTK of a unit vector must be 1/2");
 * ```
 */
export function serial(...layers: Layer[]): Network<Serial> {
  requireSize("serial", layers);
  const descriptions = descriptionsOf(layers);
  requireStructure(descriptions);
  return network({ type: "serial", layers: descriptions });
}

/**
 * `layers` side by side: the i-th takes the i-th branch (see `FanOut`), and its output is the i-th branch for the layer that
 * follows, `FanInSum`, `FanInProd` or `FanInConcat`.
 *
 * @throws {RangeError} without layers, or with more of them or more levels than `serial` takes.
 * @throws {TypeError} if an argument is not a layer.
 *
 * @example The sum of two linear layers
 * ```ts
 * import * as stax from "./mod.ts";
 * const branches = stax.parallel(stax.Dense(4), stax.Dense(4, { wStd: 2 }));
 * const { kernelFn } = stax.serial(stax.FanOut(2), branches, stax.FanInSum());
 * const nngp = await kernelFn([[1, 1]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 5) throw new Error("1 + 2² must be 5");
 * ```
 */
export function parallel(...layers: Layer[]): Network<Parallel> {
  integer("parallel", "the number of layers", layers.length, 1);
  requireSize("parallel", layers);
  return network({ type: "parallel", layers: descriptionsOf(layers) });
}

/**
 * `layer` applied `n` times with separate parameters; n = 0 is the identity, to which a call may still give the `pattern` that
 * `layer` reads.
 *
 * @param n an integer ≥ 0
 * @throws {RangeError} for any other `n`, or more layers or levels than `serial` takes.
 * @throws {TypeError} if `layer` is not a layer.
 *
 * @example Three linear layers
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.repeat(stax.Dense(4, { wStd: 2 }), 3);
 * const nngp = await kernelFn([[1]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 64) throw new Error("2² three times must be 64");
 * ```
 */
export function repeat(layer: Layer, n: number): Network<Serial> {
  integer("repeat", "n", n, 0, MANY);
  requireSize("repeat", [layer]);
  const own = checked(layer);
  if (n === 0) return network({ type: "serial", layers: [], repeated: describe(own) });
  return serial(...Array<Layer>(n).fill(own));
}

register<Serial>("serial", {
  kernel: ({ layers }, input, context) => layers.reduce((k, layer) => kernelOf(layer, k, context), input),
  init({ layers }, key, inputShape) {
    let shape: ShapeTree = inputShape;
    let rest = key;
    const params: Params[] = [];
    for (const layer of layers) {
      const [next, own] = split(rest);
      rest = next;
      const [outputShape, layerParams] = ruleOf(layer).init(layer, own, shape);
      shape = outputShape;
      params.push(layerParams);
    }
    return [shape, params];
  },
  apply({ layers }, params, input, options) {
    const { rng } = options;
    const keys = rng && layers.length > 0 ? split(rng, layers.length) : [];
    return layers.reduce<ArrayTree>((x, layer, i) => {
      const own = paramsOf(params, i, layers.length);
      return applyLayer(layer, own, x, { ...options, rng: keys[i] });
    }, input);
  },
  axes: ({ layers }) => firstAxes(layers),
  isCombinator: true,
});

register<Parallel>("parallel", {
  kernel: ({ layers }, input, context) =>
    branchesFor<KernelTree>(isBranches(input), input, layers.length).map((k, i) =>
      kernelOf(layers[i], k, context)
    ),
  init({ layers }, key, inputShape) {
    const keys = split(key, layers.length);
    const results = branchesFor<ShapeTree>(isShapes(inputShape), inputShape, layers.length).map((shape, i) =>
      ruleOf(layers[i]).init(layers[i], keys[i], shape)
    );
    return [results.map(([shape]) => shape), results.map(([, params]) => params)];
  },
  apply({ layers }, params, input, options) {
    const { rng } = options;
    const keys = rng ? split(rng, layers.length) : [];
    return branchesFor<ArrayTree>(Array.isArray(input), input, layers.length).map((x, i) => {
      const own = paramsOf(params, i, layers.length);
      return applyLayer(layers[i], own, x, { ...options, rng: keys[i] });
    });
  },
  axes: ({ layers }) => firstAxes(layers),
  isCombinator: true,
});

/** What the layers are, in a list that stays as it was checked. */
const descriptionsOf = (layers: readonly Layer[]): readonly Layer[] =>
  Object.freeze(layers.map((layer) => describe(checked(layer))));

/** The axes that the first of `layers` with an opinion expects. */
function firstAxes(layers: readonly Layer[]): Axes | null {
  for (const layer of layers) {
    const axes = ruleOf(layer).axes?.(layer);
    if (axes) return axes;
  }
  return null;
}

/** The parameters of the i-th layer of `count`. */
function paramsOf(params: Params, i: number, count: number): Params {
  if (!Array.isArray(params) || params.length !== count) {
    throw new TypeError(
      `Cannot apply a network as params must be a list of ${count} entries, as initFn returns: ` +
        `current value has ${Array.isArray(params) ? params.length : "none"}`,
    );
  }
  return params[i];
}
