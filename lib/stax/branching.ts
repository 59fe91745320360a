/** Branches: copies of an input, and sums, products and concatenations of branches. */
import { reads } from "../network/reading.ts";
import { NdArray } from "../array/mod.ts";
import {
  arraysOf,
  joinedTraits,
  requireGaussian,
  requireIndependent,
  shapesOf,
} from "../network/branches.ts";
import { MOST_BRANCHES } from "../network/limits.ts";
import { integer } from "../options.ts";
import { isSeveral, traitsOfJoined } from "../network/traits.ts";
import { isBranches, type KernelTree } from "../network/kernel_expr.ts";
import { type ArrayTree, type Layer, type Shape, type ShapeTree } from "../network/layer.ts";
import { register, type TraitsTree } from "../network/rule.ts";
import { type Mask, withChannels } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";

/** The description of `FanOut`. */
export interface FanOut extends Layer {
  /** The name of the layer */
  readonly type: "FanOut";
  /** Number of copies */
  readonly num: number;
}

/**
 * `num` copies of the input, one for each layer of the `parallel` that follows.
 *
 * @throws {RangeError} if `num` is not an integer from 1 to 1024.
 *
 * @example Two branches
 * ```ts
 * import { key } from "../random/mod.ts";
 * import * as stax from "./mod.ts";
 * const [shapes] = stax.FanOut(2).initFn(key(0), [-1, 3]);
 * if (String(shapes) !== "-1,3,-1,3") throw new Error("both branches must have the shape of the input");
 * ```
 */
export function FanOut(num: number): Network<FanOut> {
  return network({ type: "FanOut", num: integer("build FanOut", "num", num, 1, MOST_BRANCHES) });
}

/**
 * The entrywise sum of branches with independent weights: K = Σᵢ Kᵢ and Θ = Σᵢ Θᵢ.
 *
 * @throws {UnsupportedError} when it is built into a network or a kernel is computed, and a branch does not end in a layer with
 * weights, or two branches have no weights of their own since `FanOut`.
 * @throws {TypeError} when it is used and its branches differ in width or shape, or are none.
 *
 * @example A residual block
 * ```ts
 * import * as stax from "./mod.ts";
 * const block = stax.serial(
 *   stax.FanOut(2),
 *   stax.parallel(stax.serial(stax.Relu(), stax.Dense(64)), stax.Identity()),
 *   stax.FanInSum(),
 * );
 * const { kernelFn } = stax.serial(stax.Dense(64), block, stax.Relu(), stax.Dense(1));
 * const nngp = await kernelFn([[1, 1]], [[1, 1]], "nngp");
 * if (nngp.at(0, 0) !== 0.75) throw new Error("(1 + 1/2)/2 must be 3/4");
 * ```
 */
export function FanInSum(): Network<Layer> {
  return network({ type: "FanInSum" });
}

/**
 * The entrywise product of branches with independent weights: K = Πᵢ Kᵢ and, by the product rule, Θ = Σᵢ Θᵢ·Πⱼ≠ᵢ Kⱼ. The
 * result is not Gaussian: put a `Dense` between it and a nonlinearity.
 *
 * @throws {UnsupportedError} when it is built into a network or a kernel is computed, and two branches have no weights of their
 * own since `FanOut`.
 * @throws {TypeError} when it is used and its branches differ in width or shape, or are none.
 *
 * @example Two linear branches
 * ```ts
 * import * as stax from "./mod.ts";
 * const branches = stax.parallel(stax.Dense(4), stax.Dense(4, { wStd: 2 }));
 * const { kernelFn } = stax.serial(stax.FanOut(2), branches, stax.FanInProd());
 * const { nngp, ntk } = await kernelFn([[1, 1]], null, ["nngp", "ntk"], { backend: "reference" });
 * if (nngp.at(0, 0) !== 4 || ntk.at(0, 0) !== 8) throw new Error("1·4, and 1·4 + 4·1");
 * ```
 */
export function FanInProd(): Network<Layer> {
  return network({ type: "FanInProd" });
}

register<FanOut>("FanOut", {
  kernel({ num }, input) {
    const fanOut = Symbol();
    const branch = isBranches(input) ? input : { ...input, shared: [...input.shared, fanOut] };
    return Array<KernelTree>(num).fill(branch);
  },
  branchTraits({ num }, input) {
    // All branches have the same weights.
    const branch = input === null || isSeveral(input)
      ? input
      : { ...input, shared: [...input.shared, Symbol()] };
    return Array<TraitsTree>(num).fill(branch);
  },
  init: ({ num }, _key, shape) => [Array<ShapeTree>(num).fill(shape), null],
  apply: ({ num }, _params, input) => Array<ArrayTree>(num).fill(input),
});

register("FanInSum", {
  load: async () => (await import("./joined_kernels.ts")).sumOfBranches,
  branchTraits: traitsOfJoined,
  init: (_layer, _key, shapes) => [sameShapes("FanInSum", shapes), null],
  apply: (_layer, _params, inputs) => elementwise("FanInSum", inputs, (x, y) => x + y),
  traits(_layer, inputs) {
    requireGaussian(inputs);
    requireIndependent("FanInSum", inputs);
    return joinedTraits(inputs);
  },
  mask: (_layer, masks) => whereAllAreMasked(masks),
});

register("FanInProd", {
  load: async () => (await import("./joined_kernels.ts")).productOfBranches,
  branchTraits: traitsOfJoined,
  init: (_layer, _key, shapes) => [sameShapes("FanInProd", shapes), null],
  apply: (_layer, _params, inputs) => elementwise("FanInProd", inputs, (x, y) => x * y),
  traits(_layer, inputs) {
    requireIndependent("FanInProd", inputs);
    const joined = joinedTraits(inputs);
    return { ...joined, isGaussian: joined.isGaussian && inputs.length < 2 };
  },
  mask: (_layer, masks) => whereAllAreMasked(masks),
});

reads("FanOut", ["num"], FanOut, false);
reads("FanInSum", [], FanInSum, false);
reads("FanInProd", [], FanInProd, false);

function whereAllAreMasked(masks: readonly Mask[]): Mask {
  const channels = Math.max(...masks.map((mask) => mask.channels));
  const wide = masks.map((mask) => withChannels(mask, channels));
  return { ...wide[0], data: wide[0].data.map((_, k) => Number(wide.every(({ data }) => data[k] === 1))) };
}

function sameShapes(layer: string, shapes: ShapeTree): Shape {
  const all = shapesOf(layer, shapes);
  if (all.some((shape) => String(shape) !== String(all[0]))) {
    throw new TypeError(
      `Cannot apply ${layer} as the shapes of its branches must be equal: ` +
        `current value is ${all.map((shape) => `[${shape.join(", ")}]`).join(", ")}`,
    );
  }
  return all[0];
}

function elementwise(
  layer: string,
  inputs: ArrayTree,
  combine: (x: number, y: number) => number,
): NdArray<Float64Array> {
  const all = arraysOf(layer, inputs);
  sameShapes(layer, all.map((a) => a.shape));
  const data = all.map((a) => a.data).reduce((x, y) =>
    Float64Array.from(x, (value, i) => combine(value, y[i]))
  );
  return new NdArray(data, all[0].shape);
}
