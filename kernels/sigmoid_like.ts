/** A sigmoid with a closed-form kernel. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import type { Activation } from "../lib/network/activation.ts";
import { erf } from "./erf.ts";

/** The input scale at which ½erf(x/s) + ½ is closest to the logistic function on [−5, 5] in the mean square. */
const SCALE = 2.4020563531719796;

/**
 * φ(x) = ½·erf(x/2.4020563531719796) + ½, the error function closest to the logistic function on [−5, 5].
 *
 * @example φ(0) = ½
 * ```ts
 * import { constant, evaluate } from "../lib/expr/mod.ts";
 * import { sigmoidLike } from "./sigmoid_like.ts";
 * if (evaluate(sigmoidLike().fn!(constant(0))) !== 0.5) throw new Error("φ(0) must be ½");
 * ```
 */
export const sigmoidLike = (): Activation => erf({ a: 0.5, b: 1 / SCALE, c: 0.5 });

const makeSigmoidLike = nonlinearity<object>("SigmoidLike", {}, sigmoidLike);

/**
 * φ(x) = ½·erf(x/2.4020563531719796) + ½, the error function closest to the logistic one on [−5, 5] in the mean square; its
 * dual is that of `Erf`.
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.SigmoidLike(), moments, { backend: "reference" });
 * if (nngp !== 0.25) throw new Error("(E φ(u))² must be ¼");
 * ```
 */
export function SigmoidLike(options: Record<never, never> = {}): Network<Nonlinearity> {
  return makeSigmoidLike(options);
}
