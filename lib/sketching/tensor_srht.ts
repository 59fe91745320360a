/** Sketches of tensor products of two vectors. */
import { type ArrayInput, NdArray } from "../array/mod.ts";
import { flag, integer, requireNames, requireObject, withDefaults, wrongType } from "../options.ts";
import { type Key, split } from "../random/mod.ts";
import { answering } from "../pause.ts";
import { type ComplexArray, complexArray, type ComplexInput, type Parts, rowsOf } from "./complex.ts";
import type { Hash } from "./compute.ts";
import { drawIndices, drawSigns, indicesOf, requireShape, signsOf } from "./draws.ts";

/** The random choices of a `TensorSRHT`. */
export interface TensorSRHTDraws {
  /** Signs of the entries of the first vector, −1 or 1 */
  readonly signs1: ArrayInput;
  /** Signs of the entries of the second vector, −1 or 1 */
  readonly signs2: ArrayInput;
  /** The m frequencies that are kept of the first vector */
  readonly indices1: ArrayInput;
  /** The m frequencies that are kept of the second vector */
  readonly indices2: ArrayInput;
}

/** The sizes of a `TensorSRHT`. */
export interface TensorSRHTSizes {
  /** Entries of the first vector */
  readonly inputDim1: number;
  /** Entries of the second vector */
  readonly inputDim2: number;
  /** Real numbers of a sketch, which has m = ⌊sketchDim/2⌋ complex entries; at least 2 */
  readonly sketchDim: number;
}

/** How a sketch is given. */
export interface SketchOptions<Real extends boolean = boolean> {
  /** As real numbers, all real parts before all imaginary parts; false unless given */
  readonly realOutput?: Real;
}

const BUILD = "build TensorSRHT";

/**
 * A random sketch of tensor products, the subsampled randomized transform of Ahle et al. 2020 (arXiv:1909.01410) with Fourier
 * transforms:
 *
 * S(x₁ ⊗ x₂) = √(1/m)·F(x₁∘s₁)[i₁] ∘ F(x₂∘s₂)[i₂]
 *
 * for random signs s and m random frequencies i, so that E⟨S(x₁ ⊗ x₂), S(y₁ ⊗ y₂)⟩ = ⟨x₁, y₁⟩·⟨x₂, y₂⟩.
 *
 * `draw` makes one from a key; the constructor takes choices that were made before.
 *
 * @throws {TypeError} if signs or indices are of the wrong shape, or lacking.
 * @throws {RangeError} if a sign is neither −1 nor 1, or an index none of the vector's.
 *
 * @example All frequencies of two vectors
 * ```ts
 * import assert from "node:assert/strict";
 * import { sketching } from "../../mod.ts";
 *
 * const srht = new sketching.TensorSRHT({ signs1: [1, 1], signs2: [-1], indices1: [0, 1], indices2: [0, 0] });
 * const { re } = await srht.sketch([[4, 2]], [[1]]);
 * assert.deepEqual(re.toNested(), [[-6 * Math.sqrt(1 / 2), -2 * Math.sqrt(1 / 2)]]);
 * ```
 */
export class TensorSRHT {
  /** Signs of the entries of the first vector. */
  readonly signs1: NdArray<Float64Array>;
  /** Signs of the entries of the second vector. */
  readonly signs2: NdArray<Float64Array>;
  /** Frequencies that are kept of the first vector. */
  readonly indices1: NdArray<Float64Array>;
  /** Frequencies that are kept of the second vector. */
  readonly indices2: NdArray<Float64Array>;

  /** A sketch of given random choices. */
  constructor(draws: TensorSRHTDraws) {
    const names = ["signs1", "signs2", "indices1", "indices2"] as const;
    requireNames(BUILD, "its draws", names, requireObject(BUILD, "draws", draws));
    this.signs1 = signsOf(BUILD, "signs1", draws.signs1, 1);
    this.signs2 = signsOf(BUILD, "signs2", draws.signs2, 1);
    this.indices1 = indicesOf(BUILD, "indices1", draws.indices1, 1, this.signs1.size);
    this.indices2 = indicesOf(BUILD, "indices2", draws.indices2, 1, this.signs2.size);
    requireShape(BUILD, "indices2", this.indices2, this.indices1.shape);
  }

