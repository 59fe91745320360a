/**
 * Random sketches of tensor products and of powers of vectors: short vectors whose inner products are about those of long ones
 * (Ahle et al. 2020, arXiv:1909.01410; Han et al. 2022, arXiv:2209.04121).
 */
export type { ComplexArray, ComplexInput } from "./complex.ts";
export { type SketchOptions, TensorSRHT, type TensorSRHTDraws, type TensorSRHTSizes } from "./tensor_srht.ts";
export {
  PolyTensorSketch,
  type PolyTensorSketchDraws,
  type PolyTensorSketchSizes,
} from "./poly_tensor_sketch.ts";
