/** The cosine as a nonlinearity. */
import { type Activation, activation } from "../lib/network/activation.ts";
import { harmonicDual } from "./harmonic.ts";
import { requireScale } from "./parameters.ts";
import type { WaveOptions } from "./sin.ts";

/**
 * φ(x) = a·cos(bx + c):
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) + cos 2c·exp(−b²(s + cov))) with s = (var1 + var2)/2; the derivative has a minus and b².
 *
 * @throws {RangeError} if a parameter is not finite or above 1e9 in size.
 * @see Louart et al. 2018 (arXiv:1702.05419), table 1.
 *
 * @example cos 0 = 1
 * ```ts
 * import { evaluate, variable } from "../lib/expr/mod.ts";
 * import { diagonalMoments } from "../lib/moments.ts";
 * import { cos } from "./cos.ts";
 * if (evaluate(cos().nngp(diagonalMoments(variable("v"))), { v: 0 }) !== 1) throw new Error("cos²(0) must be 1");
 * ```
 */
export function cos({ a = 1, b = 1, c = 0 }: WaveOptions = {}): Activation {
  requireScale("Cos", { a, b, c });
  return activation({
    fn: (x) => x.mul(b).add(c).cos().mul(a),
    ...harmonicDual({ odd: -a * Math.sin(c), even: a * Math.cos(c), b }),
  });
}
