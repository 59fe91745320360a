/** Every device test runs on every target: a backend in a precision, with the accuracy that it owes. */
import type { stax } from "../mod.ts";
import { nativeTest } from "./native.ts";
import { gpuTest } from "./webgpu.ts";

/** A backend in a precision. */
export interface Target {
  readonly name: string;
  /** The options that choose it. */
  readonly options: stax.KernelOptions;
  /** Tolerance against reference values: per entry, or relative to the largest entry of a matrix. */
  readonly scale: { readonly rtol?: number; readonly scale?: number };
  /** A few roundings, relative to the largest entry of a matrix: how far results may differ that owe nothing else. */
  readonly rounding: number;
  /** Registers a test of it; ignored, with the reason, where the target cannot run. */
  readonly test: (name: string, body: () => Promise<void>) => void;
}

const target = (
  backend: string,
  dtype: "float64" | "float32",
  scale: Target["scale"],
  register: (name: string, body: () => Promise<void>, dtype: "float64" | "float32") => void,
): Target => ({
  name: `${backend} ${dtype}`,
  options: { backend, dtype },
  scale,
  rounding: { float64: 1e-14, float32: 1e-6 }[dtype],
  test: (name, body) => register(`${backend} ${dtype}: ${name}`, body, dtype),
});

/** The targets; the first is the definition. */
export const targets: readonly Target[] = [
  target("reference", "float64", { rtol: 1e-10, scale: 1e-15 }, (name, body) => Deno.test(name, body)),
  target("native", "float64", { rtol: 1e-10, scale: 1e-14 }, nativeTest),
  target("native", "float32", { scale: 2e-6 }, nativeTest),
  target("webgpu", "float32", { scale: 2e-6 }, gpuTest),
  target("webgpu", "float64", { scale: 1e-10 }, gpuTest),
];

/** The targets of networks with positions, with the tolerance that they owe: per entry. */
export const positionTargets: readonly Target[] = targets.map((target) => ({
  ...target,
  scale: target.options.dtype === "float64" ? { rtol: 1e-10, scale: 1e-15 } : { rtol: 1e-5, scale: 1e-7 },
}));
