/** The sign function as a nonlinearity. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { constant, pi } from "../lib/expr/expr.ts";
import { sign } from "../lib/expr/functions.ts";

/**
 * The sign φ(x) = sign x, with φ(0) = 0:
 *
 * E[φ(u)φ(v)] = 1 − 2·angle/π; its NTK is 0 by convention (φ′ = 0 almost everywhere; the true one diverges at
 * equal points). A zero point has the angle π/2 and so the kernel 0
 *
 * (Cho & Saul 2009: the arc-cosine kernel of order 0, centred).
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example A correlation of ½
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Sign(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("1 − 2·(π/3)/π must be ⅓");
 * ```
 */
export const Sign: (options?: Record<never, never>) => Network<Nonlinearity> = nonlinearity(
  "Sign",
  {},
  () => ({
    fn: sign,
    // The difference is taken first: it is exact near π/2, and exactly 0 for zero points.
    nngp: ({ angle }) => pi.div(2).sub(angle).mul(constant(2).div(pi)),
    dNngp: () => constant(0),
    dependsOnAngles: true,
  }),
);
