/** The layer of the normalised exponential kernel. */
import { integer, nonNegative, requireNames, requireObject, wrongType } from "../options.ts";
import { split } from "../random/mod.ts";
import { MOST_DEGREE, PolyTensorSketch } from "../sketching/poly_tensor_sketch.ts";
import { TensorSRHT } from "../sketching/tensor_srht.ts";
import { type FeatureLayer, featureLayer } from "./layer.ts";
import type { SketchInputs } from "./state.ts";

/** Options of `ExpNormalizedFeatures`. */
export interface ExpNormalizedFeaturesOptions {
  /** Real numbers of the features of the NTK, at least 2 */
  readonly sketchDim: number;
  /** Real numbers of the features of the NNGP kernel, at least 8 */
  readonly polySketchDim: number;
  /** The highest power of the correlation; default 8 */
  readonly polyDegree?: number;
  /** Factor of the exponent, ≥ 0, `gamma` of `stax.ExpNormalized`; default 1 */
  readonly a?: number;
}

const NAME = "ExpNormalizedFeatures";
const BUILD = `build ${NAME}`;

/**
 * Features of `stax.ExpNormalized`: K′ = √(K(x, x)·K(y, y))·Σₖ e⁻ᵃ·aᵏ/k!·ρᵏ up to k = `polyDegree`, with ρ the correlation, and
 * Θ′ = a·Σₖ e⁻ᵃ·aᵏ/k!·ρᵏ·Θ, where powers and products are sketched (Han et al. 2022, arXiv:2209.04121). Inner products are unbiased but for
 * the rest of the series; their errors are of the order of √(2/`polySketchDim`).
 *
 * Features become complex: ⌊polySketchDim/2⌋ and ⌊sketchDim/2⌋ of them.
 *
 * @throws {RangeError} if a size is not an integer or too small, or `a` negative.
 * @throws {TypeError} for an unknown option, and when it is applied for choices that do not fit.
 *
 * @example The kernel of a point with itself
 * ```ts
 * import { features, random } from "../../mod.ts";
 *
 * const { serial, DenseFeatures, ExpNormalizedFeatures } = features;
 * const network = serial(DenseFeatures(1), ExpNormalizedFeatures({ sketchDim: 1024, polySketchDim: 4096 }));
 * const [, inputs] = network.initFn(random.key(0), [1, 2]);
 * const { nngp } = await network.featureFn([[1, 1]], inputs);
 * if (!("re" in nngp)) throw new Error("sketches are complex");
 * const norm = [...nngp.re.data, ...nngp.im.data].reduce((sum, value) => sum + value ** 2, 0);
 * if (Math.abs(norm - 1) > 0.1) throw new Error("exp(1 − 1) must be about 1");
 * ```
 */
export function ExpNormalizedFeatures(options: ExpNormalizedFeaturesOptions): FeatureLayer<SketchInputs> {
  const names = ["sketchDim", "polySketchDim", "polyDegree", "a"];
  requireNames(BUILD, "its options", names, requireObject(BUILD, "its options", options));
  const sketchDim = integer(BUILD, "sketchDim", options.sketchDim, 2);
  const polySketchDim = integer(BUILD, "polySketchDim", options.polySketchDim, 8);
  const polyDegree = integer(BUILD, "polyDegree", options.polyDegree ?? 8, 1, MOST_DEGREE);
  const a = nonNegative(BUILD, "a", options.a ?? 1);
  const coefficients = seriesOfExp(a, polyDegree);
  const slopes = coefficients.map((c) => a * c);
  return featureLayer<SketchInputs>(
    NAME,
    ({ nngp, ntk, isComplex }, key) => {
      const [first, second] = split(key);
      const widthOf = (shape: readonly number[]) => shape[shape.length - 1] / (isComplex ? 2 : 1);
      const polySketch = PolyTensorSketch.draw(first, {
        inputDim: widthOf(nngp),
        sketchDim: polySketchDim,
        degree: polyDegree,
      });
      const tensorSRHT = ntk && TensorSRHT.draw(second, {
        inputDim1: widthOf(ntk),
        inputDim2: polySketch.signs.size,
        sketchDim,
      });
      const shape = {
        nngp: [...nngp.slice(0, -1), 2 * polySketch.outputDim],
        ntk: tensorSRHT && [...nngp.slice(0, -1), 2 * tensorSRHT.outputDim],
        isComplex: true,
      };
      return [shape, { polySketch, tensorSRHT }];
    },
    (compute, state, inputs) =>
      compute.expNormalized(state, coefficients, slopes, checked(inputs, polyDegree)),
  );
}

/** e⁻ᵃ·aᵏ/k! up to the degree. */
function seriesOfExp(a: number, degree: number): number[] {
  const terms = [Math.exp(-a)];
  for (let k = 1; k <= degree; k++) terms.push(terms[k - 1] * a / k);
  return terms;
}

function checked(inputs: SketchInputs, degree: number): SketchInputs {
  const apply = `apply ${NAME}`;
  requireNames(apply, "inputs", ["polySketch", "tensorSRHT"], requireObject(apply, "inputs", inputs));
  const { polySketch, tensorSRHT } = inputs;
  if (!(polySketch instanceof PolyTensorSketch)) {
    throw wrongType(apply, "inputs.polySketch", "a PolyTensorSketch", polySketch);
  }
  if (polySketch.degree !== degree) {
    throw wrongType(apply, "the degree of inputs.polySketch", `${degree}, as polyDegree`, polySketch.degree);
  }
  if (tensorSRHT === null) return inputs;
  if (!(tensorSRHT instanceof TensorSRHT)) {
    throw wrongType(apply, "inputs.tensorSRHT", "a TensorSRHT or null", tensorSRHT);
  }
  if (tensorSRHT.inputDim2 !== polySketch.signs.size) {
    throw wrongType(
      apply,
      "inputs.tensorSRHT.inputDim2",
      `${polySketch.signs.size}, the width of a series`,
      tensorSRHT.inputDim2,
    );
  }
  return inputs;
}
