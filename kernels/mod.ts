/** The nonlinearities whose dual has a closed form, one a file. */
export { type Activation, activation } from "../lib/network/activation.ts";
export { abRelu, abs, leakyRelu, relu } from "./ab_relu.ts";
export { cos } from "./cos.ts";
export { erf } from "./erf.ts";
export { exp, type ExpOptions } from "./exp.ts";
export { expNormalized, type ExpNormalizedOptions } from "./exp_normalized.ts";
export { gabor } from "./gabor.ts";
export { gaussian, type GaussianOptions } from "./gaussian.ts";
export { gelu, type GeluOptions } from "./gelu.ts";
export { hermite } from "./hermite.ts";
export { monomial } from "./monomial.ts";
export { polynomial } from "./polynomial.ts";
export { rbf, type RbfOptions } from "./rbf.ts";
export { rectifiedMonomial } from "./rectified_monomial.ts";
export { sigmoidLike } from "./sigmoid_like.ts";
export { sign } from "./sign.ts";
export { sin } from "./sin.ts";
