/** Tables of coefficients: leaves of expressions that hold one vector a row, and what they reached. */
import type { DType } from "../array/dtype.ts";
import type { Steps } from "../steps.ts";

/** A coefficient table: for each variance, a short vector that `hermiteSum` turns into a kernel value. */
export interface Table {
  /** What the table holds, for messages. */
  readonly label: string;
  /**
   * The coefficients aₖ for each of `variances`, row by row: `coefficients[i · width + k]`. In steps, as it may take seconds.
   * The width is the smallest that reaches the tolerance for all rows; `error` bounds the sum over the dropped k, relative to √(k₁₁·k₂₂).
   */
  readonly compute: (variances: Float64Array) => Steps<TableValues>;
}

/** What a table gave for a set of variances. */
export interface TableValues {
  readonly coefficients: Float64Array;
  readonly width: number;
  readonly error: number;
  /** Rounding units of the precision that the kernel loses: `error` has those of float64. */
  readonly cancellation?: number;
  /** By what an error of the correlation is multiplied at most, relative to the kernel's own values: see `ROUGHNESS_STEP` */
  readonly roughness?: number;
  /** The coefficients of `radialCoefficients`, where the width is too small to tell them */
  readonly radial?: () => Steps<Float64Array>;
}

/**
 * σ·∂aₖ/∂σ for k < `width` of aₖ(σ) = E[φ(σz)hₖ(z)], which are the coefficients of x·φ′(x): k·aₖ + √((k + 1)(k + 2))·aₖ₊₂, by partial
 * integration, without a derivative of φ. Coefficients that are not given are 0.
 */
export function radialCoefficients(a: Float64Array, width: number): Float64Array {
  const radial = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    const further = k + 2 < a.length ? Math.sqrt((k + 1) * (k + 2)) * a[k + 2] : 0;
    radial[k] = k < a.length ? k * a[k] + further : 0;
  }
  return radial;
}

/**
 * 1 − ρ at which the roughness (1 − k(ρ)/k(1))/(1 − ρ) of a dual is taken.
 *
 * It is the slope of k at 1 for a smooth one, and finite for those with a root there. A dual is a power series with coefficients ≥ 0
 * for equal variances, hence steepest at ρ = 1; an error that comes from a series of n terms is at most n(1 − ρ) of its largest
 * size so close to 1, and no series here has more than 8192 terms.
 */
export const ROUGHNESS_STEP = 1 / 8192;

/** What a table reached. */
export interface Reached {
  /** In the precision of pairs */
  readonly error: number;
  /** As in the table, which a larger table would lower */
  readonly inFloat64: number;
  readonly roughness: number;
}

/** What tables reached in a computation, and the variances that layers saw. */
export class Ledger {
  readonly #unit: number;
  readonly #tables = new Map<Table, Reached>();
  readonly #ranges = new Map<object, Range>();

  /** @param dtype the precision of pairs */
  constructor(dtype: DType) {
    this.#unit = dtype === "float32" ? 2 ** -24 : 0;
  }

  /** Keeps the worst of a table. */
  recordTable(table: Table, { error, cancellation = 0, roughness = 0 }: TableValues): void {
    const known = this.#tables.get(table) ?? { error: 0, inFloat64: 0, roughness: 0 };
    this.#tables.set(table, {
      error: Math.max(known.error, error + this.#unit * cancellation),
      inFloat64: Math.max(known.inFloat64, error),
      roughness: Math.max(known.roughness, roughness),
    });
  }

  /** The worst of a table; undefined if it was not computed. */
  table(table: Table): Reached | undefined {
    return this.#tables.get(table);
  }

  /** Keeps the range of the positive variances. */
  recordVariances(key: object, variances: Float64Array): void {
    let { lowest, highest } = this.#ranges.get(key) ?? { lowest: Infinity, highest: 0 };
    for (const variance of variances) {
      if (!(variance > 0)) continue;
      if (variance < lowest) lowest = variance;
      if (variance > highest) highest = variance;
    }
    if (highest > 0) this.#ranges.set(key, { lowest, highest });
  }

  /** The range of the positive variances; undefined if none were seen. */
  variances(key: object): Range | undefined {
    return this.#ranges.get(key);
  }
}

/** The smallest and the largest of some numbers. */
export interface Range {
  readonly lowest: number;
  readonly highest: number;
}
