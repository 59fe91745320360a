/** Sketches of the powers of a vector, and of series of them. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import { integer, outOfRange, requireNames, requireObject, wrongType } from "../options.ts";
import { type Key, split } from "../random/mod.ts";
import { answering } from "../pause.ts";
import {
  type ComplexArray,
  complexArray,
  type ComplexInput,
  type Parts,
  partsOf,
  rowsOf,
} from "./complex.ts";
import type { Hash, Tree } from "./compute.ts";
import { drawIndices, drawSigns, indicesOf, requireShape, signsOf } from "./draws.ts";

/** The sizes of a `PolyTensorSketch`. */
export interface PolyTensorSketchSizes {
  /** Entries of a vector */
  readonly inputDim: number;
  /** Real numbers of a compressed series; a power has s = ⌊sketchDim/4⌋ − 1 complex entries. At least 8 */
  readonly sketchDim: number;
  /** The highest power, at least 1 */
  readonly degree: number;
}

/** The random choices of a `PolyTensorSketch`, with s the number of entries of the sketch of a power. */
export interface PolyTensorSketchDraws {
  /** Signs −1 and 1 of each level of the tree, (nodes, 2, entries): first of the vector, then of sketches */
  readonly treeSigns: readonly ArrayInput[];
  /** The frequencies that are kept at each level of the tree, (nodes, 2, s) */
  readonly treeIndices: readonly ArrayInput[];
  /** Signs of a series, 1 + degree·s */
  readonly signs: ArrayInput;
  /** The frequencies of a series that are kept, ⌊sketchDim/2⌋ */
  readonly indices: ArrayInput;
}

const BUILD = "build PolyTensorSketch";

/**
 * Random sketches of the powers x^⊗1 … x^⊗degree of vectors, each with s = ⌊sketchDim/4⌋ − 1 complex entries, so that
 * E⟨Sₖ(x), Sₖ(y)⟩ = ⟨x, y⟩ᵏ: a binary tree whose leaves are x and whose nodes are the sketch `TensorSRHT` of their two branches
 * (Ahle et al. 2020, arXiv:1909.01410; Han et al. 2022, arXiv:2209.04121). A lower power has e₁ = (1, 0, …, 0) for the leaves that are
 * too many, which is also how degrees that are no powers of two fit into the tree.
 *
 * `draw` makes one from a key; the constructor takes choices that were made before.
 *
 * @throws {TypeError} if signs or indices are of the wrong shape, or lacking.
 * @throws {RangeError} if a sign is neither −1 nor 1, or an index none of those that there are.
 *
 * @example An unbiased estimate of a square
 * ```ts
 * import { random, sketching } from "../../mod.ts";
 *
 * const sizes = { inputDim: 2, sketchDim: 4096, degree: 2 };
 * const [square] = await sketching.PolyTensorSketch.draw(random.key(0), sizes).sketch([[0.6, 0.8]]);
 * const estimate = [...square.re.data, ...square.im.data].reduce((sum, value) => sum + value ** 2, 0);
 * if (Math.abs(estimate - 1) > 0.1) throw new Error("⟨x, x⟩² must be about 1");
 * ```
 */
export class PolyTensorSketch {
  /** Signs of each level of the tree, (nodes, 2, entries). */
  readonly treeSigns: readonly NdArray<Float64Array>[];
  /** Frequencies that are kept at each level of the tree, (nodes, 2, s). */
  readonly treeIndices: readonly NdArray<Float64Array>[];
  /** Signs of a series. */
  readonly signs: NdArray<Float64Array>;
  /** Frequencies that are kept of a series. */
  readonly indices: NdArray<Float64Array>;
  /** The highest power. */
  readonly degree: number;

