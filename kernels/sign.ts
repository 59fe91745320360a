/** The sign function as a nonlinearity. */
import { type Activation, activation } from "../lib/network/activation.ts";
import { constant } from "../lib/expr/expr.ts";
import { sign as signOf } from "../lib/expr/functions.ts";

/**
 * φ(x) = sign(x), with φ(0) = 0:
 *
 * E[φ(u)φ(v)] = 1 − 2·angle/π,  E[φ′(u)φ′(v)] = 0 by convention (the derivative almost everywhere; the true one diverges at
 * equal points). A zero point has the angle π/2 and so the kernel 0.
 *
 * @see Cho & Saul 2009: the arc-cosine kernel of order 0, centred.
 *
 * @example A point with itself
 * ```ts
 * import { evaluate, variable } from "../lib/expr/mod.ts";
 * import { diagonalMoments } from "../lib/moments.ts";
 * import { sign } from "./sign.ts";
 * if (evaluate(sign().nngp(diagonalMoments(variable("v"))), { v: 7 }) !== 1) throw new Error("sign² must be 1");
 * ```
 */
export const sign = (): Activation =>
  activation({
    fn: signOf,
    // The difference is taken first: it is exact near π/2, and exactly 0 for zero points.
    nngp: ({ angle }) => constant(Math.PI / 2).sub(angle).mul(2 / Math.PI),
    dNngp: () => constant(0),
  });
