/** The dual of a nonlinearity at given moments. */
import type { Dual } from "./dual_at.ts";
import { type ArrayInput, type NdArray, ownArray, totalSize } from "../array/mod.ts";
import { afterEntries } from "../pause.ts";
import { activationOf } from "../network/nonlinearity.ts";
import type { Layer } from "../network/layer.ts";
import type { MomentInput } from "./moments.ts";
import { type DualOptions, dualOptions } from "./options.ts";

export type { MomentInput } from "./moments.ts";

/**
 * The dual activation E[φ(u)φ(v)] of a nonlinearity φ and its derivative E[φ′(u)φ′(v)] at arrays (or numbers) of moments of
 * (u, v) ~ N(0, [[var1, cov], [cov, var2]]), entry by entry.
 *
 * @param layer a nonlinearity: `stax.Relu()`, `stax.ElementwiseNumerical(Math.tanh)`, …
 * @param moments `cov`, `var1`, `var2`: arrays of one shape, or numbers, which go with every entry
 * @param options backend, dtype, progress and cancellation as for `kernelFn`; in float32 the moments are rounded first
 * @throws {TypeError} if `layer` is not a nonlinearity, or for moments of different shapes.
 * @throws {RangeError} for a negative variance, a moment that is not finite, |cov| > √(var1·var2) beyond rounding, a variance
 * at which the dual diverges, and a result that overflows.
 * @see Daniely, Frostig & Singer 2016 (arXiv:1602.05897), §4.2.
 *
 * @example ReLU at correlation 0, 1 and −1
 * ```ts
 * import { array } from "../array/mod.ts";
 * import { Relu } from "../stax/mod.ts";
 * import { dualActivation } from "./dual_activation.ts";
 * const cov = array([0, 1, -1]);
 * const { nngp, dNngp } = await dualActivation(Relu(), { cov, var1: 1, var2: 1 }, { backend: "reference" });
 * const near = (a: number, b: number) => Math.abs(a - b) < 1e-15;
 * if (![1 / (2 * Math.PI), 0.5, 0].every((k, i) => near(nngp.at(i), k))) throw new Error("arc-cosine kernel");
 * if (![0.25, 0.5, 0].every((k, i) => near(dNngp.at(i), k))) throw new Error("its derivative");
 * ```
 */
export function dualActivation(
  layer: Layer,
  moments: { readonly cov: number; readonly var1: number; readonly var2: number },
  options?: DualOptions,
): Promise<Dual<number>>;
/** The dual at arrays of moments. */
export function dualActivation(
  layer: Layer,
  moments: MomentInput,
  options?: DualOptions,
): Promise<Dual<NdArray>>;
export async function dualActivation(
  layer: Layer,
  input: MomentInput,
  options: DualOptions = {},
): Promise<Dual> {
  const o = dualOptions({}, options);
  const moments = ownMoments(input);
  await afterEntries(totalSize(Object.values(moments ?? {})));
  activationOf(layer);
  const { dualAt } = await import("./dual_at.ts");
  return await dualAt(layer, moments, o);
}

/** Moments as they are now: the caller's may change while they are computed with. What is no record is refused later. */
function ownMoments(input: MomentInput): MomentInput {
  if (typeof input !== "object" || input === null) return input;
  const own = (value: ArrayInput, name: string) =>
    typeof value === "object" && value !== null ? ownArray(value, name) : value;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, own(value, name)]),
  ) as unknown as MomentInput;
}
