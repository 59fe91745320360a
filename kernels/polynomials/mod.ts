/** Probabilists' Hermite polynomials Heₙ: their values, the expansion of a function in them, and the way to monomials. */
export { hermitePolval, hermitePolvalSingle } from "./polval.ts";
export { type FitOptions, hermiteCoeffsRelu, hermitePolfit } from "./polfit.ts";
export { hermite2mono } from "./mono.ts";
