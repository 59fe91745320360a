/** What `tests/fixtures/sketch.json` holds, and comparisons with it. */
import type { NdArray } from "../lib/array/mod.ts";
import type { ComplexArray } from "../lib/sketching/complex.ts";
import { assertClose, assertDeepEquals } from "./assert.ts";
import { fixture, type FixtureArray } from "./fixtures.ts";

/** Complex numbers of a fixture. */
export interface FixtureComplex {
  shape: number[];
  re: number[];
  im: number[];
}

/** The recorded choices of a `PolyTensorSketch`. */
export interface PolyDraws {
  tree_rand_signs: FixtureArray[];
  tree_rand_inds: FixtureArray[];
  rand_signs: FixtureArray;
  rand_inds: FixtureArray;
}

/** The recorded choices of a `TensorSRHT`. */
export interface SRHTDraws {
  rand_signs1: FixtureArray;
  rand_signs2: FixtureArray;
  rand_inds1: FixtureArray;
  rand_inds2: FixtureArray;
}

interface Sketches {
  TensorSRHT: SRHTDraws & {
    seed: number;
    input_dim1: number;
    input_dim2: number;
    sketch_dim: number;
    x1: FixtureArray;
    x2: FixtureArray;
    sketch: FixtureComplex;
    sketch_real_output: FixtureArray;
  };
  PolyTensorSketch: (PolyDraws & {
    seed: number;
    x: FixtureArray;
    input_dim: number;
    sketch_dim: number;
    degree: number;
    sketch: FixtureComplex[];
    coeffs: FixtureArray;
    expand_feats: FixtureComplex;
    standardsrht: FixtureComplex;
  })[];
  features: {
    name: string;
    layers: [string, Record<string, unknown>][];
    seed: number;
    x: FixtureArray;
    out_shape_declared: number[][];
    draws: ({
      polysketch: PolyDraws;
      tensorsrht: SRHTDraws;
      kappa0_coeff: FixtureArray;
      kappa1_coeff: FixtureArray;
    } | null)[];
    nngp_feat: FixtureArray | FixtureComplex;
    ntk_feat: FixtureArray | FixtureComplex;
    norms: FixtureArray | FixtureComplex;
  }[];
}

/** The fixture. */
export const sketches: Sketches = fixture<Sketches>("sketch");

/** Recorded choices under our names. */
export const srhtDraws = (draws: SRHTDraws) => ({
  signs1: draws.rand_signs1,
  signs2: draws.rand_signs2,
  indices1: draws.rand_inds1,
  indices2: draws.rand_inds2,
});

/** Recorded choices under our names. */
export const polyDraws = (draws: PolyDraws) => ({
  treeSigns: draws.tree_rand_signs,
  treeIndices: draws.tree_rand_inds,
  signs: draws.rand_signs,
  indices: draws.rand_inds,
});

/** Fails unless the numbers are those of the fixture, within 1e-10 of the largest. */
export function assertComplex(
  actual: ComplexArray | NdArray<Float64Array>,
  expected: FixtureComplex | FixtureArray,
  message = "",
): void {
  const parts = "re" in actual ? [actual.re, actual.im] : [actual];
  const want = "re" in expected ? [expected.re, expected.im] : [expected.data];
  const atol = 1e-10 * Math.max(...want.flat().map(Math.abs));
  assertDeepEquals(parts.length, want.length, message);
  parts.forEach((part, i) => {
    assertDeepEquals(part.shape, expected.shape, message);
    assertClose(part.data, want[i], { atol, message });
  });
}

/** Re⟨x, y⟩ of rows of complex or real features. */
export function innerProduct(
  x: ComplexArray | NdArray,
  i: number,
  y: ComplexArray | NdArray,
  j: number,
): number {
  const dot = (a: NdArray, b: NdArray) => {
    const width = a.shape[a.shape.length - 1];
    let sum = 0;
    for (let k = 0; k < width; k++) sum += a.data[i * width + k] * b.data[j * width + k];
    return sum;
  };
  return "re" in x && "re" in y ? dot(x.re, y.re) + dot(x.im, y.im) : dot(x as NdArray, y as NdArray);
}
