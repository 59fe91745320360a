/** The sine as a nonlinearity. */
import type { AffineOptions } from "./affine.ts";
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Activation, activation } from "../lib/network/activation.ts";
import { harmonicDual } from "./harmonic.ts";
import { requireScale } from "./parameters.ts";

/**
 * φ(x) = a·sin(bx + c):
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) − cos 2c·exp(−b²(s + cov))) with s = (var1 + var2)/2; the derivative has a plus and b².
 *
 * @throws {RangeError} if a parameter is not finite or above 1e9 in size.
 * @see Louart et al. 2018 (arXiv:1702.05419), table 1.
 *
 * @example A quarter turn makes a constant of a zero point
 * ```ts
 * import { evaluate, variable } from "../lib/expr/mod.ts";
 * import { diagonalMoments } from "../lib/moments.ts";
 * import { sin } from "./sin.ts";
 * const nngp = sin({ c: Math.PI / 2 }).nngp(diagonalMoments(variable("v")));
 * if (evaluate(nngp, { v: 0 }) !== 1) throw new Error("sin²(π/2) must be 1");
 * ```
 */
export function sin({ a = 1, b = 1, c = 0 }: AffineOptions = {}): Activation {
  requireScale("Sin", { a, b, c });
  return activation({
    fn: (x) => x.mul(b).add(c).sin().mul(a),
    ...harmonicDual({ odd: a * Math.cos(c), even: a * Math.sin(c), b }),
  });
}

const makeSin = nonlinearity<Required<AffineOptions>>("Sin", { a: 1, b: 1, c: 0 }, sin);

/**
 * The sine φ(x) = a·sin(b·x + c), with s = (var1 + var2)/2:
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) − cos 2c·exp(−b²(s + cov))), and E[φ′(u)φ′(v)] has b² times that with a plus
 *
 * (Pearce et al. 2019, arXiv:1905.06076; Louart et al. 2018, arXiv:1702.05419, table 1).
 *
 * @param options `a` (default 1), `b` (1, radians a unit of x), `c` (0 radians)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: Math.LN2 / 2, var1: Math.LN2 / 2, var2: Math.LN2 / 2 };
 * const { nngp } = await dual.dualActivation(stax.Sin(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 4) > 1e-15) throw new Error("(1 − exp(−log 2))/2 must be ¼");
 * ```
 */
export function Sin(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return makeSin(options);
}
