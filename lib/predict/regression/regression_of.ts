/** Regression from what was given: checked, fitted, and made a model. */
import type { NdArray } from "../../array/mod.ts";
import { fitted, type RegressionData } from "./fit.ts";
import type { RegressionModel } from "./interfaces.ts";
import { type KernelGiver, KernelSource } from "./kernel_source.ts";
import { modelOf } from "./model.ts";
import {
  largeOptions,
  noiseOf,
  type RegressionOptions,
  requireBatch,
  settled,
} from "./regression_options.ts";
import { Targets } from "./targets.ts";

/** The model of arrays that nobody else changes. */
export async function regressionOf(
  network: KernelGiver,
  { x, y }: { readonly x: NdArray; readonly y: NdArray },
  options: RegressionOptions,
): Promise<RegressionModel> {
  const o = settled(options);
  const { kernel, noise, standardize, backend, dtype, onProgress, signal } = o;
  requireBatch(x, "x");
  const points = x.shape[0];
  const data: RegressionData = {
    source: new KernelSource(network, kernel, { backend, dtype }),
    inputs: x,
    targets: new Targets(y, points, standardize),
    noise: noiseOf(noise, points, "noise", "fit a regression"),
    isOneNoise: typeof noise === "number",
    standardize,
    large: largeOptions(o, points),
  };
  return modelOf(data, await fitted(data, { onProgress, signal }));
}
