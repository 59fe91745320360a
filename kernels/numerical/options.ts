/** What a numerical nonlinearity may be told, and what it refuses. */
import { showPlain } from "../../lib/array/dtype.ts";
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";

/** How exact a numerical nonlinearity is to be, and what its author knows of the function. */
export interface NumericalOptions {
  /** Largest error relative to √(k₁₁k₂₂), the kernel's own diagonal entries. */
  readonly tolerance?: number;
  /** Number of Gauss–Hermite points and of terms; takes the place of the tolerance. */
  readonly deg?: number;
  /** The derivative of an opaque function. */
  readonly df?: (x: number) => number;
  /** Where the function or one of its derivatives jumps. */
  readonly kinks?: readonly number[];
}

/** Throws unless the options are in range. */
export function checkOptions({ tolerance, deg, df, kinks }: NumericalOptions): void {
  if (tolerance !== undefined && !(Number.isFinite(tolerance) && tolerance > 0 && tolerance < 1)) {
    throw refusal("tolerance must be positive and less than 1", tolerance);
  }
  if (deg !== undefined && !(Number.isInteger(deg) && deg >= 1 && deg <= 200)) {
    throw refusal("deg must be an integer from 1 to 200", deg);
  }
  if (df !== undefined && typeof df !== "function") {
    throw new TypeError(
      `Cannot build ElementwiseNumerical as df must be a function: current value is ${showPlain(df)}`,
    );
  }
  const bad = kinks?.find((kink) => !Number.isFinite(kink));
  if (bad !== undefined) throw refusal("kinks must be finite numbers", bad);
}

/** Throws unless `f` is finite around 0, where every Gaussian variable has its mass. */
export function checkFinite(f: (x: number) => number): void {
  for (const x of [0, ...gaussLegendre(16).nodes]) {
    if (!Number.isFinite(f(x))) throw refusal(`fn(${x}) must be finite`, f(x));
  }
}

function refusal(demand: string, value: number): RangeError {
  return new RangeError(
    `Cannot build ElementwiseNumerical as ${demand}: current value is ${showPlain(value)}`,
  );
}
