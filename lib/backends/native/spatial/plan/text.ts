/**
 * The C text of networks with positions: the driver, which executes plans and is the same for all; and the functions of a program,
 * equal ones once, in tables by their numbers. In: a network and the tiles of both plans. Out, for compiled.ts and encode.ts:
 *
 *     static void maps_0(const struct call *call) { … }
 *     static void maps_1(const struct call *call) { … }
 *     const void *const maps[] = {maps_0, maps_1, 0};
 */
import type { DType } from "../../../../array/dtype.ts";
import { variable } from "../../../../expr/expr.ts";
import { inPrimitives, renderC } from "../../../../render/c.ts";
import type { Check } from "../../../../program/entrywise.ts";
import type { Steps } from "../../../../steps.ts";
import { positionConstants } from "../../budget.ts";
import { featureOrder } from "../../../feature_order.ts";
import { type MapSpec, pointMapText } from "../../code/points.ts";
import type { Network, NetworkNode } from "./network.ts";
import { checksText, needsHost, type RowsText, rowsText, scalarPrelude, type Side } from "../../code/rows.ts";
import * as structs from "../structs.ts";
import type { PlacedTile } from "./tiles.ts";

// In the order in which they follow each other in a text
import shared from "../../shared.c" with { type: "text" };
import vectors from "../vectors.c" with { type: "text" };
import loops from "../loops.c" with { type: "text" };
import guarded from "../../../../ffi/guarded.c" with { type: "text" };
import workspace from "../workspace.c" with { type: "text" };
import points from "../points.c" with { type: "text" };
import tileSteps from "../tile_steps.c" with { type: "text" };
import mixing from "../mixing.c" with { type: "text" };
import scatter from "../scatter.c" with { type: "text" };
import features from "../features.c" with { type: "text" };
import system from "../../system.c" with { type: "text" };
import run from "../run.c" with { type: "text" };
import diagonal from "../diagonal.c" with { type: "text" };

/** How numbers of a precision are called in C: REAL and what its bits mean; SHIFT is 1.5·2^MANTISSA. */
const formats = {
  float64: { REAL: "double", BITS: "long long", MANTISSA: 52, BIAS: 1023, SHIFT: "0x1.8p52", suffix: "" },
  float32: { REAL: "float", BITS: "int", MANTISSA: 23, BIAS: 127, SHIFT: "0x1.8p23f", suffix: "f" },
};

/** What all text starts with: a number format, sizes, and vectors. */
function header(precision: DType): string {
  const { suffix, ...format } = formats[precision];
  const functions = { sqrt: "REAL_SQRT", floor: "REAL_FLOOR", fma: "REAL_FMA" };
  const macros = [
    ...Object.entries(format),
    ...Object.entries(functions).map(([name, macro]) => [macro, `__builtin_${name}${suffix}`]),
  ];
  const defined = macros.map(([name, value]) => `#define ${name} ${value}`);
  return [...defined, positionConstants, shared, structs.features.text, vectors].join("\n");
}

/**
 * What executes plans, the same for all programs: compiled once a precision and machine, whatever network comes. The order of the
 * texts is that of the work: memory, lists of points, tiles, what becomes of them, features, tasks.
 */
export function driverText(precision: DType): string {
  const parts = [
    ...[guarded, structs.jobText, workspace, points, tileSteps, mixing, scatter],
    ...[features, system, run, diagonal],
  ];
  return [header(precision), exponential(), ...parts].join("\n");
}

/** eˣ in double precision, of the same approximation as everywhere. */
function exponential(): string {
  const roots = inPrimitives({ value: variable("x").exp() }, "float64");
  const { statements, results, operations } = renderC(roots, { precision: "float64", reference: () => "x" });
  return [
    scalarPrelude(operations),
    `INLINE double exponential(double x) {\n${statements}\nreturn ${results.value};\n}`,
  ].join("\n");
}

/** The functions of a program, and their numbers. */
export interface ProgramText {
  readonly text: string;
  /** Of tiles of pairs, and of inputs with themselves */
  readonly maps: ReadonlyMap<PlacedTile, number>;
  readonly diagonalMaps: ReadonlyMap<PlacedTile, number>;
  /** For every node its functions of rows, or null where the host computes them */
  readonly rows: readonly (Readonly<Record<Side, Numbered>> | null)[];
  /** For every node its conditions, or null if there are none, or the host checks them */
  readonly checks: readonly (Numbered | null)[];
}

/** A function of rows and what it reads. */
export interface Numbered {
  readonly number: number;
  readonly inputs: readonly string[];
}

/**
 * The text of a program for the tiles of both plans, in steps. In: what compiled.ts has planned. Out: one text, which ends with a
 * table for each kind of function, such as `const void *const maps[] = {maps_0, maps_1, 0};`, and for each tile and node the
 * number of its function there.
 */
