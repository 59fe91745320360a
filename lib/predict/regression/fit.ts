/**
 * The fit of a regression. In: kernels, inputs, targets and noise that were checked (regression.ts). Out: what predictions follow from
 * (model.ts), and how it was computed.
 */
import { type NdArray, rowRange } from "../../array/mod.ts";
import type { Watch } from "../../pause.ts";
import { refinedSolution } from "../solver.ts";
import type { RegressionReport } from "./interfaces.ts";
import type { KernelSource } from "./kernel_source.ts";
import type { LargeOptions } from "./large_system.ts";
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
  /** How it is solved without a factor; null: with one */
  readonly large: LargeOptions | null;
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
  return data.large ? await fittedWithout(data, data.large, watch) : await fittedByFactor(data, watch);
}

async function fittedByFactor(data: RegressionData, watch: Watch): Promise<Fit> {
  const start = performance.now();
  const { source, inputs, targets, noise } = data;
  const kernel = await source.between(inputs, null, watch);
  watch.signal?.throwIfAborted();
  const variances = Float64Array.from(noise, (_, i) => kernel.at(i, i));
  const shifted = withNoise(kernel, noise);
  const system = await systemOf(shifted, source.name);
  watch.signal?.throwIfAborted();
  const { condition, lower } = system.factored;
  const solver = { solve: system.solve, condition };
  const { x: weights, residual } = await refinedSolution(shifted, solver, targets.matrix);
  const report = reportOf(data, start, {
    ...{ solver: "cholesky", condition, residual, iterations: null, preconditionerRank: null },
    bytes: bytesOf(data, weights) + lower.data.byteLength,
  });
  return { system, weights, variances, report };
}

/** Points whose kernel tells how far expansions of nonlinearities are off. */
const SAMPLE = 64;

/** The two parts of a fit without a factor, kernel and solution, as they are told to whoever watches: half of it each. */
async function fittedWithout(data: RegressionData, options: LargeOptions, watch: Watch): Promise<Fit> {
  const start = performance.now();
  const { source, inputs, targets, noise } = data;
  const { onProgress, signal } = watch;
  const pairs = noise.length ** 2;
  const half = (which: 0 | 1): Watch => ({
    ...signal && { signal },
    ...onProgress && {
      onProgress: ({ done, total }) =>
        onProgress({ done: Math.floor(pairs * (which + done / total) / 2), total: pairs }),
    },
  });
  const { largeSystem } = await import("./large_system.ts");
  const made = await largeSystem(source, inputs, noise, options, half(0));
  const { system, solver, variances, bytes } = made;
  const { tolerance } = options;
  const solution = await solver.solve(targets.matrix, { tolerance, ...half(1) });
  // Tiles do not tell the error of the kernel, which some points have as all.
  await source.between(rowRange(inputs, 0, Math.min(SAMPLE, noise.length)), null, { signal });
  const { x: weights, residual, iterations } = solution;
  const report = reportOf(data, start, {
    ...{
      solver: "conjugateGradients",
      condition: null,
      residual,
      iterations,
      preconditionerRank: solver.rank,
    },
    bytes: bytesOf(data, weights) + bytes + 8 * noise.length * solver.rank,
  });
  return { system, weights, variances, report };
}

type Found = Omit<RegressionReport, "points" | "jitter" | "rank" | "kernelError" | "seconds">;

const reportOf = ({ source, noise }: RegressionData, start: number, found: Found): RegressionReport => ({
  ...found,
  ...{ points: noise.length, jitter: 0, rank: noise.length, kernelError: source.numericalError },
  seconds: (performance.now() - start) / 1000,
});

/** What a model keeps in any case. */
const bytesOf = ({ inputs, targets }: RegressionData, weights: NdArray) =>
  [inputs, targets.given, targets.matrix, weights].reduce((sum, { data }) => sum + data.byteLength, 0);
