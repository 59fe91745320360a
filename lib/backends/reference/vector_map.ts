/**
 * A program's map as JavaScript text, for the two loops of the reference backend: over rows (backend.ts), and over positions (maps.ts).
 *
 * In: the map of a program, and how the loops count rows. Out: for each function its statements, what it reads, and what stands for
 * its results. Of nngp = √(cov · f0 · f0), with f0 of either row, i of x1 and second + j of x2:
 *
 *     features      const { 0: column0 } = columns, {  } = widths;
 *     reads         ["cov"]
 *     statements    const t0 = Math.sqrt(Math.max((cov * (column0[i] * column0[second + j])), 0));
 *     results       { nngp: "t0" }
 *
 * A map of more than `WHOLE` operations is several functions, which keep numbers for each other in slots: engines do not make longer
 * functions fast.
 */
import type { Expr, HermiteOrder, Variable } from "../../expr/expr.ts";
import { type Entrywise, featureIndex } from "../../program/entrywise.ts";
import { javaScriptFunctions, javaScriptSteps } from "../../render/javascript.ts";
import { cutSteps, orderSteps, type Piece, type Pieces, placeSteps } from "../../program/pieces.ts";
import type { Column } from "../../rows/rows.ts";
import { mapped, type Steps } from "../../steps.ts";
import { FUNCTION_LENGTHS, WHOLE } from "./budget.ts";

/** The text of one function of a map. */
export interface MapFunction {
  readonly statements: string;
  /** The variables of pairs that it reads; `slot3` is what slot 3 holds */
  readonly reads: readonly string[];
  /** The declaration of the features that it reads: `column<k>` of the list `columns`, and `width<k>` of `widths` */
  readonly features: string;
  /** The text of each value that it gives, by its name in the map or that of its slot */
  readonly results: Readonly<Record<string, string>>;
}

/** A map as one function, or as several that are called one after the other. */
export interface RenderedMap {
  readonly functions: readonly MapFunction[];
  /** How many numbers of a pair the functions keep for each other */
  readonly slots: number;
  /** How many operations there are */
  readonly size: number;
}

/** The indices at which features of the first and the second row are read. */
interface RowText {
  readonly row1: string;
  readonly row2: string;
}

/** The text of the map. In steps. */
export function* renderMap({ map }: Pick<Entrywise, "map">, row: RowText): Steps<RenderedMap> {
  const text = (piece: Piece) => renderPiece(piece, row);
  if (!isLong(map)) {
    const { size, ...whole } = yield* text({ outputs: map, slots: new Map(), sums: [] });
    return { functions: [whole], slots: 0, size };
  }
  const { pieces, slots } = yield* functionPieces(map);
  const functions: MapFunction[] = [];
  let total = 0;
  for (const piece of pieces) {
    const { size, ...part } = yield* text(piece);
    functions.push(part);
    total += size;
    yield;
  }
  return { functions, slots, size: total };
}

/** Whether a map has too many operations for one function. */
function isLong(map: Entrywise["map"]): boolean {
  const nodes = new Set(Object.values(map));
  let operations = 0;
  // A set goes on with what is added to it.
  for (const { args } of nodes) {
    if (args.length > 0 && ++operations > WHOLE) return true;
    for (const arg of args) nodes.add(arg);
  }
  return false;
}

/** The pieces of a map that is too long for one function. */
function* functionPieces(map: Entrywise["map"]): Steps<Pieces> {
  const order = yield* orderSteps(Object.values(map), {
    isListed: ({ args }) => args.length > 0,
    isSource: (leaf) => featureIndex(leaf) === undefined,
  });
  return yield* cutSteps(map, order, yield* placeSteps(order, FUNCTION_LENGTHS));
}

/** The text of a piece; its Hermite sums, which later pieces read, come last. */
function* renderPiece(
  { outputs, slots, sums }: Piece,
  { row1, row2 }: RowText,
): Steps<MapFunction & Pick<RenderedMap, "size">> {
  const reads = new Set<string>();
  const read = new Set<number>();
  const tables = new Set<number>();
  const columnOf = (index: number) => {
    read.add(index);
    return `column${index}`;
  };
  const rowOf = (leaf: Expr) => (leaf.payload as Variable).scope === "row1" ? row1 : row2;
  const table = (leaf: Expr): string => {
    const index = featureIndex(leaf)!;
    tables.add(index);
    return `${columnOf(index)}, (${rowOf(leaf)}) * width${index}, width${index}`;
  };
  const sum = (a: Expr, b: Expr, rho: string, order: number) =>
    `hermiteSum(${table(a)}, ${table(b)}, ${rho}, ${order})`;
  const kept = [...slots].map(([slot, value]) => [`slot${slot}`, value] as const);
  const { statements, results, size } = yield* javaScriptSteps({ ...outputs, ...Object.fromEntries(kept) }, {
    reference: (leaf) => {
      const index = featureIndex(leaf);
      if (index !== undefined) return `${columnOf(index)}[${rowOf(leaf)}]`;
      const { name } = leaf.payload as Variable;
      reads.add(name);
      return name;
    },
    hermiteSum: ({ args: [a, b], payload }, rho) => sum(a, b, rho, (payload as HermiteOrder).order),
  });
  const all: Record<string, string> = { ...results };
  // Sums read ρ and are kept, both by the names of their slots.
  for (const { a, b, rho, to, order } of sums) {
    // An earlier piece may have made ρ.
    const argument = results[`slot${rho}`] ?? `slot${rho}`;
    if (argument === `slot${rho}`) reads.add(argument);
    all[`slot${to}`] = sum(a, b, argument, order);
  }
  const pattern = (indices: Set<number>, name: string) =>
    `{ ${[...indices].map((index) => `${index}: ${name}${index}`).join(", ")} }`;
  const features = `const ${pattern(read, "column")} = columns, ${pattern(tables, "width")} = widths;`;
  return { statements, results: all, reads: [...reads], features, size };
}

/** Where the value of a slot is kept, of so many at a place; undefined for names of other values. */
export function slotText(name: string, place: string, slots: number): string | undefined {
  const slot = /^slot(\d+)$/.exec(name)?.[1];
  return slot && `slots[(${place}) * ${slots} + ${slot}]`;
}

/** The functions that bodies return, with what the text of a map calls; in steps, as engines read the text first. */
export function* compileBodies(bodies: readonly string[]): Steps<unknown[]> {
  const bindings = { ...javaScriptFunctions, hermiteSum };
  return yield* mapped(
    bodies,
    (body) => new Function(...Object.keys(bindings), body)(...Object.values(bindings)),
  );
}

/** The numbers of a column, and how many of them a row has. */
export const numbersOf = (column: Column): Float64Array =>
  column instanceof Float64Array ? column : column.coefficients;
export const widthOf = (column: Column): number => column instanceof Float64Array ? 1 : column.width;

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