  /**
   * A sketch of random choices that follow from a key, those of the Python package `ntk_activations` with JAX.
   *
   * @throws {RangeError} if a size is not a positive integer, or `sketchDim` below 2.
   */
  static draw(key: Key, sizes: TensorSRHTSizes): TensorSRHT {
    const action = "draw TensorSRHT";
    const names = ["inputDim1", "inputDim2", "sketchDim"];
    requireNames(action, "its sizes", names, requireObject(action, "sizes", sizes));
    const inputDim1 = integer(action, "inputDim1", sizes.inputDim1, 1);
    const inputDim2 = integer(action, "inputDim2", sizes.inputDim2, 1);
    const kept = Math.floor(integer(action, "sketchDim", sizes.sketchDim, 2) / 2);
    const [k1, k2, k3, k4] = split(key, 4);
    return new TensorSRHT({
      signs1: drawSigns(k1, [inputDim1]),
      signs2: drawSigns(k2, [inputDim2]),
      indices1: drawIndices(k3, inputDim1, [kept]),
      indices2: drawIndices(k4, inputDim2, [kept]),
    });
  }

  /** Entries of the first vector. */
  get inputDim1(): number {
    return this.signs1.size;
  }

  /** Entries of the second vector. */
  get inputDim2(): number {
    return this.signs2.size;
  }

  /** Complex entries of a sketch. */
  get outputDim(): number {
    return this.indices1.size;
  }

  /**
   * The sketches of x₁ ⊗ x₂ for the rows of two matrices, real or complex, (n, inputDim1) and (n, inputDim2): n rows of m complex
   * numbers, or with `realOutput` of 2m real ones, first all real parts.
   *
   * @throws {TypeError} for other shapes, and `RangeError` for entries that are not finite.
   */
  sketch(x1: ComplexInput, x2: ComplexInput, options: SketchOptions<true>): Promise<NdArray<Float64Array>>;
  /** The sketches as complex numbers. */
  sketch(x1: ComplexInput, x2: ComplexInput, options?: SketchOptions<false>): Promise<ComplexArray>;
  async sketch(
    x1: ComplexInput,
    x2: ComplexInput,
    options: SketchOptions = {},
  ): Promise<ComplexArray | NdArray<Float64Array>> {
    const { realOutput } = withDefaults<Required<SketchOptions>>("sketch", { realOutput: false }, options);
    flag("sketch", "realOutput", realOutput);
    const a = rowsOf("sketch", x1, "x1", this.inputDim1, "inputDim1 numbers a row");
    const b = rowsOf("sketch", x2, "x2", this.inputDim2, "inputDim2 numbers a row");
    if (a.shape[0] !== b.shape[0]) {
      throw wrongType("sketch", "the number of rows of x2", `${a.shape[0]}, as that of x1`, b.shape[0]);
    }
    const { tensorSketch } = await import("./compute.ts");
    const result = await answering(tensorSketch(a, b, hashesOf(this)));
    return realOutput ? realArray(result) : complexArray(result);
  }
}

/** Signs and places of both vectors, as the computation takes them. */
export const hashesOf = (srht: TensorSRHT): readonly [Hash, Hash] => [
  { signs: srht.signs1.data, indices: srht.indices1.data },
  { signs: srht.signs2.data, indices: srht.indices2.data },
];

/** Real parts, then imaginary parts, in each row. */
function realArray({ shape: [count, width], re, im }: Parts): NdArray<Float64Array> {
  const data = new Float64Array(2 * count * width);
  for (let row = 0; row < count; row++) {
    const [start, end] = [row * width, (row + 1) * width];
    data.set(re.subarray(start, end), 2 * start);
    if (im) data.set(im.subarray(start, end), 2 * start + width);
  }
  return new NdArray(data, [count, 2 * width]);
}
