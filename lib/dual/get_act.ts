/** Activations by name. */
import { type ArrayInput, finiteArray, NdArray } from "../array/mod.ts";
import { activationFunction } from "../../kernels/named.ts";

/**
 * The activation called `act`, entry by entry.
 *
 * With x⁺ = max(x, 0), σ(x) = 1/(1 + e⁻ˣ) and clip = min(max(x, ·), ·): `relu` x⁺, `relu6` clip to [0, 6], `sigmoid` σ,
 * `softplus` log(1 + eˣ), `soft_sign` x/(1 + |x|), `silu` = `swish` x·σ(x), `log_sigmoid` log σ(x), `leaky_relu` slope 0.01
 * below 0, `hard_sigmoid` clip(x + 3)/6 to [0, 1], `hard_silu` = `hard_swish` x·hard_sigmoid(x), `hard_tanh` clip to [−1, 1],
 * `elu` = `celu` x⁺ + e^min(x, 0) − 1, `selu` (arXiv:1706.02515), `gelu` x·Φ(x), `sin`, `cos`, `erf`, `gaussian` exp(−x²/2)
 * and `abs`.
 *
 * @param x an array of any shape, or a number
 * @param act one of the names above
 * @returns the values in the shape of x, float64; a number for a number
 * @throws {RangeError} for another name, or an entry that is not finite.
 * @throws {UnsupportedError} for `glu`, which is not a function of one number.
 *
 * @example Leaky ReLU
 * ```ts
 * import assert from "node:assert/strict";
 * import { getAct } from "./get_act.ts";
 * assert.deepEqual(getAct([-2, 0, 3], "leaky_relu").toNested(), [-0.02, 0, 3]);
 * assert.equal(getAct(8, "relu6"), 6);
 * ```
 */
export function getAct(x: number, act: string): number;
/** The activation of every entry of an array. */
export function getAct(x: ArrayInput, act: string): NdArray<Float64Array>;
export function getAct(x: ArrayInput, act: string): number | NdArray<Float64Array> {
  const points = finiteArray(x, "x");
  const values = Float64Array.from(points.data, activationFunction(act));
  return typeof x === "number" ? values[0] : new NdArray(values, points.shape);
}
