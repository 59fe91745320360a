/** Convolutional layers. */
import { reads } from "../../network/reading.ts";
import { type ConvLayer, type ConvOptions, maskAfter, specOf } from "./maps.ts";
import { integer, withDefaults } from "../../options.ts";
import { applyConv, initConv } from "./finite.ts";
import { checkDimensionNumbers } from "./dimension_numbers.ts";
import { joinChannels } from "../../network/mask.ts";
import { type Network, network } from "../../network/network.ts";
import { registerOneBranch } from "../../network/one_branch.ts";
import { checkWindows } from "./windows.ts";
import { checkWeights, weightDefaults } from "../weights.ts";

/** The description of a convolutional layer. */
export type Conv = ConvLayer;

/**
 * A convolution over the axes between batch and features: K(p, q) becomes σ_W²·K̄(p, q) + σ_b² with K̄ the mean of K(p + a, q + a)
 * over the taps a of the filter, and Θ becomes K′ + σ_W²·Θ̄ (Novak et al. 2019, arXiv:1810.05148; Arora et al. 2019,
 * arXiv:1904.11955). In the standard parameterization (Sohl-Dickstein et al. 2020, arXiv:2001.07301) K′ is the same and Θ becomes
 * taps · features / s₀ · K̄ + 1 + σ_W²·Θ̄, without the 1 if there are no biases.
 *
 * Of n positions and a filter of k taps with stride s there are ⌈n / s⌉ left with `SAME` and `CIRCULAR` padding, and
 * ⌈(n − k + 1) / s⌉ with `VALID`.
 *
 * @param outChan number of features of the finite network's output; the kernel does not depend on it in the NTK
 * parameterization
 * @param filterShape one size an axis of positions; none for vectors, where the layer is `Dense`
 * @throws {RangeError} for a size or stride that is not a positive integer, a σ that is not finite, an unknown padding or
 * parameterization; when it is applied, for a filter larger than the input with `VALID` padding.
 * @throws {TypeError} for sizes that are no list, dimension numbers that do not name the axes, or an input with another number of axes.
 *
 * @example Two taps
 * ```ts
 * import * as stax from "../mod.ts";
 * const { kernelFn } = stax.Conv(1, [2], { wStd: 2, bStd: 1 });
 * const nngp = await kernelFn([[[1], [3], [5]]], null, "nngp", { diagonalSpatial: true });
 * if (String(nngp.toNested()) !== "21,69") throw new Error("4·(1 + 9)/2 + 1 and 4·(9 + 25)/2 + 1");
 * ```
 */
export function Conv(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<ConvLayer> {
  return conv("Conv", outChan, filterShape, options);
}

/**
 * A transposed convolution: a `Conv` with stride 1 of its input with `strides` − 1 zeros put between positions. n positions
 * become n · `strides` with `SAME` and `CIRCULAR` padding, (n − 1) · `strides` + max(size, `strides`) with `VALID`. See `Conv`.
 *
 * @example Twice as long
 * ```ts
 * import * as stax from "../mod.ts";
 * const { kernelFn } = stax.ConvTranspose(1, [2], { strides: [2] });
 * const nngp = await kernelFn([[[1], [3]]], null, "nngp", { diagonalSpatial: true });
 * if (String(nngp.toNested()) !== "0.5,0.5,4.5,4.5") throw new Error("each position reaches two, by one of two taps");
 * ```
 */
export function ConvTranspose(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<ConvLayer> {
  return conv("ConvTranspose", outChan, filterShape, options);
}

/**
 * A convolution whose filters are different at every position: as `Conv`, but outputs at different positions are
 * independent.
 *
 * @example Two taps
 * ```ts
 * import * as stax from "../mod.ts";
 * const { kernelFn } = stax.ConvLocal(1, [2]);
 * const nngp = await kernelFn([[[1], [3], [5]]], null, "nngp");
 * if (String(nngp.toNested()) !== "5,0,0,17") throw new Error("only the diagonal remains");
 * ```
 */
export function ConvLocal(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<ConvLayer> {
  return conv("ConvLocal", outChan, filterShape, options);
}

function conv(
  type: ConvLayer["type"],
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions,
): Network<ConvLayer> {
  const action = `build ${type}`;
  integer(action, "outChan", outChan, 1);
  const o = withDefaults<Required<ConvOptions>>(action, {
    strides: null,
    padding: "VALID",
    dimensionNumbers: null,
    ...weightDefaults,
  }, options);
  const strides = checkWindows(type, { ...o, name: "filterShape", sizes: filterShape });
  checkWeights(action, o);
  checkDimensionNumbers(type, o.dimensionNumbers, filterShape.length);
  return network({ type, outChan, filterShape, ...o, strides });
}

for (const [type, constructor] of Object.entries({ Conv, ConvTranspose, ConvLocal })) {
  registerOneBranch<ConvLayer>(type, {
    load: async () => (await import("./kernel.ts")).convolve,
    init: initConv,
    apply: applyConv,
    traits: ({ filterShape }) => ({ isGaussian: true, isSpatial: filterShape.length > 0, shared: [] }),
    axes: (layer) => specOf(layer).axes,
    outAxes: (layer) => specOf(layer).outAxes,
    mask: (layer, [mask]) => maskAfter(layer, joinChannels(mask)),
    remask: true,
    parameters: () => ({ wStd: "positive", bStd: "positive" }),
  });
  reads(type, ["outChan", "filterShape"], constructor);
}
