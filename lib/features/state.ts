/** What layers of features hand on: features of the NNGP kernel and of the NTK, as users see them and as layers compute with them. */
import { type ArrayInput, NdArray } from "../array/mod.ts";
import type { PolyTensorSketch } from "../sketching/poly_tensor_sketch.ts";
import type { TensorSRHT } from "../sketching/tensor_srht.ts";
import { flag, requireNames, requireObject } from "../options.ts";
import {
  type ComplexArray,
  complexArray,
  type ComplexInput,
  type Parts,
  partsOf,
} from "../sketching/complex.ts";

/** Features, real or complex: (batch, …positions, width). */
export type FeatureArray = NdArray<Float64Array> | ComplexArray;

/** Features of points, whose real inner products are about the kernels of a network. */
export interface Features {
  /** Features of the NNGP kernel, without their norms where there are `norms` */
  readonly nngp: FeatureArray;
  /** Features of the NTK, over the same norms; null where it is 0, before the first weights */
  readonly ntk: FeatureArray | null;
  /** The norms of the features `nngp`, (batch, …positions, 1); null where features have their norms, as at the end of `serial` */
  readonly norms: NdArray<Float64Array> | null;
  /** Whether the next convolution puts the shifts along the first axis of positions innermost, and not those along the last */
  readonly isReversed: boolean;
}

/** The shapes of features; the batch may be −1. */
export interface FeatureShape {
  /** The shape of the features of the NNGP kernel, whose width counts real numbers: two for a complex feature */
  readonly nngp: readonly number[];
  /** The same for the NTK; null where there are none */
  readonly ntk: readonly number[] | null;
  /** Whether features are complex */
  readonly isComplex: boolean;
}

/** `Features` as layers compute with them. */
export interface State {
  readonly nngp: Parts;
  readonly ntk: Parts | null;
  /** One an example and position */
  readonly norms: Float64Array | null;
  readonly isReversed: boolean;
}

/** The random choices of `ExpNormalizedFeatures`. */
export interface SketchInputs {
  /** The sketch of powers */
  readonly polySketch: PolyTensorSketch;
  /** The sketch of products with features of the NTK; null where there are none */
  readonly tensorSRHT: TensorSRHT | null;
}

/** The random choices of `ActivationFeatures`: signs of the projections, a list a round; their length is that of the projections. */
export interface ActivationInputs {
  /** Of the features of the NNGP kernel, shape [3, columns] */
  readonly nngp: NdArray<Float64Array>;
  /** Of those of the NTK, shape [1, columns]; null where there are none */
  readonly ntk: NdArray<Float64Array> | null;
}

/** What a layer is applied to: features, or points (batch, …positions, features). */
export type FeatureInput = ArrayInput | Features;

/** A copy of what a layer is applied to, after checking it; points are features with the factor 1/√width. */
export function stateOf(layer: string, input: FeatureInput): State {
  const action = `apply ${layer}`;
  if (!isFeatures(input)) return { nngp: pointsOf(action, input), ntk: null, norms: null, isReversed: false };
  const names = ["nngp", "ntk", "norms", "isReversed"];
  requireNames(action, "its input", names, requireObject(action, "its input", input));
  const nngp = featuresIn(action, input.nngp, "nngp");
  const ntk = input.ntk === null ? null : featuresIn(action, input.ntk, "ntk");
  if (ntk) requireLeading(action, "ntk", ntk.shape, nngp, ntk.shape[ntk.shape.length - 1]);
  const norms = input.norms === null ? null : partsOf(input.norms, "norms");
  if (norms) requireLeading(action, "norms", norms.shape, nngp, 1);
  return { nngp, ntk, norms: norms && norms.re, isReversed: flag(action, "isReversed", input.isReversed) };
}

const isFeatures = (input: FeatureInput): input is Features =>
  typeof input === "object" && input !== null && "nngp" in input;

function pointsOf(action: string, input: ArrayInput): Parts {
  const { shape, re } = featuresIn(action, input, "x");
  const factor = 1 / Math.sqrt(shape[shape.length - 1]);
  return { shape, re: re.map((value) => value * factor), im: null };
}

function featuresIn(action: string, input: ComplexInput, name: string): Parts {
  const parts = partsOf(input, name);
  if (parts.shape.length >= 2) return parts;
  throw new TypeError(
    `Cannot ${action} as the shape of ${name} must be [batch, …positions, width]: current value is [${
      parts.shape.join(", ")
    }]`,
  );
}

/** Refuses an array whose examples and positions are not those of the NNGP features. */
function requireLeading(
  action: string,
  name: string,
  shape: readonly number[],
  nngp: Parts,
  width: number,
): void {
  const must = [...nngp.shape.slice(0, -1), width];
  if (String(shape) === String(must)) return;
  throw new TypeError(
    `Cannot ${action} as the shape of ${name} must be [${must.join(", ")}]: current value is [${
      shape.join(", ")
    }]`,
  );
}

/** A state as users see it. */
export function featuresOf({ nngp, ntk, norms, isReversed }: State): Features {
  return {
    nngp: arrayOf(nngp),
    ntk: ntk && arrayOf(ntk),
    norms: norms && new NdArray(norms, [...nngp.shape.slice(0, -1), 1]),
    isReversed,
  };
}

const arrayOf = (parts: Parts): FeatureArray =>
  parts.im ? complexArray(parts) : new NdArray(parts.re, parts.shape);
