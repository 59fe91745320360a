/** What `LayerNorm` normalises over, and what it refuses. */
import { UnsupportedError } from "../errors.ts";
import { type Axes, from0, requireDistinct } from "../network/axes.ts";
import type { Layer } from "../network/layer.ts";
import { wrongType } from "../options.ts";

/** The description of a `LayerNorm` layer. */
export interface NormLayer extends Layer, Axes {
  /** The name of the layer */
  readonly type: "LayerNorm";
  /** The axes that are normalised over */
  readonly axis: readonly number[];
  /** Added to the variance */
  readonly eps: number;
}

/** Refuses an input whose mean and variance do not have a limit. */
export function requireGaussian({ isGaussian }: { readonly isGaussian: boolean }): void {
  if (isGaussian) return;
  throw new UnsupportedError(
    "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)",
  );
}

/** The axes that are normalised, from 0. */
export function axesOf({ axis }: Pick<NormLayer, "axis">, rank: number): number[] {
  const over = axis.map((value) => {
    const located = from0(value, rank);
    if (located >= 0 && located < rank) return located;
    throw wrongType("apply LayerNorm", "axis", `among the ${rank} axes of its input`, value);
  });
  requireDistinct("LayerNorm", axis, over, rank);
  return over;
}
