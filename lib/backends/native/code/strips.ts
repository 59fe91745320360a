/**
 * The C text for vectors: the tile loop, and the map of a program that it calls for a row of x1 and a strip of TILE rows of x2.
 *
 * In: a program and the layout of its features. Out, for vectors/library.ts: a text for each object. A map is a function for every
 * piece (program/pieces.ts), each a loop over the strip that the compiler vectorises:
 *
 *     NOINLINE void piece0(PARAMETERS) {
 *       const REAL x0 = row[0];
 *       INDEPENDENT
 *       for (integer j = 0; j < TILE; j++) {
 *         const REAL x1 = strip[0 * TILE + j], x2 = cov[j];
 *         out[0 * TILE * TILE + j] = …;
 *       }
 *     }
 */
import type { DType } from "../../../array/dtype.ts";
import type { Expr, Kind, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { type Entrywise, featureIndex } from "../../../program/entrywise.ts";
import {
  cutSteps,
  orderSteps,
  type Piece,
  type Pieces,
  placeSteps,
  type Sum,
} from "../../../program/pieces.ts";
import { cTypes, primitiveSteps, renderC, renderCPrelude } from "../../../render/c.ts";
import { finished, type Steps } from "../../../steps.ts";
import { NEAR } from "../../near.ts";
import type { FeatureOrder } from "../../feature_order.ts";
import { column, job, nearJob } from "../vectors/structs.ts";
import { parameterSteps } from "./parameters.ts";
import { CHEAP, STRIP_LENGTHS, vectorConstants } from "../budget.ts";

// In the order in which they follow each other in a text
import shared from "../shared.c" with { type: "text" };
import sharedByVectors from "../vectors/shared.c" with { type: "text" };
import hermiteSum from "../vectors/hermite_sum.c" with { type: "text" };
import guarded from "../../../ffi/guarded.c" with { type: "text" };
import system from "../system.c" with { type: "text" };
import strips from "../vectors/strips.c" with { type: "text" };
import tiles from "../vectors/tiles.c" with { type: "text" };
import near from "../vectors/near.c" with { type: "text" };

/** The compiler's own functions. */
const functions = {
  float64: { SQRT: "__builtin_sqrt", FLOOR: "__builtin_floor", ABS: "__builtin_fabs" },
  float32: { SQRT: "__builtin_sqrtf", FLOOR: "__builtin_floorf", ABS: "__builtin_fabsf" },
};

/** What all text for vectors starts with. */
function header(precision: DType): string {
  const macros = { REAL: cTypes[precision], ...functions[precision] };
  return defined(macros) + vectorConstants + shared + sharedByVectors;
}

const defined = (macros: Readonly<Record<string, string | number>>): string =>
  Object.entries(macros).map(([name, value]) => `#define ${name} ${value}\n`).join("");

/** What all precisions share: short, and beyond what compilers without vectors take. */
export function memoryText(): string {
  return header("float64") + system;
}

/** The tile loop in a precision, and what it works on: the same for all programs. */
export function tilesText(precision: DType): string {
  return header(precision) + guarded + column.text + job.text + system + strips + tiles;
}

/** The loop over rows with near pairs, for inputs of a precision. */
export function nearText(precision: DType): string {
  const macros = { INPUT: cTypes[precision], NEAR_INPUT: NEAR[precision], NEAR: NEAR.float64 };
  const job = column.text + nearJob.text;
  return header("float64") + defined(macros) + guarded + job + system + strips + near;
}

/** The map of a program in a precision, and its parameters. */
interface MapText {
  /** It depends on the structure of the network alone, not on its constants, on sizes or on data */
  readonly text: string;
  readonly parameters: readonly number[];
}

/** The text of a program's map. */
export const stripMapText = (program: Entrywise, layout: FeatureOrder, precision: DType): MapText =>
  finished(mapSteps(program, layout, precision));

/** The same in steps. */
export function* mapSteps({ map }: Entrywise, layout: FeatureOrder, precision: DType): Steps<MapText> {
  const general = yield* parameterSteps(map);
  const primitives = yield* primitiveSteps(general.map, precision);
  const { pieces, slots } = yield* stripPieces(primitives);
  const loops: ReturnType<typeof loopText>[] = [];
  for (const piece of pieces) {
    loops.push(loopText(piece, Object.keys(map), layout, precision));
    yield;
  }
  const operations = new Set<Kind>(loops.flatMap((loop) => [...loop.operations]));
  const text = [
    header(precision),
    hermiteSum,
    renderCPrelude(operations, precision),
    ...loops.map(({ text }, k) => `NOINLINE void piece${k}(PARAMETERS) ${text}`),
    "map_function map;",
    "void map(const REAL *row, const REAL *strip, const integer *tables, const REAL *parameters, const REAL *cov, " +
    "const REAL *ntk, REAL *out) {",
    `  _Alignas(64) REAL slots[${Math.max(slots, 1)}][TILE];`,
    ...pieces.flatMap(({ sums }, k) => [
      `  piece${k}(row, strip, parameters, cov, ntk, slots, out);`,
      ...sums.map((sum) => `  ${sumText(sum, layout)}`),
    ]),
    "}\n",
  ].join("\n");
  return { text, parameters: general.values };
}

/** The pieces of a map, in steps: short, and what costs little is computed again in each. */
function* stripPieces(map: Readonly<Record<string, Expr>>): Steps<Pieces> {
  const roots = Object.values(map);
  const cheap = cheapNodes(roots);
  yield;
  const order = yield* orderSteps(roots, {
    isListed: (node) => node.args.length > 0 && !cheap.has(node),
    isSource: (leaf) => featureIndex(leaf) === undefined,
  });
  return yield* cutSteps(map, order, yield* placeSteps(order, STRIP_LENGTHS));
}

/** Constants, features, and what takes few operations on them. */
function cheapNodes(roots: readonly Expr[]): Set<Expr> {
  const sizes = new Map<Expr, number>();
  for (const node of topological(roots)) {
    const isOfPair = node.kind === "hermiteSum" ||
      node.kind === "variable" && featureIndex(node) === undefined;
    const size = node.args.reduce((sum, arg) => sum + (sizes.get(arg) ?? Infinity), 1);
    if (!isOfPair && size <= CHEAP) sizes.set(node, size);
  }
  return new Set(sizes.keys());
}

/**
 * One piece: a loop over a strip of pairs. Whatever it reads is loaded before anything is computed, since a load that only one
 * of two cases needs would become a branch.
 */
function loopText(
  { slots, outputs }: Piece,
  names: readonly string[],
  layout: FeatureOrder,
  precision: DType,
) {
  const values = Object.fromEntries([
    ...[...slots].map(([slot, expr]) => [`slots[${slot}][j]`, expr]),
    ...Object.entries(outputs).map(([name, expr]) => [`out[${names.indexOf(name)} * TILE * TILE + j]`, expr]),
  ]) as Record<string, Expr>;
  const leaves = topological(Object.values(values)).filter(({ kind }) => kind === "variable");
  const reference = (leaf: Expr) => `x${leaves.indexOf(leaf)}`;
  const { statements, results, operations } = renderC(values, { precision, reference });
  const load = (leaf: Expr) => `const REAL ${reference(leaf)} = ${placeOf(leaf, layout)};`;
  const isOfRow = (leaf: Expr) => (leaf.payload as Variable).scope === "row1" || isParameter(leaf);
  const text = `{
  ${leaves.filter(isOfRow).map(load).join("\n  ")}
  INDEPENDENT
  for (integer j = 0; j < TILE; j++) {
    ${leaves.filter((leaf) => !isOfRow(leaf)).map(load).join("\n    ")}
    ${statements.replaceAll("\n", "\n    ")}
    ${Object.entries(results).map(([place, text]) => `${place} = ${text};`).join("\n    ")}
  }
}`;
  return { text, operations };
}

/** True for a constant that the compiled code is given (parameters.ts). */
const isParameter = ({ payload }: Expr): boolean => /^p\d+$/.test((payload as Variable).name);

/** What is behind the covariances of a strip. */
const BEHIND = ["gap", "apart"];

/** Where a leaf is in memory. */
function placeOf(leaf: Expr, { positions }: FeatureOrder): string {
  const { name, scope } = leaf.payload as Variable;
  if (scope === "row1") return `row[${positions[featureIndex(leaf)!]}]`;
  if (scope === "row2") return `strip[${positions[featureIndex(leaf)!]} * TILE + j]`;
  if (isParameter(leaf)) return `parameters[${name.slice(1)}]`;
  if (name === "cov" || name === "ntk") return `${name}[j]`;
  const behind = BEHIND.indexOf(name);
  return behind < 0 ? `slots[${name.slice(4)}][j]` : `cov[${behind + 1} * TILE + j]`;
}

/** The coefficients of the row of x1 are side by side, those of the strip vector by vector. */
function sumText({ order, a, b, rho, to }: Sum, { positions }: FeatureOrder): string {
  const ofRow = (a.payload as Variable).scope === "row1" ? a : b;
  const [first, second] = [ofRow, ofRow === a ? b : a].map((leaf) => 2 * positions[featureIndex(leaf)!]);
  const row = `row + tables[${first}], tables[${first + 1}]`;
  const strip = `strip + tables[${second}] * TILE, tables[${second + 1}]`;
  return `hermite_sum(${order}, ${row}, ${strip}, slots[${rho}], slots[${to}]);`;
}
