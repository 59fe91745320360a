/** Options of layers with weights. */
import { finite } from "../options.ts";
import { requireOnly } from "./layer.ts";
import type { FeatureShape } from "./state.ts";

/** Options of layers with weights. */
export interface FeatureWeights {
  /** Standard deviation of the weights, σ_W; default 1 */
  readonly wStd?: number;
  /** Standard deviation of the biases, σ_b, which add a constant feature; default null: no biases */
  readonly bStd?: number | null;
  /** `ntk`, the only one: kernels in the standard parameterization depend on widths, see `stax` */
  readonly parameterization?: "ntk";
}

/** The defaults of `FeatureWeights`. */
export const weightDefaults: Required<FeatureWeights> = { wStd: 1, bStd: null, parameterization: "ntk" };

/** Refuses deviations that are not finite, and the standard parameterization. */
export function checkWeights(layer: string, options: Required<FeatureWeights>): void {
  finite(`build ${layer}`, "wStd", options.wStd);
  if (options.bStd !== null) finite(`build ${layer}`, "bStd", options.bStd);
  requireOnly(layer, options, {
    parameterization: {
      value: "ntk",
      instead: "compute the kernel of the standard parameterization by kernelFn of stax",
    },
  });
}

/** The shape after weights: one more feature for biases, and features of the NTK beside those of the NNGP kernel. */
export function weightedShape({ nngp, ntk, isComplex }: FeatureShape, bStd: number | null): FeatureShape {
  const constant = bStd === null ? 0 : isComplex ? 2 : 1;
  const width = nngp[nngp.length - 1] + constant;
  const lead = nngp.slice(0, -1);
  return { nngp: [...lead, width], ntk: [...lead, width + (ntk ? ntk[ntk.length - 1] : 0)], isComplex };
}
