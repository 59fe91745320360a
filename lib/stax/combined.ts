/** What layers one after another, and side by side, are and do. In: layers that were checked. */
import { showData } from "../array/dtype.ts";
import { fromData, reads } from "../network/reading.ts";
import { split } from "../random/mod.ts";
import type { Axes } from "../network/axes.ts";
import { integer, requireNames } from "../options.ts";
import { type ArrayTree, isShapes, type Layer, type Params, type ShapeTree } from "../network/layer.ts";
import { type Initial, register, ruleOf, type TraitsTree } from "../network/rule.ts";
import { stepsOf } from "../steps.ts";
import { applyLayer } from "../network/masked_apply.ts";
import { describe, type Network, network } from "../network/network.ts";
import { branchesFor, isSeveral, requireStructure } from "../network/traits.ts";

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

/** The composition of layers that were checked. */
export function inSeries(layers: readonly Layer[]): Network<Serial> {
  const descriptions = descriptionsOf(layers);
  requireStructure(descriptions);
  return network({ type: "serial", layers: descriptions });
}

/** The composition of no layers, which reads what `layer` would. */
export const noneOf = (layer: Layer): Network<Serial> =>
  network({ type: "serial", layers: [], repeated: describe(layer) });

/** Layers that were checked side by side. */
export function sideBySide(layers: readonly Layer[]): Network<Parallel> {
  integer("build parallel", "the number of layers", layers.length, 1);
  return network({ type: "parallel", layers: descriptionsOf(layers) });
}

/** What the layers are, in a list that stays as it was checked. */
const descriptionsOf = (layers: readonly Layer[]): readonly Layer[] => Object.freeze(layers.map(describe));

register<Serial>("serial", {
  load: async () => (await import("../network/masked_kernel.ts")).kernelInSeries,
  *init({ layers }, key, inputShape) {
    let shape: ShapeTree = inputShape;
    let rest = key;
    const params: Params[] = [];
    for (const layer of layers) {
      const [next, own] = split(rest);
      rest = next;
      const [outputShape, layerParams] = yield* stepsOf(ruleOf(layer).init(layer, own, shape));
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
  branchTraits: ({ layers }, input, after) => layers.reduce((before, next) => after(next, before), input),
  axes: ({ layers }) => firstAxes(layers),
  isCombinator: true,
});

register<Parallel>("parallel", {
  load: async () => (await import("../network/masked_kernel.ts")).kernelsSideBySide,
  *init({ layers }, key, inputShape) {
    const keys = split(key, layers.length);
    const shapes = branchesFor<ShapeTree>(isShapes(inputShape), inputShape, layers.length);
    const results: Initial[] = [];
    for (const [i, layer] of layers.entries()) {
      results.push(yield* stepsOf(ruleOf(layer).init(layer, keys[i], shapes[i])));
    }
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
  branchTraits({ layers }, input, after) {
    const given = input && branchesFor<TraitsTree>(isSeveral(input), input, layers.length);
    return layers.map((layer, i) => after(layer, given && given[i]));
  },
  axes: ({ layers }) => firstAxes(layers),
  isCombinator: true,
});

reads("serial", [], (fields: { layers: Layer[]; repeated?: Layer }) => {
  requireNames("build serial", "its options", ["layers", "repeated"], fields);
  const { layers, repeated } = fields;
  return repeated ? noneOf(fromData(repeated)) : inSeries(list("serial", layers).map(fromData));
});

reads("parallel", ["layers"], (layers: Layer[]) => sideBySide(list("parallel", layers).map(fromData)), false);

function list(type: string, layers: unknown): unknown[] {
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot read ${type} as layers must be a list: current value is ${showData(layers)}`,
    );
  }
  return layers;
}

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