export function* programSteps(
  network: Network,
  checks: readonly (readonly Check[])[],
  tiles: { readonly pairs: readonly PlacedTile[]; readonly diagonal: readonly PlacedTile[] },
  precision: DType,
): Steps<ProgramText> {
  const functions = new Functions();
  const numberOf = (tile: PlacedTile, diagonal: boolean) =>
    functions.number(
      diagonal ? "diagonal_maps" : "maps",
      "MAP",
      pointMapText(specOf(tile, network, precision, diagonal)),
    );
  // The functions of all tiles of a plan; in steps, since long maps take their time.
  const mapsOf = function* (list: readonly PlacedTile[], diagonal: boolean): Steps<Map<PlacedTile, number>> {
    const numbers = new Map<PlacedTile, number>();
    for (const tile of list.filter(({ kind }) => kind === "map" || kind === "copy")) {
      numbers.set(tile, numberOf(tile, diagonal));
      yield;
    }
    return numbers;
  };
  const texts: RowsText[] = [];
  // A function of rows or of conditions, which both go into the text.
  const numbered = (table: string, rows: RowsText): Numbered => {
    texts.push(rows);
    return { number: functions.number(table, "ROWS", rows.text), inputs: rows.inputs };
  };
  const maps = yield* mapsOf(tiles.pairs, false);
  const diagonalMaps = yield* mapsOf(tiles.diagonal, true);
  // A convolution of variances needs no features of inputs with themselves.
  const mapped = new Set(tiles.diagonal.filter(({ kind }) => kind === "map").map(({ node }) => node));
  const rowsOf = (node: NetworkNode) => {
    const { program } = node;
    if (!program || needsHost([...program.features, ...Object.values(program.rows)])) return null;
    const reading = (reads: Side | "none") => numbered("rows", rowsText(program, reads));
    return {
      diagonal: reading(mapped.has(node) ? "diagonal" : "none"),
      first: reading("first"),
      second: reading("second"),
    };
  };
  const rows: ReturnType<typeof rowsOf>[] = [];
  for (const node of network.nodes) {
    rows.push(rowsOf(node));
    yield;
  }
  const conditions: (Numbered | null)[] = [];
  for (const list of checks) {
    const isWritten = list.length > 0 && !needsHost(list.map(({ variance }) => variance));
    conditions.push(isWritten ? numbered("checks", checksText(list, precision)) : null);
    yield;
  }
  const text = [
    header(precision),
    loops,
    scalarPrelude(texts.flatMap(({ operations }) => [...operations])),
    functions.text,
  ].join("\n");
  return { text, maps, diagonalMaps, rows, checks: conditions };
}

/** What the map of a tile reads: of every earlier tile a window, the last axis apart from the others. */
function specOf(
  { kind, node, readings }: PlacedTile,
  { width }: Network,
  precision: DType,
  diagonal: boolean,
): MapSpec {
  const reads = readings.map(({ node, boxes }) => ({
    node: node.id,
    rows: boxes.slice(0, -1).reduce((product, { taps }) => product * taps, 1),
    taps: boxes[boxes.length - 1].taps,
    stride: boxes[boxes.length - 1].stride,
    scale: boxes.reduce((product, { scale }) => product * scale, 1),
    isWhole: boxes[boxes.length - 1].outSize === 1 && boxes[boxes.length - 1].taps > 1,
  }));
  const program = kind === "map" ? node.program! : copyOf(node.id, width);
  return { program, layout: featureOrder(program), reads, width, precision, diagonal };
}

/** The program of results as they are. */
function copyOf(id: number, width: number): MapSpec["program"] {
  const entries = Object.entries({ nngp: `cov${id}`, ntk: `ntk${id}` }).slice(0, width);
  return { map: Object.fromEntries(entries.map(([name, input]) => [name, variable(input)])), features: [] };
}

/**
 * Functions in tables, equal ones once. A text calls its function MAP or ROWS, and those of its pieces PIECE0_MAP and so on; here MAP
 * becomes maps_3 or diagonal_maps_0, by the table and the number that it has there.
 */
class Functions {
  readonly #tables = new Map<string, string[]>([["maps", []], ["diagonal_maps", []], ["rows", []], [
    "checks",
    [],
  ]]);

  /** The number of a function in its table; the text calls it `name`. */
  number(table: string, name: string, text: string): number {
    // Layers that are alike have the same text, and are compiled once.
    const known = this.#tables.get(table)!;
    const named = text.replaceAll(name, `${table}_`);
    const number = known.indexOf(named);
    return number >= 0 ? number : known.push(named) - 1;
  }

  get text(): string {
    return [...this.#tables].map(([table, texts]) => {
      const named = texts.map((text, k) => text.replaceAll(`${table}_(`, `${table}_${k}(`));
      const names = texts.map((_, k) => `${table}_${k}`);
      return [...named, `const void *const ${table}[] = {${[...names, "0"].join(", ")}};`].join("\n");
    }).join("\n");
  }
}
