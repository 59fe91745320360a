/** A coefficient table: for each variance, a short vector that `hermiteSum` turns into a kernel value. */
export interface Table {
  /** What the table holds, for messages. */
  readonly label: string;
  /**
   * The coefficients aₖ for each of `variances`, row by row: `coefficients[i · width + k]`.
   * The width is the smallest that reaches the tolerance for all rows; `error` bounds the sum over the dropped k, relative to √(k₁₁·k₂₂).
   */
  readonly compute: (variances: Float64Array) => TableValues;
}

/** What a table gave for a set of variances. */
export interface TableValues {
  readonly coefficients: Float64Array;
  readonly width: number;
  readonly error: number;
}
