/** Tables of the first Hermite coefficients of a function, however much that leaves. */
import type { Table } from "../../lib/expr/table.ts";
import { checkFinite } from "./options.ts";
import type { Source } from "./octave.ts";
import { fixedRows, type RowCoefficients } from "./rows.ts";
import { singularities } from "./singular.ts";
import { atZero, closed, table, totalOf } from "./tables.ts";
import { remainders } from "./width.ts";

/**
 * The coefficients aₖ(σ) = E[f(σz) hₖ(z)] for k ≤ `degree`, by quadrature split at the kinks of f; with `exactDiagonal` also two
 * more that carry the mass of all further even and odd ones, so that Σ aₖ² = E[f(σz)²].
 */
export function truncatedTable(f: (x: number) => number, degree: number, exactDiagonal: boolean): Table {
  checkFinite(f);
  const count = degree + 1;
  let source: Source | undefined;
  const coefficients = (row: RowCoefficients) =>
    exactDiagonal ? closed(totalOf(row), row.totalMass, count) : totalOf(row);
  return {
    label: `Hermite coefficients up to degree ${degree}`,
    *compute(variances) {
      source ??= { f, ...yield* singularities(f) };
      const rows = yield* fixedRows(source, "nngp", variances, count);
      const error = rows.reduce((worst, row) => Math.max(worst, remainders(row, "nngp")[count]), 0);
      return yield* table(
        variances,
        rows,
        exactDiagonal ? count + 2 : count,
        error,
        atZero(source, "nngp").total,
        coefficients,
      );
    },
  };
}
