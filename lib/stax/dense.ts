/** Fully connected layers. */
import { reads } from "../network/reading.ts";
import { NdArray, scale } from "../array/mod.ts";
import { toExpr } from "../expr/expr.ts";
import { matmul } from "../linalg/matmul.ts";
import { normal, split } from "../random/mod.ts";
import { normalSteps } from "../random/normal.ts";
import { type AxisOptions, canonical, checkAxes, locate, restored, usualAxes } from "../network/axes.ts";
import { integer, withDefaults } from "../options.ts";
import { type KernelExpr, scaled } from "../network/kernel_expr.ts";
import { type Free, type Layer, type Params, paramsOf } from "../network/layer.ts";
import { joinChannels } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";
import { appliedScales, checkWeights, drawnScales, unitsOf, weightDefaults } from "./weights.ts";

/** How the weights of a layer are scaled. */
export type Parameterization = "ntk" | "standard";

/** Options of `Dense`. */
export interface DenseOptions extends AxisOptions {
  /** Standard deviation of the weights, σ_W; default 1 */
  readonly wStd?: number;
  /** Standard deviation of the biases, σ_b; default null: no biases */
  readonly bStd?: number | null;
  /** `ntk` (default): z = σ_W/√n · Wx + σ_b·b; `standard`: z = Wx/√s₀ + b with W ~ N(0, σ_W²/n) */
  readonly parameterization?: Parameterization;
  /** Width multipliers of input and output in the standard parameterization; default [1, 1] */
  readonly s?: readonly [number, number];
}

/** The description of a `Dense` layer. */
export interface Dense extends Layer, Required<DenseOptions> {
  /** The name of the layer */
  readonly type: "Dense";
  /** Number of outputs of the finite network */
  readonly outDim: number;
}

/**
 * A fully connected layer: the kernel K becomes σ_W²·K + σ_b², and the NTK Θ becomes K′ + σ_W²·Θ, where K′ is the new K
 * (Jacot et al. 2018, arXiv:1806.07572); with the standard parameterization n/s₀ · K + 1 + σ_W²·Θ (Sohl-Dickstein et al.
 * 2020, arXiv:2001.07301), the 1 only if there are biases.
 *
 * @param outDim number of outputs of the finite network; the kernel does not depend on it in the NTK parameterization
 * @throws {RangeError} for an `outDim` or width multiplier that is not a positive integer, a standard deviation that is not
 * finite, or an unknown parameterization.
 * @throws {TypeError} for an unknown option.
 *
 * @example Weights and biases
 * ```ts
 * import * as stax from "./mod.ts";
 * const nngp = await stax.Dense(1, { wStd: 2, bStd: 1 }).kernelFn([[1, 1]], [[1, 1]], "nngp");
 * if (nngp.at(0, 0) !== 5) throw new Error("2²·1 + 1² must be 5");
 * ```
 */
export function Dense(outDim: number, options: DenseOptions = {}): Network<Dense> {
  integer("build Dense", "outDim", outDim, 1);
  const defaults: Required<DenseOptions> = { ...weightDefaults, ...usualAxes };
  const o = withDefaults<Required<DenseOptions>>("build Dense", defaults, options);
  checkWeights("build Dense", o);
  checkAxes("Dense", o);
  return network({ type: "Dense", outDim, ...o });
}

registerOneBranch<Dense>("Dense", {
  kernel: dense,
  *init(layer, key, shape) {
    const { channelAxis } = locate("Dense", layer, shape.length);
    const width = shape[channelAxis];
    const [weightKey, biasKey] = split(key);
    const units = unitsOf(layer, layer.outDim);
    const [wScale, bScale] = drawnScales(layer, width);
    const weights = scale(yield* normalSteps(weightKey, [width, units]), wScale);
    const biasShape = shape.map((_, axis) => axis === channelAxis ? units : 1);
    const bias = layer.bStd === null ? null : scale(normal(biasKey, biasShape), bScale);
    return [shape.with(channelAxis, units), [weights, bias]];
  },
  apply: affine,
  traits: (_layer, [input]) => ({ ...input, isGaussian: true, shared: [] }),
  axes: (layer) => layer,
  mask: (_layer, [mask]) => joinChannels(mask),
  remask: true,
  parameters: () => ({ wStd: "positive", bStd: "positive" }),
});

reads("Dense", ["outDim"], Dense);

function dense(layer: Free<Dense, "wStd" | "bStd">, k: KernelExpr): KernelExpr {
  const { wStd, bStd, parameterization, s } = layer;
  const variance = toExpr(wStd).square();
  const outputs = scaled(k, variance, toExpr(bStd ?? 0).square());
  const propagated = k.ntk.mul(variance);
  const own = parameterization === "ntk"
    ? outputs.nngp
    : k.same.select(k.var1, k.nngp).mul(k.width / s[0]).add(bStd === null ? 0 : 1);
  return {
    ...outputs,
    ntk: own.add(propagated),
    width: unitsOf(layer, layer.outDim),
    ...{ isGaussian: true, isInput: false, shared: [] },
  };
}

/** σ_W/√n · xW + σ_b·b, or xW/√s₀ + b, at every position. */
function affine(layer: Dense, params: Params, input: NdArray<Float64Array>): NdArray<Float64Array> {
  const { x, count, positions, width } = canonical("Dense", layer, input);
  const [weights, bias] = weightsOf(params, width);
  const [factor, biasFactor] = appliedScales(layer, width);
  const product = matmul(new NdArray(x.data, [x.size / width, width]), weights);
  const units = product.shape[1];
  const data = product.data.map((z, i) => z * factor + (bias ? biasFactor * bias.data[i % units] : 0));
  return restored("Dense", layer, new NdArray(data, [count, ...positions, units]));
}

/** Weights for inputs of this width, and the bias if there is one. */
function weightsOf(params: Params, width: number): readonly [NdArray, NdArray | null] {
  const [weights, bias] = paramsOf("Dense", { weights: "required", bias: "optional" }, params);
  if (weights!.shape[0] !== width) {
    throw new TypeError(
      `Cannot apply Dense as its input must have ${
        weights!.shape[0]
      } features, as for initFn: current value is ${width}`,
    );
  }
  return [weights!, bias];
}
