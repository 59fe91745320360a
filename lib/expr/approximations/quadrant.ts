/** Sine and cosine after a reduction by quarter turns: x = q·π/2 + r with |r| ≤ π/4. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { asRounded, polynomial } from "./polynomial.ts";

/**
 * π/2 in parts so short that q·part is exact (Cody–Waite), for |q| < 2¹³ in float32 and 2²⁰ in float64;
 * (sin(r)/r − 1)/r² and (cos(r) − 1 + r²/2)/r⁴ in z = r².
 */
const constants = {
  float32: {
    parts: [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.5633440682570896e-12],
    sine: [
      -0.16666655242443085,
      0.008332150988280773,
      -0.00019513521692715585,
    ],
    cosine: [
      0.04166664555668831,
      -0.0013887331588193774,
      2.4434213628410362e-5,
    ],
  },
  float64: {
    parts: [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21],
    sine: [
      -0.1666666666666663,
      0.00833333333332177,
      -0.00019841269829270095,
      2.7557313498488742e-6,
      -2.5050726846354665e-8,
      1.589493079503159e-10,
    ],
    cosine: [
      0.041666666666666595,
      -0.0013888888888873253,
      2.4801587288914232e-5,
      -2.7557314181970744e-7,
      2.087569933085153e-9,
      -1.1358370560889325e-11,
    ],
  },
};

/** sin(x + shift·π/2). */
export function sineOfShifted(precision: DType, x: Expr, shift: 0 | 1): Expr {
  const q = x.mul(2 / Math.PI).add(0.5).floor();
  const r = reduce(precision, x, q);
  const quadrant = q.add(shift);
  const half = quadrant.mul(0.5).floor();
  const odd = half.mul(2).lt(quadrant);
  const negative = half.mul(0.5).floor().mul(2).lt(half);
  const value = odd.select(cosine(precision, r), sine(precision, r));
  return negative.select(value.neg(), value);
}

/** x − q·π/2, part by part; the bounds keep sine and cosine within [−1, 1] when x is too large to have digits left. */
function reduce(precision: DType, x: Expr, q: Expr): Expr {
  const r = constants[precision].parts.reduce((rest, part) => asRounded(rest).sub(q.mul(part)), x);
  return r.max(-0.79).min(0.79);
}

function sine(precision: DType, r: Expr): Expr {
  const z = r.square();
  return r.add(r.mul(z).mul(polynomial(z, constants[precision].sine)));
}

function cosine(precision: DType, r: Expr): Expr {
  const z = r.square();
  return z.mul(0.5).sub(z.square().mul(polynomial(z, constants[precision].cosine))).neg().add(1);
}
