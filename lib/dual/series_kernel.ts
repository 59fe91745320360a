/** Dual kernels of the rows of x from Hermite coefficients of every variance. */
import type { NdArray } from "../array/mod.ts";
import { hermiteSum, tableOf } from "../expr/expr.ts";
import type { Table } from "../expr/table.ts";
import type { Moments } from "../moments.ts";
import { kernelOfRows } from "./gram_kernel.ts";
import type { DualOptions } from "./options.ts";

/** Σₖ aₖ(σ₁)·aₖ(σ₂)·ρᵏ for all pairs of rows, with the coefficients aₖ(σ) of `table`; `name` is what messages call it. */
export function kernelOfSeries(
  name: string,
  table: Table,
  x: NdArray,
  o: Required<DualOptions>,
): Promise<NdArray> {
  const nngp = ({ cov, var1, var2 }: Moments) => {
    const product = var1.eq(var2).select(var1, var1.sqrt().mul(var2.sqrt()));
    const cosine = cov.div(product.gt(0).select(product, 1)).min(1).max(-1);
    return hermiteSum(tableOf(table, var1), tableOf(table, var2), cosine);
  };
  return kernelOfRows({ name, nngp }, x, o);
}
