/** How far products of features are from the kernel: ‖φφᵀ − K‖/‖K‖ over all rows of a batch, estimated from a few of them. */
import { type NdArray, takeRows } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import { foldIn, type Key, permutation } from "../random/mod.ts";
import type { KernelName } from "./kernel_series.ts";
import { matmulTransposed } from "../linalg/matmul.ts";
import type { Estimate } from "./network_features.ts";

/**
 * ‖φφᵀ − K‖/‖K‖ in the Frobenius norm over `rows` rows, of which `features` (r, D) and `kernel` (r, r) have r: entries off the
 * diagonal count as many times as there are more of them in the whole. The standard error is that of the jackknife over rows.
 */
export function estimateError(features: NdArray, kernel: NdArray, rows: number): Estimate {
  const n = kernel.shape[0];
  const product = matmulTransposed(features, features);
  // What row i has of the errors and of the kernel: on the diagonal, and off it.
  const parts = Array.from({ length: n }, (_, i) => {
    const part = { error: 0, size: 0, own: 0, ownSize: 0 };
    for (let j = 0; j < n; j++) {
      const [k, e] = [kernel.data[i * n + j], product.data[i * n + j] - kernel.data[i * n + j]];
      if (i === j) part.own = e * e, part.ownSize = k * k;
      else part.error += e * e, part.size += k * k;
    }
    return part;
  });
  const off = n > 1 ? (rows - 1) / (n - 1) : 0;
  const sum = (of: (part: typeof parts[number]) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const [error, size] = [sum((p) => p.own + off * p.error), sum((p) => p.ownSize + off * p.size)];
  const ratio = (e: number, s: number) => s > 0 ? Math.sqrt(Math.max(0, e) / s) : 0;
  const value = ratio(error, size);
  if (n < 3) return { value, standardError: NaN };
  // A row that is left out takes its column with it.
  const without = parts.map((p) =>
    ratio(error - p.own - 2 * off * p.error, size - p.ownSize - 2 * off * p.size)
  );
  const mean = without.reduce((total, one) => total + one, 0) / n;
  const spread = without.reduce((total, one) => total + (one - mean) ** 2, 0);
  return { value, standardError: Math.sqrt(spread * (n - 1) / n) };
}

/** The key of the rows that are drawn, among those that a map draws from its own. */
const ROWS = 3;

/** How far the features of a batch are from the exact kernels, by name, from a few rows of it; null if these are none. */
export async function errorsOf<K extends KernelName>(
  kernelFn: KernelFn,
  x: NdArray,
  features: Readonly<Record<K, NdArray>>,
  key: Key,
  { errorRows, signal }: { readonly errorRows: number; readonly signal?: AbortSignal },
): Promise<Readonly<Record<K, Estimate>> | null> {
  if (errorRows === 0) return null;
  const rows = x.shape[0];
  const chosen = rows <= errorRows
    ? Array.from({ length: rows }, (_, i) => i)
    : Array.from(permutation(foldIn(key, ROWS), rows).data.subarray(0, errorRows), Number).sort((a, b) =>
      a - b
    );
  const names = Object.keys(features) as K[];
  const kernel = await kernelFn(takeRows(x, chosen), null, names as readonly KernelName[], { signal });
  const of = (name: K) => estimateError(takeRows(features[name], chosen), kernel[name], rows);
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, Estimate>;
}
