/**
 * The fit of a regression. In: kernels, inputs, targets and noise that were checked (regression.ts). Out: what predictions follow from
 * (model.ts), and how it was computed.
 */
import type { NdArray } from "../../array/mod.ts";
import type { Watch } from "../../pause.ts";
import { refinedSolution } from "../solver.ts";
import type { RegressionReport } from "./interfaces.ts";
import type { KernelSource } from "./kernel_source.ts";
import { type System, systemOf, withNoise } from "./system.ts";
import type { Targets } from "./targets.ts";

/** What a model is fitted to. */
export interface RegressionData {
  readonly source: KernelSource;
  readonly inputs: NdArray;
  readonly targets: Targets;
  /** A variance a point, in the units of the model */
  readonly noise: Float64Array;
  /** Whether the noise was given as one number for all points */
  readonly isOneNoise: boolean;
  readonly standardize: boolean;
}

/** What fitting makes of them. */
export interface Fit {
  readonly system: System;
  /** α = (K + N)⁻¹·y */
  readonly weights: NdArray<Float64Array>;
  /** The kernel of every training point with itself */
  readonly variances: Float64Array;
  readonly report: RegressionReport;
}

/** The fit of some data. */
export async function fitted(data: RegressionData, watch: Watch): Promise<Fit> {
  const start = performance.now();
  const { source, inputs, targets, noise } = data;
  const kernel = await source.between(inputs, null, watch);
  watch.signal?.throwIfAborted();
  const variances = Float64Array.from(noise, (_, i) => kernel.at(i, i));
  const matrix = withNoise(kernel, noise);
  const system = await systemOf(matrix, source.name);
  watch.signal?.throwIfAborted();
  const { x: weights, residual } = await refinedSolution({ matrix, shift: 0 }, system, targets.matrix);
  const arrays = [inputs, targets.given, targets.matrix, system.lower, weights];
  const report: RegressionReport = {
    ...{ solver: "cholesky", points: noise.length, jitter: 0, rank: noise.length },
    ...{ condition: system.condition, residual, kernelError: source.numericalError },
    seconds: (performance.now() - start) / 1000,
    bytes: arrays.reduce((sum, { data }) => sum + data.byteLength, 0),
  };
  return { system, weights, variances, report };
}
