/**
 * What shaders of networks with positions have in common, and those of linear maps, which are texts of shaders/*.wgsl behind it:
 *
 *     alias Real = f32;              the precision
 *     alias Value = vec2<f32>;       what is known of a pair of positions: NNGP and NTK, or f32: NNGP alone
 *     …                              shaders/pairs.wgsl: bindings, and where values are in the arena
 *     const UNIT = 64u;              sizes, from budget.ts
 *     struct Axis { … }              uniforms, from wgsl/parameters.ts
 *     …                              shaders/axis.wgsl: `main`
 */
import axisText from "../../../../shaders/axis.wgsl" with { type: "text" };
import mixText from "../../../../shaders/mix.wgsl" with { type: "text" };
import pairsText from "../../../../shaders/pairs.wgsl" with { type: "text" };
import totalText from "../../../../shaders/total.wgsl" with { type: "text" };
import type { DType } from "../../../array/mod.ts";
import { renderWgslPrelude, wgslTypes } from "../../../render/wgsl.ts";
import { MOST_THREADS, RUN, UNIT } from "../budget.ts";
import type { PointText } from "./map_text.ts";
import { axisStruct, mixStruct, totalStruct } from "./parameters.ts";

/** What the values of a pair are. */
export interface ValueType {
  readonly dtype: DType;
  /** (nngp, ntk), not nngp alone */
  readonly withNtk: boolean;
}

/** The text that all of them begin with. */
export function headText({ dtype, withNtk }: ValueType): string {
  const real = wgslTypes[dtype];
  return [`alias Real = ${real};`, `alias Value = ${withNtk ? `vec2<${real}>` : real};`, pairsText].join(
    "\n",
  );
}

/** Sizes as constants of a shader. */
export const constants = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;`).join("\n");

/** The functions of these maps, map_0, map_1, …, after those that they call. */
export function mapsText(maps: readonly PointText[], dtype: DType): string {
  const operations = new Set(maps.flatMap((map) => [...map.operations]));
  const functions = maps.map(({ text }, k) => text.replaceAll("NAME", `map_${k}`));
  return [renderWgslPrelude(operations, dtype), ...functions].filter(Boolean).join("\n");
}

/** A value without an NTK. */
export const nngpOnly = (text: string, { withNtk }: ValueType): string =>
  withNtk ? `Value(${text}, Real(0))` : text;

/** The shader of a linear map along one axis. */
export const axisShader = (type: ValueType): string =>
  [headText(type), constants({ UNIT, RUN }), axisStruct.text, axisText].join("\n");

/** The shader of half of a linear map with matrices of the inputs. */
export const mixShader = (type: ValueType): string =>
  [headText(type), constants({ UNIT }), mixStruct.text, mixText].join("\n");

/** The shader of the sum over the values of a pair. */
export const totalShader = (type: ValueType): string =>
  [headText(type), constants({ THREADS: MOST_THREADS }), totalStruct.text, totalText].join("\n");
