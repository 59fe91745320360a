/**
 * Layers are plain descriptions; what they do is found by their type (`rule.ts`).
 *
 * So a network prints, serialises to JSON, hashes, and can be sent to a worker.
 */
import { type ArrayInput, NdArray } from "../array/mod.ts";
import type { Operand } from "../expr/expr.ts";
import type { Key } from "../random/mod.ts";
import type { Mask } from "./mask.ts";
import { wrongType } from "../options.ts";

/** A layer or network as data. */
export interface Layer {
  /** The name of the layer, which says how it behaves */
  readonly type: string;
}

/** A layer some of whose numbers may be expressions, in which its kernel is differentiated. */
export type Free<L, Names extends keyof L> =
  & Omit<L, Names>
  & { readonly [Name in Names]: Exclude<L[Name], number> | Operand };

/** The shape of an input, or those of parallel branches; −1 stands for any batch size. */
export type Shape = readonly number[];
/** A shape, or those of parallel branches. */
export type ShapeTree = Shape | readonly ShapeTree[];

/** Parameters of a layer: arrays, or null where there are none, nested as the network is. */
export type Params = NdArray | null | readonly Params[];

/** An array in float64, or those of parallel branches. */
export type ArrayTree = NdArray<Float64Array> | readonly ArrayTree[];

/** What `applyFn` takes besides parameters and inputs. */
export interface ApplyOptions {
  /** Randomness of layers that need it when they are applied (`Dropout` in train mode). */
  readonly rng?: Key;
  /** The edges of `Aggregate`: one pattern an example */
  readonly pattern?: ArrayInput | null;
  /** Entries of the inputs that are padding have this value, which may be NaN; default null: none */
  readonly maskConstant?: number | null;
  /** @internal The masks of the examples that a layer is applied to */
  readonly masks?: readonly Mask[];
}

/** True for the shapes of parallel branches. */
export const isShapes = (tree: ShapeTree): tree is readonly ShapeTree[] =>
  tree.some((entry) => typeof entry !== "number");

/** The arrays of `entries`, in their order, null only where an entry may be missing; refuses anything else. */
export function paramsOf(
  layer: string,
  entries: Readonly<Record<string, "required" | "optional">>,
  params: Params,
): readonly (NdArray<Float64Array> | null)[] {
  const needs = Object.values(entries);
  const fits = (entry: unknown, i: number) =>
    entry instanceof NdArray || entry === null && needs[i] === "optional";
  if (Array.isArray(params) && params.length === needs.length && params.every(fits)) {
    return params as readonly (NdArray<Float64Array> | null)[];
  }
  throw wrongType(
    `apply ${layer}`,
    "params",
    `[${Object.keys(entries).join(", ")}], as initFn returns`,
    params,
  );
}
