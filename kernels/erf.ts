/** The error function as a nonlinearity. */
import { type Activation, activation } from "../lib/network/activation.ts";
import type { Expr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { roomForProducts } from "../lib/room.ts";
import { requireScale } from "./parameters.ts";

/** Scale and shift of an error function. */
export interface ErfOptions {
  /** Output scale; 1 unless given. */
  readonly a?: number;
  /** Input scale; 1 unless given. */
  readonly b?: number;
  /** Output shift; 0 unless given. */
  readonly c?: number;
}

/**
 * φ(x) = a·erf(bx) + c, with R = √(1 + 2b²(var1 + var2) + 4b⁴det):
 *
 * E[φ(u)φ(v)] = (2a²/π)·atan2(2b²cov, R) + c²,  E[φ′(u)φ′(v)] = 4a²b²/(πR).
 *
 * R² is (1+2b²var1)(1+2b²var2) − 4b⁴cov² as a sum of positive terms: the product form loses all digits for large variances.
 *
 * @throws {RangeError} if a parameter is not finite or above 1e9 in size.
 * @see Williams 1997, "Computing with infinite networks".
 *
 * @example Orthogonal points leave the shift only
 * ```ts
 * import { evaluate, variable } from "../lib/expr/mod.ts";
 * import { momentsOf } from "../lib/moments.ts";
 * import { erf } from "./erf.ts";
 * const [c, v, same] = ["c", "v", "same"].map((name) => variable(name));
 * const nngp = erf({ c: 0.5 }).nngp(momentsOf(c, v, v, same));
 * if (evaluate(nngp, { c: 0, v: 1, same: 0 }) !== 0.25) throw new Error("E must be c²");
 * ```
 */
export function erf({ a = 1, b = 1, c = 0 }: ErfOptions = {}): Activation {
  requireScale("Erf", { a, b, c });
  // R and 2b²·cov are divided by 2b² where that is above 2, so that b⁴·det does not overflow.
  const square = 2 * b * b;
  const [scale, one] = square > 2 ? [1, 1 / square] : [square, 1];
  const root = ({ var1, var2, det }: Moments): Expr =>
    var1.mul(scale * one).add(var2.mul(scale * one)).add(det.mul(scale * scale)).add(one * one).sqrt();
  return activation({
    fn: (x) => x.mul(b).erf().mul(a).add(c),
    nngp: (m) => m.cov.mul(scale).atan2(root(m)).mul(2 * a * a / Math.PI).add(c * c),
    dNngp: (m) => root(m).reciprocal().mul(2 * a * a * scale / Math.PI),
    room: roomForProducts(2),
  });
}
