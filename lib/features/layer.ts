/** What all layers of features have in common: how they are called. */
import type { Key } from "../random/mod.ts";
import { flag, outOfRange, requireNames, requireObject, wrongType } from "../options.ts";
import { UnsupportedError } from "../errors.ts";
import { showPlain } from "../array/mod.ts";
import { answering } from "../pause.ts";
import type { Steps } from "../steps.ts";
import {
  type FeatureInput,
  type Features,
  type FeatureShape,
  featuresOf,
  type State,
  stateOf,
} from "./state.ts";

/** A layer of features: what it draws, and what it makes of features. */
export interface FeatureLayer<Inputs = unknown> {
  /** The shape of its features and its random choices, for the shape of points or that which another layer returns. */
  readonly initFn: (key: Key, shape: readonly number[] | FeatureShape) => [FeatureShape, Inputs];
  /** The features of points (batch, …positions, features) or of features, with the random choices that `initFn` returned. */
  featureFn(x: FeatureInput, inputs?: Inputs): Promise<Features>;
}

/** The computations, which are loaded with the first features. */
export type Compute = typeof import("./compute.ts");

/** What a layer does to a state. */
export type Apply = (compute: Compute, state: State, inputs: unknown) => Steps<State>;

const applied = new WeakMap<object, Apply>();

/** A layer from what it does to shapes, to a key, and to features. */
export function featureLayer<Inputs>(
  name: string,
  init: (shape: FeatureShape, key: Key) => [FeatureShape, Inputs],
  apply: (compute: Compute, state: State, inputs: Inputs) => Steps<State>,
): FeatureLayer<Inputs> {
  const layer: FeatureLayer<Inputs> = {
    initFn: (key, shape) => init(shapeOf(name, shape), key),
    featureFn: async (x, inputs) => {
      const state = stateOf(name, x);
      const compute = await import("./compute.ts");
      return featuresOf(await answering(apply(compute, state, inputs as Inputs)));
    },
  };
  applied.set(layer, apply as Apply);
  return layer;
}

/** What layers do, one a layer, in a form that needs no copies between them. */
export function applyOf(layer: FeatureLayer, index: number): Apply {
  const apply = typeof layer === "object" && layer !== null ? applied.get(layer) : undefined;
  if (apply) return apply;
  throw wrongType("build serial", `layer ${index}`, "a layer of features, such as DenseFeatures(1)", layer);
}

function shapeOf(layer: string, shape: readonly number[] | FeatureShape): FeatureShape {
  const action = `initialise ${layer}`;
  if (Array.isArray(shape)) return { nngp: lengthsOf(action, "shape", shape), ntk: null, isComplex: false };
  const must = "a list of integers, or what another initFn returned";
  const { nngp, ntk, isComplex } = requireObject(action, "shape", shape as FeatureShape, must);
  requireNames(action, "shape", ["nngp", "ntk", "isComplex"], shape);
  return {
    nngp: lengthsOf(action, "shape.nngp", nngp),
    ntk: ntk === null ? null : lengthsOf(action, "shape.ntk", ntk),
    isComplex: flag(action, "shape.isComplex", isComplex),
  };
}

function lengthsOf(action: string, name: string, shape: readonly number[]): readonly number[] {
  if (!Array.isArray(shape) || shape.length < 2) {
    throw wrongType(action, name, "[batch, …positions, width]", shape);
  }
  shape.forEach((length, axis) => {
    const isBatch = axis === 0 && length === -1;
    if (isBatch || Number.isSafeInteger(length) && length > 0) return;
    throw outOfRange(action, `${name}[${axis}]`, "a positive integer", length);
  });
  return [...shape];
}

/** Refuses options that mean something but have no other value here than one. */
export function requireOnly(
  layer: string,
  options: object,
  only: Readonly<Record<string, { readonly value: unknown; readonly instead: string }>>,
): void {
  for (const [name, { value, instead }] of Object.entries(only)) {
    const given = (options as Record<string, unknown>)[name];
    if (given === value) continue;
    throw new UnsupportedError(
      `Cannot build ${layer} as ${name} must be ${value}: current value is ${showPlain(given)}, ${instead}`,
    );
  }
}
