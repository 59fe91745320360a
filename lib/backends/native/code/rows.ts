/**
 * The features of inputs and the conditions on their variances as C functions, in double precision, for networks with positions.
 *
 * In: the program or the checks of a node. Out, for spatial/plan/text.ts: the text of `ROWS`, a loop over inputs and positions,
 * and the names of what it reads. A feature √var1 becomes
 *
 *     static void ROWS(integer count, const double *const *in, …) {
 *       for (integer e = 0; e < count; e++) {
 *         const double x0 = in0[e];
 *         features[0 * stride + e] = sqrt_(x0);
 *       }
 *     }
 */
import { type Expr, type Kind, type Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { type Check, type Entrywise, featureIndex } from "../../../program/entrywise.ts";
import type { Piece } from "../../../program/pieces.ts";
import { inPrimitives, literal, renderC, renderCPrelude } from "../../../render/c.ts";
import type { DType } from "../../../array/dtype.ts";
import { firstBeyond, LARGEST } from "../../../room.ts";
import { ROWS_CHUNK } from "../budget.ts";
import { pointPieces } from "./point_pieces.ts";

/** A function of rows: its text for the name ROWS, and the names of the row variables that it reads, in order. */
export interface RowsText {
  readonly text: string;
  readonly inputs: readonly string[];
  readonly operations: ReadonlySet<Kind>;
}

/** Which rows a function is for: those with themselves, or those of the first and of the second side of pairs. */
export type Side = "diagonal" | "first" | "second";

/** Of which sides a map reads features. */
const scopes = { diagonal: ["row1", "row2"], first: ["row1"], second: ["row2"], none: [] } as const;

/** Whether the host has to compute expressions of row variables, since they have coefficient tables in them. */
export function needsHost(roots: readonly Expr[]): boolean {
  return topological(roots).some(({ kind }) => kind === "table" || kind === "hermiteSum");
}

/** What the functions of rows take; those of pieces a part of the rows, and memory for what pieces compute for later ones. */
const inputs = "integer count, const double *const *in";
const results = "REAL *restrict features, integer stride, REAL *restrict variance";
const part = `integer start, integer end, double (*restrict slots)[${ROWS_CHUNK}]`;

/** A function of rows: what it takes, what those of its pieces are called with, and how it says that something is wrong. */
interface Signature {
  readonly parameters: string;
  readonly args: string;
  /** The text that does something with a value that is computed */
  readonly store: (name: string, value: string) => string;
  readonly type: "void" | "integer";
}

/** The features that a map reads, and for rows with themselves the variance after it; then a map may read none. */
export function rowsText({ map, features, rows }: Entrywise, reads: keyof typeof scopes): RowsText {
  const isOfPairs = reads === "first" || reads === "second";
  const isRead = ({ scope }: Variable) => (scopes[reads] as readonly string[]).includes(scope);
  const leaves = topological(Object.values(map)).filter(({ kind }) => kind === "variable");
  const read = new Set(leaves.filter(({ payload }) => isRead(payload as Variable)).map(featureIndex));
  return rowsFunction(
    Object.fromEntries([
      ...features.map((feature, k) => [`features[${k} * stride + e]`, feature] as const)
        .filter((_, k) => read.has(k)),
      ...(rows.cov && !isOfPairs ? [["variance[e]", rows.cov] as const] : []),
    ]),
    {
      parameters: `${inputs}, ${results}`,
      args: "count, in, features, stride, variance",
      store: (place, value) => `${place} = ${value};`,
      type: "void",
    },
  );
}

/** Whether one of the conditions does not hold. */
export function checksText(checks: readonly Check[], precision: DType): RowsText {
  const bounds = checks.map(({ limit, room }) =>
    Math.min(limit?.value ?? Infinity, room ? firstBeyond(room, precision) : Infinity)
  );
  return rowsFunction(
    Object.fromEntries(checks.map(({ variance }, k) => [String(k), variance])),
    {
      parameters: inputs,
      args: "count, in",
      store(k, value) {
        const bound = bounds[Number(k)];
        const isBelow = bound < Infinity ? ` && ${value} < ${literal(bound, "float64")}` : "";
        return `failed |= !(${value} <= ${literal(LARGEST[precision], "float64")}${isBelow});`;
      },
      type: "integer",
    },
  );
}

/**
 * A function over all rows, or one for each piece of what it computes, over a part of the rows after the other. In pieces it is
 *
 *     NOINLINE void PIECE0_ROWS(…, integer start, integer end, double (*restrict slots)[64]) { … }
 *     NOINLINE void PIECE1_ROWS(…) { … }                        reads what the first has left in slots
 *     static void ROWS(…) {
 *       double slots[2][64];
 *       for (integer start = 0; start < count; start += 64) { … PIECE0_ROWS(…); PIECE1_ROWS(…); }
 *     }
 */
function rowsFunction(roots: Readonly<Record<string, Expr>>, signature: Signature): RowsText {
  const lowered = inPrimitives(roots, "float64");
  const { pieces, slots } = pointPieces(lowered);
  const leaves = topological(Object.values(lowered)).filter(({ kind }) => kind === "variable");
  const { parameters, args, type } = signature;
  const loop = (piece: Piece, [start, end]: readonly string[]) =>
    loopText(piece, [start, end], leaves, signature);
  const operations = new Set<Kind>();
  const written = pieces.map((piece) => loop(piece, pieces.length === 1 ? ["0", "count"] : ["start", "end"]));
  for (const piece of written) piece.operations.forEach((operation) => operations.add(operation));
  const [opened, closed] = type === "integer" ? ["  integer failed = 0;\n", "\n  return failed;"] : ["", ""];
  const functionText = (head: string, body: string) => `${head} {\n${opened}${body}${closed}\n}`;
  const call = (k: number) =>
    `${type === "integer" ? "failed |= " : ""}PIECE${k}_ROWS(${args}, start, end, slots);`;
  const whole = `static ${type} ROWS(${parameters})`;
  const text = pieces.length === 1 ? functionText(whole, written[0].text) : [
    ...written.map(({ text }, k) =>
      functionText(`NOINLINE ${type} PIECE${k}_ROWS(${parameters}, ${part})`, text)
    ),
    functionText(
      whole,
      `  double slots[${slots}][${ROWS_CHUNK}];
  for (integer start = 0; start < count; start += ${ROWS_CHUNK}) {
    const integer end = start + ${ROWS_CHUNK} < count ? start + ${ROWS_CHUNK} : count;
    ${written.map((_, k) => call(k)).join("\n    ")}
  }`,
    ),
  ].join("\n");
  return { text, inputs: leaves.map(({ payload }) => (payload as Variable).name), operations };
}

/** The loop of a piece; what is in a slot is read as the variable of its name. */
function loopText(
  { slots, outputs }: Piece,
  [start, end]: readonly string[],
  leaves: readonly Expr[],
  { store }: Signature,
) {
  const values = {
    ...outputs,
    ...Object.fromEntries([...slots].map(([slot, value]) => [slotText(slot), value])),
  };
  const read = topological(Object.values(values)).filter(({ kind }) => kind === "variable");
  const numbers = new Map(read.map((leaf, k) => [leaf, k]));
  const load = (leaf: Expr) => {
    const k = leaves.indexOf(leaf);
    return k < 0 ? slotText(Number((leaf.payload as Variable).name.slice(4))) : `in${k}[e]`;
  };
  const pointers = read.map((leaf) => leaves.indexOf(leaf)).filter((k) => k >= 0);
  const { statements, results, operations } = renderC(values, {
    precision: "float64",
    reference: (leaf) => `x${numbers.get(leaf)}`,
  });
  const write = ([name, value]: [string, string]) =>
    name.startsWith("slots[") ? `${name} = ${value};` : store(name, value);
  const text = `  ${pointers.map((k) => `const double *restrict in${k} = in[${k}];`).join("\n  ")}
  INDEPENDENT
  for (integer e = ${start}; e < ${end}; e++) {
    ${read.map((leaf, k) => `const double x${k} = ${load(leaf)};`).join("\n    ")}
    ${statements.replaceAll("\n", "\n    ")}
    ${Object.entries(results).map(write).join("\n    ")}
  }`;
  return { text, operations };
}

const slotText = (slot: number) => `slots[${slot}][e - start]`;

/** The functions that texts in double precision call. */
export const scalarPrelude = (operations: Iterable<Kind>): string =>
  [
    "#define SQRT __builtin_sqrt",
    "#define FLOOR __builtin_floor",
    "#define ABS __builtin_fabs",
    renderCPrelude(operations, "float64"),
  ].join("\n");
