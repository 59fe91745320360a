/** Aggregation over the edges of a graph that comes with every input. */
import { reads } from "../network/reading.ts";
import { NdArray } from "../array/mod.ts";
import { oneOf, withDefaults } from "../options.ts";
import {
  type Axes,
  axisList,
  type AxisOptions,
  canonical,
  checkAxes,
  from0,
  locate,
  positionAxis,
  requireDistinct,
  restored,
  usualAxes,
} from "../network/axes.ts";
import { mixPositions } from "../network/kernel_expr.ts";
import { type Layer } from "../network/layer.ts";
import { type Network, network } from "../network/network.ts";
import { patternMatrix, patternsOf } from "../network/patterns.ts";
import { registerOneBranch } from "../network/one_branch.ts";
import { requirePositions } from "./conv/windows.ts";

/** Options of `Aggregate`. */
export interface AggregateOptions extends AxisOptions {
  /** The axes whose positions are the nodes of the graph; default null: all but examples and features */
  readonly aggregateAxis?: number | readonly number[] | null;
  /** How the pattern is given: a matrix of weights (`DENSE`, default), or a list of edges (`SPARSE`) */
  readonly implementation?: "DENSE" | "SPARSE";
}

/** The description of an `Aggregate` layer. */
export interface Aggregate extends Layer, Axes, Required<Pick<AggregateOptions, "implementation">> {
  /** The name of the layer */
  readonly type: "Aggregate";
  /** The axes whose positions are nodes; null: all but examples and features */
  readonly aggregateAxis: readonly number[] | null;
}

/**
 * Replaces every node of a graph by the sum over the edges that lead to it: K becomes A₁ᵀ·K·A₂ and Θ becomes A₁ᵀ·Θ·A₂ with the
 * adjacency matrices A of both inputs (Du et al. 2019, arXiv:1905.13192).
 *
 * The edges come with the call, as the option `pattern` of `applyFn` or `[pattern1, pattern2]` of `kernelFn`; without it the
 * layer does nothing. With k axes of nodes of lengths n…, a `DENSE` pattern has the shape (batch, …n, …n): entry (p, q) is the
 * weight of the edge from p to q. A `SPARSE` one has the shape (batch, edges, k, 2), or (batch, edges, 2) for one axis: the
 * coordinates of tails and heads, of weight 1 each. An edge whose head has a negative coordinate is padding and left out; a
 * tail that has one is the last node, as in the Python library.
 *
 * @throws {RangeError} for an axis that is no integer, or another implementation.
 *
 * @example Every node becomes the sum of both
 * ```ts
 * import * as stax from "./mod.ts";
 * const sums = stax.Aggregate().applyFn(null, [[[1], [2]]], { pattern: [[[1, 1], [1, 1]]] });
 * if (String(sums.toNested()) !== "3,3") throw new Error("both must be 3");
 * ```
 */
export function Aggregate(options: AggregateOptions = {}): Network<Aggregate> {
  const o = withDefaults<Required<AggregateOptions>>(
    "build Aggregate",
    { aggregateAxis: null, implementation: "DENSE", ...usualAxes },
    options,
  );
  const axis = o.aggregateAxis === null ? null : axisList("Aggregate", "aggregateAxis", o.aggregateAxis, {
    be: "an integer, a list of integers or null",
    have: "an axis",
  });
  const implementation = oneOf(
    "build Aggregate",
    "implementation",
    o.implementation,
    ["DENSE", "SPARSE"] as const,
  );
  return network({ type: "Aggregate", ...checkAxes("Aggregate", o), aggregateAxis: axis, implementation });
}

registerOneBranch<Aggregate>("Aggregate", {
  readsPattern: true,
  kernel(layer, k, context) {
    if (!context.hasPattern) return k;
    requirePositions("Aggregate", k.positions);
    const nodes = {
      positions: k.positions,
      axes: nodeAxes(layer, k),
      sparse: layer.implementation === "SPARSE",
    };
    const mixed = mixPositions(k, null, context);
    context.matrices.set(
      context.nodes.length,
      ({ patterns }) => patterns.map((pattern) => patternMatrix(pattern, nodes)),
    );
    return mixed;
  },
  apply(layer, _params, given, { pattern = null }) {
    if (pattern === null) return given;
    const { x, count, positions, width } = canonical("Aggregate", layer, given);
    requirePositions("Aggregate", positions);
    const [patterns] = patternsOf([pattern], [count]);
    const axes = nodeAxes(layer, { positions, ...locate("Aggregate", layer, given.shape.length) });
    const nodes = { positions, axes, sparse: layer.implementation === "SPARSE" };
    const out = new Float64Array(x.size);
    const step = x.size / count;
    patterns.forEach((pattern, i) => {
      patternMatrix(pattern, nodes).forEach(({ at, weights }, P) =>
        at.forEach((p, k) => {
          for (let c = 0; c < width; c++) {
            out[i * step + P * width + c] += weights[k] * x.data[i * step + p * width + c];
          }
        })
      );
    });
    return restored("Aggregate", layer, new NdArray(out, x.shape));
  },
  axes: (layer) => layer,
  remask: true,
});

reads("Aggregate", [], Aggregate);

/** The axes of positions that hold nodes. */
function nodeAxes(
  { aggregateAxis }: Aggregate,
  { positions, batchAxis, channelAxis }: Axes & { readonly positions: readonly number[] },
): number[] {
  if (aggregateAxis === null) return positions.map((_, axis) => axis);
  const rank = positions.length + 2;
  const own = aggregateAxis.map((axis) => from0(axis, rank));
  if (own.some((axis) => axis < 0 || axis >= rank || axis === batchAxis || axis === channelAxis)) {
    throw new TypeError(
      "Cannot apply Aggregate as aggregateAxis must be among the axes of positions: " +
        `current value is ${aggregateAxis.join(", ")}`,
    );
  }
  requireDistinct("Aggregate", aggregateAxis, own, rank);
  return own.map((axis) => positionAxis(axis, { batchAxis, channelAxis }));
}
