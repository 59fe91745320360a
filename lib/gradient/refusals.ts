/** Pairs without a gradient, and what helps. */
import { UnsupportedError } from "../errors.ts";
import type { KernelName } from "./network_slopes.ts";

const NAMES = { nngp: "NNGP", ntk: "NTK" } as const;

/** The kernel has a kink at a pair. */
export const kinkAt = (kernel: KernelName, layer: string, i: number, j: number): Error =>
  new RangeError(
    `Cannot compute the gradient of a kernel as the ${
      NAMES[kernel]
    } must have one for every pair: current value is a kink ` +
      `of ${layer} at (${i}, ${j}), use { kinks: "mean" } for the mean of both sides`,
  );

/** It jumps there. */
export const jump = (kernel: KernelName, layer: string, i: number, j: number): Error =>
  new RangeError(
    `Cannot compute the gradient of a kernel as the ${
      NAMES[kernel]
    } must not jump: current value is a jump ` +
      `of ${layer} at (${i}, ${j}), where x1[${i}] is 0, use bStd above 0 or leave the row out`,
  );

/** It is known too coarsely there. */
export const tooClose = (layer: string, i: number, j: number): Error =>
  new UnsupportedError(
    `Cannot compute the gradient of a kernel as different points must not lie close together with ${layer}, whose kinks have a ` +
      `numerical dual: current value is x1[${i}] and x2[${j}], use a nonlinearity in closed form, such as ABRelu(a, b)`,
  );

/** It overflows there. */
export const infinite = (i: number, j: number): Error =>
  new RangeError(
    `Cannot compute the gradient of a kernel as every entry must be finite in float64: current value is none at (${i}, ${j}), ` +
      "lower wStd or the slopes of nonlinearities",
  );

/** There is no memory for so many. */
export const tooLarge = (shape: readonly number[]): Error =>
  new RangeError(
    `Cannot compute the gradient of a kernel as all its entries must fit into memory: current value is ${
      shape.join(" · ")
    } entries, take fewer rows of x1 at once`,
  );