  /** A sketch of given random choices. */
  constructor(draws: PolyTensorSketchDraws) {
    const names = ["treeSigns", "treeIndices", "signs", "indices"] as const;
    requireNames(BUILD, "its draws", names, requireObject(BUILD, "draws", draws));
    const [signs, indices] = [
      levelsOf("treeSigns", draws.treeSigns),
      levelsOf("treeIndices", draws.treeIndices),
    ];
    if (indices.length !== signs.length) {
      throw wrongType(BUILD, "the length of treeIndices", `${signs.length}, as of treeSigns`, indices.length);
    }
    this.treeSigns = signs.map((level, i) => signsOf(BUILD, `treeSigns[${i}]`, level, 3));
    this.treeIndices = indices.map((level, i) =>
      indicesOf(BUILD, `treeIndices[${i}]`, level, 3, this.treeSigns[i].shape[2])
    );
    requireTree(this.treeSigns, this.treeIndices);
    this.signs = signsOf(BUILD, "signs", draws.signs, 1);
    this.indices = indicesOf(BUILD, "indices", draws.indices, 1, this.signs.size);
    this.degree = (this.signs.size - 1) / this.powerDim;
    const leaves = 2 ** this.treeSigns.length;
    if (!Number.isInteger(this.degree) || this.degree < 1 || leavesOf(this.degree) !== leaves) {
      throw wrongType(
        BUILD,
        "the length of signs",
        `1 + degree·${this.powerDim} for a degree that needs ${leaves} leaves`,
        this.signs.size,
      );
    }
  }

  /**
   * A sketch of random choices that follow from a key: for degrees that are powers of two those of the Python package
   * `ntk_activations` with JAX.
   *
   * @throws {RangeError} if a size is not a positive integer, or `sketchDim` below 8.
   */
  static draw(key: Key, sizes: PolyTensorSketchSizes): PolyTensorSketch {
    const action = "draw PolyTensorSketch";
    const names = ["inputDim", "sketchDim", "degree"];
    requireNames(action, "its sizes", names, requireObject(action, "sizes", sizes));
    const inputDim = integer(action, "inputDim", sizes.inputDim, 1);
    const sketchDim = integer(action, "sketchDim", sizes.sketchDim, 8);
    const degree = integer(action, "degree", sizes.degree, 1, MOST_DEGREE);
    const s = Math.floor(sketchDim / 4) - 1;
    const treeSigns: NdArray[] = [], treeIndices: NdArray[] = [];
    let [chain, last] = split(key);
    for (let nodes = leavesOf(degree) / 2, dim = inputDim; nodes >= 1; nodes /= 2, dim = s) {
      const [forSigns, forIndices] = split(chain);
      treeSigns.push(drawSigns(forSigns, [nodes, 2, dim]));
      treeIndices.push(drawIndices(forIndices, dim, [nodes, 2, s]));
      chain = forSigns;
    }
    const [forSigns, forIndices] = split(last);
    return new PolyTensorSketch({
      treeSigns,
      treeIndices,
      signs: drawSigns(forSigns, [1 + degree * s]),
      indices: drawIndices(forIndices, 1 + degree * s, [Math.floor(sketchDim / 2)]),
    });
  }

  /** Entries of a vector. */
  get inputDim(): number {
    return this.treeSigns[0].shape[2];
  }

  /** Complex entries of the sketch of a power, s. */
  get powerDim(): number {
    return this.treeIndices[0].shape[2];
  }

  /** Complex entries of a compressed series. */
  get outputDim(): number {
    return this.indices.size;
  }

  /**
   * The sketches of x^⊗degree, x^⊗(degree − 1), …, x for the rows of a matrix, real or complex, (n, inputDim): (n, s) each.
   *
   * @throws {TypeError} for another shape, and `RangeError` for entries that are not finite.
   */
  async sketch(x: ComplexInput): Promise<ComplexArray[]> {
    const rows = rowsOf("sketch", x, "x", this.inputDim, "inputDim numbers a row");
    const { powerSketches } = await import("./compute.ts");
    return (await answering(powerSketches(rows, treeOf(this), this.degree))).map(complexArray);
  }

  /**
   * Features of a series Σ cₖ·⟨x, y⟩ᵏ with the coefficients c₀, …, c_degree: rows [√c₀, √c₁·S₁, √c₂·S₂, …], (n, 1 + degree·s),
   * of what `sketch` returns.
   *
   * @throws {RangeError} for a negative coefficient: it has no real root.
   * @throws {TypeError} if there are not degree + 1 of them, or for other sketches.
   */
  expandFeatures(sketches: readonly ComplexArray[], coefficients: ArrayInput): ComplexArray {
    const c = coefficientsOf(coefficients, this.degree);
    if (!Array.isArray(sketches) || sketches.length !== this.degree) {
      throw wrongType(
        "expand features",
        "sketches",
        `a list of length ${this.degree}, one a power`,
        sketches,
      );
    }
    const ascending = sketches.map((power, i) =>
      rowsOf("expand features", power, `sketches[${i}]`, this.powerDim, "as sketch gives it")
    ).reverse();
    ascending.forEach(({ shape: [count] }, i) => {
      if (count === ascending[0].shape[0]) return;
      throw wrongType(
        "expand features",
        `the number of rows of sketches[${this.degree - 1 - i}]`,
        `${ascending[0].shape[0]}`,
        count,
      );
    });
    return complexArray(seriesOf(ascending, c));
  }

