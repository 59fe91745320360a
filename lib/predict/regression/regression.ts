/** Gaussian process regression with the kernel of a network: one object from data to uncertainty. */
import { type ArrayInput, ownArray } from "../../array/mod.ts";
import { requireObject } from "../../options.ts";
import type { RegressionModel } from "./interfaces.ts";
import type { KernelGiver } from "./kernel_source.ts";
import type { RegressionOptions } from "./regression_options.ts";

/**
 * Gaussian process regression y = f(x) + ε with the prior covariance K of an infinitely wide network, its NNGP kernel or its NTK, and
 * independent noise ε of variance N: with α = (K + N)⁻¹·y the mean at x* is k*ᵀ·α, the variance k** − k*ᵀ·(K + N)⁻¹·k*, and
 * log p(y) = −½·yᵀα − ½·log det(K + N) − n/2·log 2π for each output. Rasmussen & Williams 2006, §2.2 and §5.4; for networks Lee et al.
 * 2018 (arXiv:1711.00165), and for the NTK as a prior He et al. 2020 (arXiv:2007.05864): its mean is that of the networks after training.
 *
 * All outputs share the kernel and the noise. The kernel is computed once, n²/2 pairs, and factored in float64, n³/3 operations; the
 * model keeps the factor, 8·n² bytes. Predictions cost n² operations a point with `std`. Digits that the condition of K + N costs the mean
 * are restored by iterative refinement. A kernel that is singular in spite of its noise is refused: nothing is added without a word.
 *
 * From some 10 000 points on there is no factor: the kernel is kept in packed tiles of 2·n² bytes, in memory or in a file (`tiles`), and
 * conjugate gradients with a preconditioner of low rank solve for all outputs at once. `std` takes them for every test point then, n²
 * operations an iteration: `mean` does without.
 *
 * @param network A network, as `stax` makes it, or a function that computes its kernels as `kernelFn` does.
 * @param x Training inputs, shape [n, features] or [n, …positions, features].
 * @param y Targets, shape [n, outputs], or [n] for one output, whose predictions have no axis of outputs then.
 * @throws {TypeError} for shapes that do not fit together, and unknown options.
 * @throws {RangeError} for entries that are not finite, a noise that is negative, and conjugate gradients that do not reach their
 * tolerance: says what they reached.
 * @throws {UnsupportedError} for outputs at positions, or that are not Gaussian: end the network with `Flatten()` and `Dense(…)`.
 * Where there is no factor, also for `leaveOneOut`, `classify` and `logMarginalLikelihood`.
 * @throws {NotPositiveDefiniteError} for a kernel that is singular; names the row, and the noise that would do.
 *
 * @example One point: K = 2, y = 3 and noise of variance 1 make a mean of 2 with variance 2/3
 * ```ts
 * import assert from "node:assert/strict";
 * import { Dense } from "../../stax/mod.ts";
 * import { regression } from "./regression.ts";
 *
 * const model = await regression(Dense(1, { wStd: Math.SQRT2 }), [[1]], [3], { noise: 1 });
 * const { mean, std } = await model.predict([[1], [2]]);
 * assert.ok(Math.abs(mean.at(0) - 2) < 1e-15 && Math.abs(std.at(0) ** 2 - 2 / 3) < 1e-15);
 * assert.ok(Math.abs(model.logMarginalLikelihood - (-9 / 6 - Math.log(2 * Math.PI * 3) / 2)) < 1e-14);
 * ```
 */
export async function regression(
  network: KernelGiver,
  x: ArrayInput,
  y: ArrayInput,
  options: RegressionOptions = {},
): Promise<RegressionModel> {
  const own = { x: ownArray(x, "x"), y: ownArray(y, "y") };
  const { noise, ...rest } = requireObject("fit a regression", "its options", options);
  const asked = { ...rest, noise: isSingle(noise) ? noise : ownArray(noise, "noise") };
  const { regressionOf } = await import("./regression_of.ts");
  return await regressionOf(network, own, asked);
}

/** A number, or nothing. */
const isSingle = (noise: RegressionOptions["noise"]): noise is number | undefined =>
  noise === undefined || typeof noise === "number";
