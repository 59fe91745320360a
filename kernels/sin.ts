/** The sine as a nonlinearity. */
import { type Activation, activation } from "../lib/network/activation.ts";
import { harmonicDual } from "./harmonic.ts";
import { requireScale } from "./parameters.ts";

/** Scale, frequency and phase of a wave. */
export interface WaveOptions {
  /** Output scale; 1 unless given. */
  readonly a?: number;
  /** Frequency in radians per unit of input; 1 unless given. */
  readonly b?: number;
  /** Phase in radians; 0 unless given. */
  readonly c?: number;
}

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
export function sin({ a = 1, b = 1, c = 0 }: WaveOptions = {}): Activation {
  requireScale("Sin", { a, b, c });
  return activation({
    fn: (x) => x.mul(b).add(c).sin().mul(a),
    ...harmonicDual({ odd: a * Math.cos(c), even: a * Math.sin(c), b }),
  });
}
