/** The features of inputs and the conditions on their variances as C functions, in double precision. */
import { type Expr, type Kind, type Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { type Check, featureIndex, type Program } from "../../../program.ts";
import { inPrimitives, renderC, renderCPrelude } from "../../../render/c.ts";
import type { DType } from "../../../array/dtype.ts";
import { firstBeyond, LARGEST } from "../../../room.ts";
import { literal } from "./literal.ts";

/** A function of rows: its text for the name ROWS, and the names of the row variables that it reads, in order. */
export interface RowsText {
  readonly text: string;
  readonly inputs: readonly string[];
  readonly operations: ReadonlySet<Kind>;
}

/** Which rows a function is for: those with themselves, or those of the first and of the second side of pairs. */
export type Side = "own" | "first" | "second";

/** Of which sides a map reads features. */
const scopes = { own: ["row1", "row2"], first: ["row1"], second: ["row2"], none: [] } as const;

/** Whether the host has to compute expressions of row variables, since they have coefficient tables in them. */
export function needsHost(roots: readonly Expr[]): boolean {
  return topological(roots).some(({ kind }) => kind === "table" || kind === "hermiteSum");
}

/** The features that a map reads, and for rows with themselves the variance after it; then a map may read none. */
export function rowsText({ map, features, rows }: Program, reads: keyof typeof scopes): RowsText {
  const isOfPairs = reads === "first" || reads === "second";
  const isRead = ({ scope }: Variable) => (scopes[reads] as readonly string[]).includes(scope);
  const leaves = topological(Object.values(map)).filter(({ kind }) => kind === "variable");
  const read = new Set(leaves.filter(({ payload }) => isRead(payload as Variable)).map(featureIndex));
  return rowsFunction(
    "static void ROWS(integer count, const double *const *in, REAL *restrict features, integer stride, REAL *restrict variance) {",
    Object.fromEntries([
      ...features.map((feature, k) => [`features[${k} * stride + e]`, feature] as const)
        .filter((_, k) => read.has(k)),
      ...(rows.cov && !isOfPairs ? [["variance[e]", rows.cov] as const] : []),
    ]),
    (place, value) => `${place} = ${value};`,
    "",
  );
}

/** Whether one of the conditions does not hold. */
export function checksText(checks: readonly Check[], precision: DType): RowsText {
  const bounds = checks.map(({ limit, room }) =>
    Math.min(limit?.value ?? Infinity, room ? firstBeyond(room, precision) : Infinity)
  );
  return rowsFunction(
    "static integer ROWS(integer count, const double *const *in) {\n  integer failed = 0;",
    Object.fromEntries(checks.map(({ variance }, k) => [String(k), variance])),
    (k, value) => {
      const bound = bounds[Number(k)];
      const isBelow = bound < Infinity ? ` && ${value} < ${literal(bound, "float64")}` : "";
      return `failed |= !(${value} <= ${literal(LARGEST[precision], "float64")}${isBelow});`;
    },
    "\n  return failed;",
  );
}

function rowsFunction(
  head: string,
  roots: Readonly<Record<string, Expr>>,
  store: (name: string, value: string) => string,
  tail: string,
): RowsText {
  const lowered = inPrimitives(roots, "float64");
  const leaves = topological(Object.values(lowered)).filter(({ kind }) => kind === "variable");
  const { statements, results, operations } = renderC(lowered, {
    precision: "float64",
    reference: (leaf) => `x${leaves.indexOf(leaf)}`,
  });
  const text = `${head}
  ${leaves.map((_, k) => `const double *restrict in${k} = in[${k}];`).join("\n  ")}
  INDEPENDENT
  for (integer e = 0; e < count; e++) {
    ${leaves.map((_, k) => `const double x${k} = in${k}[e];`).join("\n    ")}
    ${statements.replaceAll("\n", "\n    ")}
    ${Object.entries(results).map(([name, value]) => store(name, value)).join("\n    ")}
  }${tail}
}`;
  return { text, inputs: leaves.map(({ payload }) => (payload as Variable).name), operations };
}

/** The functions that texts in double precision call. */
export const scalarPrelude = (operations: Iterable<Kind>): string =>
  [
    "#define SQRT __builtin_sqrt",
    "#define FLOOR __builtin_floor",
    "#define ABS __builtin_fabs",
    renderCPrelude(operations, "float64"),
  ].join("\n");
