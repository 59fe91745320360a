/** Special functions and Gauss quadrature in double precision. */
export { erf, erfc } from "./erf.ts";
export { erfInv } from "./erf_inv.ts";
export { gaussHermite, gaussHermiteProbabilists } from "./gauss_hermite.ts";
export { gaussLegendre } from "./gauss_legendre.ts";
export type { QuadratureRule } from "./gauss_rule.ts";
export { lgamma } from "./lgamma.ts";
export { logFactorial } from "./log_factorial.ts";
