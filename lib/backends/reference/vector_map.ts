/** A program's map as JavaScript text, for the two loops of the reference backend: over rows, and over positions. */
import type { Expr, HermiteOrder, Variable } from "../../expr/expr.ts";
import type { TableValues } from "../../expr/table.ts";
import { type Entrywise, featureIndex } from "../../program/entrywise.ts";
import { javaScriptFunctions, javaScriptSteps } from "../../render/javascript.ts";
import type { Statements } from "../../render/statements.ts";
import type { Column } from "../../rows/rows.ts";
import type { Steps } from "../../steps.ts";

/** The text of a map. */
export interface RenderedMap extends Omit<Statements, "operations"> {
  /** The variables of pairs that it reads */
  readonly pairs: readonly string[];
}

/** The text of the map; feature k is `column<k>`, read at the index that `row` writes for the first and the second row. In steps. */
export function* renderMap(
  { map }: Entrywise,
  columns: readonly Column[],
  row: { readonly row1: string; readonly row2: string },
): Steps<RenderedMap> {
  const pairs = new Set<string>();
  const rowOf = (leaf: Expr) => (leaf.payload as Variable).scope === "row1" ? row.row1 : row.row2;
  const table = (leaf: Expr): string => {
    const index = featureIndex(leaf)!;
    const { width } = columns[index] as TableValues;
    return `column${index}, (${rowOf(leaf)}) * ${width}, ${width}`;
  };
  const rendered = yield* javaScriptSteps(map, {
    reference: (leaf) => {
      const index = featureIndex(leaf);
      if (index !== undefined) return `column${index}[${rowOf(leaf)}]`;
      const { name } = leaf.payload as Variable;
      pairs.add(name);
      return name;
    },
    hermiteSum: ({ args: [a, b], payload }, rho) =>
      `hermiteSum(${table(a)}, ${table(b)}, ${rho}, ${(payload as HermiteOrder).order})`,
  });
  return { ...rendered, pairs: [...pairs] };
}

/** The function that `body` returns, with what the text of a map calls. */
export function compileBody(body: string): unknown {
  const bindings = { ...javaScriptFunctions, hermiteSum };
  return new Function(...Object.keys(bindings), body)(...Object.values(bindings));
}

/** The numbers of a column. */
export const numbersOf = (column: Column): Float64Array =>
  column instanceof Float64Array ? column : column.coefficients;

/** `evaluateHermiteSum` for two rows of coefficient tables: making views of them would take as long as the sum. */
function hermiteSum(
  a: Float64Array,
  aStart: number,
  aWidth: number,
  b: Float64Array,
  bStart: number,
  bWidth: number,
  rho: number,
  order: number,
): number {
  let sum = 0;
  for (let k = firstTerm(Math.min(aWidth, bWidth) - 1, rho); k >= order; k--) {
    let factor = a[aStart + k] * b[bStart + k];
    for (let m = 0; m < order; m++) factor *= k - m;
    sum = sum * rho + factor;
  }
  return sum;
}

/** Terms from |ρ|ᵏ < 1e-30 on add nothing to a float64 sum, not even those of a first or second derivative. */
const LOG_NOTHING = -70;

function firstTerm(last: number, rho: number): number {
  if (last < 64 || Math.abs(rho) > 0.99) return last;
  return Math.min(last, Math.ceil(LOG_NOTHING / Math.log(Math.abs(rho) + 1e-300)) + 8);
}
