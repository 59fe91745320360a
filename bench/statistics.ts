/** The few statistics of the tables. */

/** The median; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A straight line through points, and how far the points are from it. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** The share of the variance that the line explains, R² */
  readonly explained: number;
}

/** The least-squares line. */
export function fitLine(x: readonly number[], y: readonly number[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const products = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
    a.reduce((sum, value, i) => sum + (value - ma) * (b[i] - mb), 0);
  const covariance = products(x, mx, y, my);
  const slope = covariance / products(x, mx, x, mx);
  return {
    slope,
    intercept: my - slope * mx,
    explained: slope * covariance / products(y, my, y, my),
  };
}
