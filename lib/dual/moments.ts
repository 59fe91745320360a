/** Moments of pairs as arrays: one common shape, and a covariance that the variances allow. */
import { type ArrayInput, countOf, type DType, finiteArray, type NdArray } from "../array/mod.ts";
import { requireNames } from "../options.ts";
import { inRanges, mapped, type Steps } from "../steps.ts";

/** Moments of (u, v) ~ N(0, [[var1, cov], [cov, var2]]): arrays of one shape, or numbers, which go with every entry. */
export interface MomentInput {
  /** E[uv] */
  readonly cov: ArrayInput;
  /** E[u²] */
  readonly var1: ArrayInput;
  /** E[v²] */
  readonly var2: ArrayInput;
}

/** Moments of one length. */
export interface MomentColumns {
  readonly cov: Float64Array;
  readonly var1: Float64Array;
  readonly var2: Float64Array;
  readonly shape: readonly number[];
}

const names = ["cov", "var1", "var2"] as const;

/** What the rounding of inner products may change, relative to √(var1·var2), by their precision. */
export const SLACK: Record<DType, number> = { float64: 1e-10, float32: 1e-4 };

/** Entries that are checked in a step. */
const STEP_ENTRIES = 2 ** 15;

/** The moments, broadcast and checked, in steps. */
export function* readMoments(input: MomentInput): Steps<MomentColumns> {
  if (typeof input !== "object" || input === null) {
    throw new TypeError(
      `Cannot take a dual as its moments must be { cov, var1, var2 }: current value is ${String(input)}`,
    );
  }
  requireNames("take a dual", "its moments", names, input);
  const arrays = yield* mapped(names, (name) => finiteArray(input[name], name));
  const shape = commonShape(arrays);
  const size = countOf(shape);
  const [cov, var1, var2] = yield* mapped(
    arrays,
    (a) => a.shape.length === 0 ? new Float64Array(size).fill(a.data[0]) : new Float64Array(a.data),
  );
  const precision = arrays.some((a) => a.dtype === "float32") ? "float32" : "float64";
  yield* inRanges(size, STEP_ENTRIES, (start, end) => {
    for (let i = start; i < end; i++) checkPair(cov[i], var1[i], var2[i], () => `entry ${i}`, precision);
  });
  return { cov, var1, var2, shape };
}

/** Throws unless both variances are ≥ 0 and |cov| ≤ √(var1·var2) up to rounding. */
export function checkPair(
  cov: number,
  var1: number,
  var2: number,
  where: () => string,
  precision: DType,
): void {
  const negative = var1 < 0 ? var1 : var2;
  if (negative < 0) {
    throw new RangeError(
      `Cannot take a dual as a variance must be non-negative: current value is ${negative} at ${where()}`,
    );
  }
  // The product of the roots neither overflows nor underflows before the variances do.
  const bound = Math.sqrt(var1) * Math.sqrt(var2);
  if (Math.abs(cov) > bound * (1 + SLACK[precision])) {
    throw new RangeError(
      `Cannot take a dual as |cov| must be at most √(var1·var2) = ${bound}: current value is ${cov} at ${where()}`,
    );
  }
}

function commonShape(arrays: readonly NdArray[]): readonly number[] {
  const shapes = arrays.map((a) => a.shape).filter((shape) => shape.length > 0);
  const odd = shapes.find((shape) => shape.join() !== shapes[0].join());
  if (odd) {
    throw new TypeError(
      `Cannot take a dual as cov, var1 and var2 must be numbers or have the same shape, [${
        shapes[0].join(", ")
      }]: ` +
        `current value is [${odd.join(", ")}]`,
    );
  }
  return shapes[0] ?? [];
}
