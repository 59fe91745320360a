/** erf x = x + xP(x²) for |x| < 1, else 1 − e^Q(|x| − 1) with the sign of x. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { expInRange } from "./exp.ts";
import { polynomial } from "./polynomial.ts";

/** erf(x)/x − 1 in z = x² ≤ 1; log erfc(1 + y) in y; from `saturated` on, erf rounds to 1. */
const constants = {
  float32: {
    saturated: 3.95,
    small: [
      0.12837916612625122,
      -0.3761262595653534,
      0.11283600330352783,
      -0.026854444295167923,
      0.005189535208046436,
      -0.0008020841632969677,
      7.88912147982046e-5,
    ],
    logComplement: [
      -1.8496055603027344,
      -2.6389667987823486,
      -0.8431183099746704,
      -0.04150068759918213,
      0.00989089161157608,
      -0.0018261629156768322,
      0.00018557391013018787,
    ],
  },
  float64: {
    saturated: 6,
    small: [
      0.12837916709551256,
      -0.3761263890318355,
      0.11283791670945252,
      -0.026866170643276024,
      0.005223977607422219,
      -0.0008548325989650256,
      0.00012055295319441906,
      -1.4924744648634377e-5,
      1.6447517554440965e-6,
      -1.6209175345773597e-7,
      1.3722975224490983e-8,
      -7.801189188553429e-10,
    ],
    logComplement: [
      -1.8496055099332482,
      -2.6389675142347757,
      -0.8431072563594127,
      -0.041561098025079304,
      0.010033825179128292,
      -0.0019779012159478293,
      0.0002373164357540309,
      2.6296323351842677e-5,
      -2.7198964616432818e-5,
      9.671364814763323e-6,
      -2.131927010392775e-6,
      2.0480226295346736e-7,
      5.8016846889916366e-8,
      -3.339329625393569e-8,
      8.519322294561266e-9,
      -1.3192009868901628e-9,
      1.1933623755977976e-10,
      -4.865510319957718e-12,
    ],
  },
};

/** erf x within 1.5 ULP, odd, exactly ±1 for large |x|. */
export function erf(precision: DType, x: Expr): Expr {
  const { saturated, small, logComplement } = constants[precision];
  const magnitude = x.abs();
  const z = magnitude.min(1).square();
  const near = x.add(x.mul(polynomial(z, small)));
  const y = magnitude.max(1).min(saturated).sub(1);
  const far = constant(1).sub(expInRange(precision, polynomial(y, logComplement)));
  return magnitude.lt(1).select(near, x.lt(0).select(far.neg(), far));
}
