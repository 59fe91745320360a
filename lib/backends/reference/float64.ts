/** Double precision, as the reference backend computes in. */
import { featuresOf } from "../../rows/images.ts";
import type { Column } from "../../rows/rows.ts";
import { doubles } from "../../spatial/numbers.ts";
import { softmax } from "../../spatial/finite.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { dot } from "./gram_tile.ts";
import { positionwiseMap } from "./maps.ts";

/** Numbers of double precision. */
export const float64: Arithmetic<Float64Array, number, Column> = {
  ...doubles,
  of: (values) => Float64Array.from(values),
  rounded: (values) => values,
  set: (target, values, at) => target.set(values, at),
  covariance(out, to, x, xStart, y, yStart, depth) {
    out[to] = dot(x, xStart, y, yStart, depth) / depth;
  },
  factors: (values) => [...values],
  softmax: (weights) => [...softmax(Float64Array.from(weights))],
  featuresOf,
  positionwiseMap,
};
