/** A coefficient table for tests. */
import type { Table } from "../../lib/expr/table.ts";
import { atOnce } from "../steps.ts";

/** The table of aₖ(v) = cₖ·vᵏ for the given c. */
export function powerTable(c: readonly number[]): Table {
  return {
    label: "powers",
    compute: (variances) =>
      atOnce({
        coefficients: Float64Array.from([...variances].flatMap((v) => c.map((ck, k) => ck * v ** k))),
        width: c.length,
        error: 0,
      }),
  };
}
