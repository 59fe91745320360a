/**
 * Tables of a fixed number of Hermite coefficients, whatever error that leaves: from a Gauss–Hermite rule with as many points, or the
 * first ones to the last digit.
 */
import type { Table, TableValues } from "../../lib/expr/table.ts";
import { mapped, type Steps } from "../../lib/steps.ts";
import { hermiteValues } from "./singular_coefficients.ts";
import { gaussHermiteProbabilists } from "../../lib/special/gauss_hermite.ts";
import type { Source } from "./octave.ts";
import { fixedRows, type RowCoefficients } from "./rows.ts";
import { atZero, closed, table, totalOf } from "./tables.ts";
import { remainders, restOf, roughness } from "./width.ts";
import type { Dual } from "./terms.ts";
import { checkFinite } from "./options.ts";
import { singularities } from "./singular.ts";

/** A table of the coefficients k < `deg` that `dual` needs, from `deg` values of the function (or its slope) a row. */
export function gaussHermiteTable(source: Source, dual: Dual, deg: number): Table {
  const compute = function* (variances: Float64Array): Steps<TableValues> {
    const quadrature = quadratureOf(source, dual, deg);
    const rows = yield* fixedRows({ ...source, terms: [], bends: [], steps: [] }, dual, variances, deg);
    const approximate = new Map(yield* mapped(rows, (row) => [row, quadrature(row.sigma)]));
    const error = rows.reduce((max, row) => Math.max(max, distance(row, approximate.get(row)!)), 0);
    const rough = rows.reduce((max, row) => Math.max(max, roughness(row, dual)), 0);
    const zero = atZero(source, dual).total;
    const values = yield* table(variances, rows, deg, error, zero, (row) => approximate.get(row)!);
    return { ...values, roughness: rough };
  };
  return { label: `Hermite coefficients for ${dual} from ${deg} points`, compute };
}

/** Σᵢ wᵢ f(σzᵢ) hₖ(zᵢ); slopes that are not known come from values, as √(k + 1) aₖ₊₁/σ. */
function quadratureOf({ f, slope }: Source, dual: Dual, deg: number): (sigma: number) => Float64Array {
  const { nodes, weights } = gaussHermiteProbabilists(deg);
  const polynomials = Array.from(nodes, (z) => hermiteValues(z, deg));
  const project = (g: (x: number) => number, sigma: number) => {
    const a = new Float64Array(deg);
    polynomials.forEach((h, i) => {
      const value = weights[i] * g(sigma * nodes[i]);
      for (let k = 0; k < deg; k++) a[k] += value * h[k];
    });
    return a;
  };
  if (dual === "nngp") return (sigma) => project(f, sigma);
  if (slope) return (sigma) => project(slope, sigma);
  return (sigma) => {
    const a = project(f, sigma);
    return a.map((_, k) => k + 1 < deg ? Math.sqrt(k + 1) * a[k + 1] / sigma : 0);
  };
}

/** What the missing coefficients and the error D of the others can do to the kernel, relative: R + 2√D + D. */
function distance({ regular, totalMass }: RowCoefficients, approximate: Float64Array): number {
  const rest = restOf(totalMass, regular);
  const scale = totalMass.even + totalMass.odd + regular[0] ** 2;
  if (scale === 0) return 0;
  const difference = regular.reduce((sum, value, k) => sum + (value - approximate[k]) ** 2, 0) / scale;
  return (rest.even + rest.odd) / scale + 2 * Math.sqrt(difference) + difference;
}

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
