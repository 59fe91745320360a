/** A sigmoid with a closed-form kernel. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { activationOf } from "../lib/network/nonlinearity.ts";
import { Erf } from "./erf.ts";

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
export const SigmoidLike: (options?: Record<never, never>) => Network<Nonlinearity> = nonlinearity(
  "SigmoidLike",
  {},
  () => activationOf(Erf({ a: 0.5, b: 1 / SCALE, c: 0.5 })),
);

/** The input scale at which ½erf(x/s) + ½ is closest to the logistic function on [−5, 5] in the mean square. */
const SCALE = 2.4020563531719796;