  /**
   * Fewer features with about the same inner products: √(1/m)·F(z∘signs)[indices] for the rows z of what `expandFeatures` returns,
   * (n, m) with m = ⌊sketchDim/2⌋.
   *
   * @throws {TypeError} for another shape, and `RangeError` for entries that are not finite.
   */
  async standardSRHT(features: ComplexInput): Promise<ComplexArray> {
    const width = this.signs.size;
    const rows = rowsOf("sketch", features, "features", width, "1 + degree·s numbers a row");
    const { transformed } = await import("./compute.ts");
    return complexArray(await answering(transformed(rows, hashOf(this), Math.sqrt(1 / this.outputDim))));
  }
}

/** Far beyond what coefficients of series reach, and not too many leaves. */
export const MOST_DEGREE = 1024;

/** Leaves of the smallest tree of a degree, at least one node. */
const leavesOf = (degree: number) => Math.max(2, 2 ** Math.ceil(Math.log2(degree)));

function levelsOf(name: string, levels: readonly ArrayInput[]): readonly ArrayInput[] {
  if (Array.isArray(levels) && levels.length > 0) return levels;
  throw wrongType(BUILD, name, "a list of arrays, one a level of the tree", levels);
}

/** Refuses a tree whose levels do not fit each other. */
function requireTree(signs: readonly NdArray[], indices: readonly NdArray[]): void {
  const s = indices[0].shape[2];
  for (let i = 0; i < signs.length; i++) {
    const nodes = 2 ** (signs.length - 1 - i);
    requireShape(BUILD, `treeSigns[${i}]`, signs[i], [nodes, 2, i === 0 ? signs[0].shape[2] : s]);
    requireShape(BUILD, `treeIndices[${i}]`, indices[i], [nodes, 2, s]);
  }
}

/** The signs and places of all nodes, as the computation takes them. */
export function treeOf({ treeSigns, treeIndices }: PolyTensorSketch): Tree {
  const part = ({ data, shape }: NdArray, node: number, side: number) =>
    data.subarray((2 * node + side) * shape[2], (2 * node + side + 1) * shape[2]);
  return treeSigns.map((signs, level) =>
    Array.from({ length: signs.shape[0] }, (_, node) => {
      const side = (which: number): Hash => ({
        signs: part(signs, node, which),
        indices: part(treeIndices[level], node, which),
      });
      return [side(0), side(1)] as const;
    })
  );
}

/** The signs and places that compress a series. */
export const hashOf = ({ signs, indices }: PolyTensorSketch): Hash => ({
  signs: signs.data,
  indices: indices.data,
});

function coefficientsOf(given: ArrayInput, degree: number): Float64Array {
  const { re, shape } = partsOf(given, "coefficients");
  if (shape.length !== 1 || re.length !== degree + 1) {
    throw new TypeError(
      `Cannot expand features as the shape of coefficients must be [${
        degree + 1
      }], one from power 0 to the degree: ` +
        `current value is [${shape.join(", ")}]`,
    );
  }
  const bad = re.findIndex((c) => c < 0);
  if (bad >= 0) throw outOfRange("expand features", `coefficients[${bad}]`, "a non-negative number", re[bad]);
  return re;
}

/** [√c₀, √c₁·S₁, √c₂·S₂, …] of the sketches S₁, S₂, …. */
export function seriesOf(powers: readonly Parts[], coefficients: ArrayLike<number>): Parts {
  const [count, s] = powers[0].shape;
  const width = 1 + powers.length * s;
  const re = new Float64Array(count * width), im = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    re[row * width] = Math.sqrt(coefficients[0]);
    for (const [i, power] of powers.entries()) {
      const root = Math.sqrt(coefficients[i + 1]);
      for (let k = 0, to = row * width + 1 + i * s; k < s; k++, to++) {
        re[to] = root * power.re[row * s + k];
        im[to] = power.im ? root * power.im[row * s + k] : 0;
      }
    }
  }
  return { shape: [count, width], re, im };
}
