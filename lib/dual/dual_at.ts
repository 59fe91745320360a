/** The dual of a nonlinearity at moments: checked, computed for every entry, and refused where it is not finite. */
import { type DType, NdArray } from "../array/mod.ts";
import type { Values } from "../array/dtype.ts";
import type { Layer } from "../network/layer.ts";
import { loadKernels } from "../network/rule.ts";
import { activationOf } from "../network/nonlinearity.ts";
import { firstBeyond, reasonOf, roomForSums } from "../room.ts";
import type { Activation } from "../network/activation.ts";
import { answering } from "../pause.ts";
import { findIndex, type Steps } from "../steps.ts";
import { type MomentColumns, type MomentInput, readMoments } from "./moments.ts";
import type { DualOptions } from "./options.ts";
import { pairwise } from "./pairwise.ts";

/** A dual activation and its derivative, in the shape of the moments; numbers if all moments are. */
export interface Dual<T extends NdArray | number = NdArray | number> {
  /** E[φ(u)φ(v)] */
  readonly nngp: T;
  /** E[φ′(u)φ′(v)] = ∂nngp/∂cov */
  readonly dNngp: T;
  /** The larger of `numericalErrors`; 0 for closed forms */
  readonly numericalError: number;
  /**
   * Bounds of the errors of a numerical nonlinearity (`ElementwiseNumerical`): of `nngp`, and of `dNngp`, the factor of the NTK,
   * each relative to √(k₁₁k₂₂), its own values at (var1, var1, var1) and (var2, var2, var2)
   */
  readonly numericalErrors: { readonly nngp: number; readonly ntk: number };
}

/** E[φφ] and E[φ′φ′] at moments. */
export async function dualAt(layer: Layer, input: MomentInput, o: Required<DualOptions>): Promise<Dual> {
  await loadKernels(layer);
  const moments = await answering(readMoments(input), o);
  await answering(checkRange(layer, activationOf(layer), moments, o.dtype), o);
  const { nngp, dNngp, numericalErrors } = await pairwise(layer, moments, o);
  const result = async (values: Values) => {
    await answering(checkResult(layer, values, o.dtype), o);
    return isNumber(input) ? values[0] : new NdArray(values, moments.shape);
  };
  const numericalError = Math.max(numericalErrors.nngp, numericalErrors.ntk);
  return { nngp: await result(nngp), dNngp: await result(dNngp), numericalError, numericalErrors };
}

const isNumber = ({ cov, var1, var2 }: MomentInput) =>
  [cov, var1, var2].every((moment) => typeof moment === "number");

/** Overflow and divergence are errors at once, as in `kernelFn`. */
function* checkRange(
  { type }: Layer,
  { maxVariance, room = roomForSums }: Activation,
  { var1, var2 }: MomentColumns,
  dtype: DType,
): Steps<void> {
  for (const [name, variances] of Object.entries({ var1, var2 })) {
    const large = dtype === "float32"
      ? yield* findIndex(variances, (variance) => Math.fround(variance) === Infinity)
      : -1;
    if (large >= 0) {
      throw new RangeError(
        `Cannot take the dual of ${type} as ${name} must be finite in ${dtype}: ` +
          `current value is ${variances[large]} at entry ${large}`,
      );
    }
    const bound = firstBeyond(room, dtype);
    const crowded = yield* findIndex(variances, (variance) => variance >= bound);
    if (crowded >= 0) {
      throw new RangeError(
        `Cannot take the dual of ${type} as ${name} must be below ${bound}, where ${
          reasonOf(room, dtype)
        }: ` +
          `current value is ${variances[crowded]} at entry ${crowded}`,
      );
    }
    const beyond = maxVariance
      ? yield* findIndex(variances, (variance) => variance >= maxVariance.value)
      : -1;
    if (maxVariance && beyond >= 0) {
      throw new RangeError(
        `Cannot take the dual of ${type} as ${name} must be below ${maxVariance.value}, where ${maxVariance.reason}: ` +
          `current value is ${variances[beyond]} at entry ${beyond}`,
      );
    }
  }
}

function* checkResult({ type }: Layer, values: Values, dtype: DType): Steps<void> {
  const bad = yield* findIndex(values, (value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new RangeError(
    `Cannot take the dual of ${type} as it must be finite in ${dtype}: current value is ${
      values[bad]
    } at entry ${bad}`,
  );
}
