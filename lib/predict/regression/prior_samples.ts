/** Samples of a network's prior, from what was given. */
import type { NdArray } from "../../array/mod.ts";
import { integer, oneOf, withDefaults } from "../../options.ts";
import type { Watch } from "../../pause.ts";
import type { Key } from "../../random/mod.ts";
import { NAMES } from "../kernels.ts";
import { drawn } from "./draws.ts";
import type { PriorOptions } from "./interfaces.ts";
import { type KernelGiver, KernelSource } from "./kernel_source.ts";
import { requireBatch } from "./regression_options.ts";
import { watched } from "./watched.ts";

const ACTION = "draw from a prior";

/** Where to draw, and what. */
interface Asked {
  /** Inputs that nobody else changes */
  readonly inputs: NdArray;
  readonly key: Key;
  readonly count: number;
  readonly watch: Watch;
}

/** Samples, shape [count, points, outputs]. */
export async function priorSamples(
  network: KernelGiver,
  options: PriorOptions,
  { inputs, key, count, watch }: Asked,
): Promise<NdArray<Float64Array>> {
  const defaults: Required<PriorOptions> = { kernel: "nngp", backend: "auto", dtype: "float64", outputs: 1 };
  const { kernel, backend, dtype, outputs } = withDefaults(ACTION, defaults, options);
  oneOf(ACTION, "kernel", kernel, NAMES);
  oneOf(ACTION, "dtype", dtype, ["float64", "float32"]);
  integer(ACTION, "outputs", outputs, 1);
  integer(ACTION, "count", count, 1);
  requireBatch(inputs, "x");
  const source = new KernelSource(network, kernel, { backend, dtype });
  const covariance = await source.between(inputs, null, watched(ACTION, watch));
  return await drawn(covariance, { key, count, outputs });
}
