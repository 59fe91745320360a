/**
 * What features at positions are computed by, one image after the other: a list of steps over arrays (positions, columns).
 *
 * `walk.ts` writes the steps, with all random choices in them; `run.ts` runs them.
 */
import type { Forward } from "./forward.ts";

/** An array that a step writes and others read. */
export interface Value {
  /** Its number, in the order of the steps */
  readonly id: number;
  readonly positions: number;
  readonly columns: number;
  /** Entries of an image, or sums of them: not yet mixed by any random choice */
  readonly isRaw: boolean;
}

/** The positions that an output position reads, with weights: entries starts[P] … starts[P + 1] − 1. */
export interface Links {
  readonly outPositions: number;
  readonly starts: Int32Array;
  readonly at: Int32Array;
  readonly weights: Float64Array;
  /** The tap of each entry: what comes by different taps lies side by side, what comes by the same one is added */
  readonly taps: Int32Array;
  readonly tapCount: number;
}

/** One of the values that are put side by side. */
export interface Term {
  /** null for a column of ones */
  readonly from: Value | null;
  /** Which positions are read; null: each its own */
  readonly links: Links | null;
  readonly factor: number;
  /** The first column of the first tap; taps follow each other, wrapped around at the end */
  readonly offset: number;
  /** A sign for each column of each tap, where not all fit side by side; else null */
  readonly signs: Float64Array | null;
}

/** Random projections of a row: rounds of signs and the Hadamard matrix, after which each column has the mean square |row|². */
export interface Projection {
  /** The signs of each round; null: terms have them */
  readonly rounds: readonly (Float64Array | null)[];
  /** Projections of a constant, which are added; null without one */
  readonly shift: Float64Array | null;
}

/** Values side by side, or, where there are more columns than room, their sum with random signs; then projections of it. */
export interface Gather {
  readonly kind: "gather";
  readonly to: Value;
  readonly terms: readonly Term[];
  readonly projection: Projection | null;
}

/** φ(z)/√columns in place of z, and φ′(z)·g/√columns in place of g, projections of the features of both kernels. */
export interface Nonlinearity {
  readonly kind: "nonlinearity";
  readonly z: Value;
  readonly g: Value;
  readonly forward: Forward;
}

/** z/√(|z|² + eps) in place of z at each position, and g over the same root. */
export interface Normalise {
  readonly kind: "normalise";
  readonly z: Value;
  readonly g: Value;
  readonly eps: number;
}

/** The products of the entries of projections, over √columns. */
export interface Product {
  readonly kind: "product";
  readonly to: Value;
  readonly factors: readonly Value[];
}

/** A step. */
export type FeatureStep = Gather | Nonlinearity | Normalise | Product;

/** A map of images of one shape. */
export interface FeatureProgram {
  readonly input: Value;
  readonly steps: readonly FeatureStep[];
  readonly nngp: Value;
  readonly ntk: Value;
}
