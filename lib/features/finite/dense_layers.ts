/** Networks of `Dense` and nonlinearities one after another: those whose gradients are products of two vectors a layer. */
import { UnsupportedError } from "../../errors.ts";
import type { Layer } from "../../network/layer.ts";
import { isNonlinearity } from "../../network/nonlinearity.ts";
import { outOfRange } from "../../options.ts";
import type { Dense } from "../../stax/dense.ts";
import { ACTION } from "../call.ts";
import { layersOf } from "./widen.ts";

/** True for `Dense`. */
export const isDense = (layer: Layer): layer is Dense => layer.type === "Dense";

/** True for a network whose gradients are known here, and hence its outputs, too. */
export const isConnected = (layer: Layer): boolean =>
  flat(layer).every((one) => isNonlinearity(one) || isDense(one) && one.parameterization === "ntk");

/** Refuses networks whose gradients are not known here, or have more parts than there are pairs of columns. */
export function requireGradients(layer: Layer, sketchDim: number): void {
  const layers = flat(layer);
  const other = layers.find((one) => !isDense(one) && !isNonlinearity(one));
  if (other) {
    throw new UnsupportedError(
      `Cannot ${ACTION} as a network must be Dense and nonlinearities in series for those of its NTK: current value ` +
        `is a network with ${other.type}, write get: ["nngp"], or use nystrom`,
    );
  }
  const dense = layers.filter(isDense);
  const free = dense.find(({ parameterization }) => parameterization !== "ntk");
  if (free) {
    throw new UnsupportedError(
      `Cannot ${ACTION} as the parameterization of every Dense must be ntk for those of the NTK: current value is ` +
        `${free.parameterization}, use fromNetwork or nystrom`,
    );
  }
  if (sketchDim >= 2 * dense.length) return;
  throw outOfRange(
    ACTION,
    "sketchDim",
    `at least ${2 * dense.length} for the NTK of this network`,
    sketchDim,
  );
}

/** The layers of a network without the series that they are in. */
const flat = (layer: Layer): readonly Layer[] =>
  layer.type === "serial" ? layersOf(layer)!.flatMap(flat) : [layer];
