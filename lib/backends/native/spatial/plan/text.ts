/** The C text of the driver, and of the functions of a program. */
import type { DType } from "../../../../array/dtype.ts";
import { variable } from "../../../../expr/expr.ts";
import { inPrimitives, renderC } from "../../../../render/c.ts";
import type { Check } from "../../../../program/program.ts";
import type { Steps } from "../../../../steps.ts";
import features from "../features.c" with { type: "text" };
import guarded from "../../../../ffi/guarded.c" with { type: "text" };
import hermiteSum from "../hermite_sum.c" with { type: "text" };
import { positionConstants } from "../../budget.ts";
import { layoutOf } from "../../vectors/layout.ts";
import { type MapSpec, mapText } from "../../code/maps.ts";
import type { Network, NetworkNode } from "./network.ts";
import memory from "../../memory.c" with { type: "text" };
import mixing from "../mixing.c" with { type: "text" };
import own from "../own.c" with { type: "text" };
import places from "../places.c" with { type: "text" };
import { checksText, needsHost, type RowsText, rowsText, scalarPrelude, type Side } from "../driver/rows.ts";
import run from "../run.c" with { type: "text" };
import shared from "../shared.c" with { type: "text" };
import sinks from "../sinks.c" with { type: "text" };
import stages from "../stages.c" with { type: "text" };
import threads from "../../threads.c" with { type: "text" };
import * as structs from "../structs.ts";
import type { PlacedTile } from "./tiles.ts";
import windows from "../windows.c" with { type: "text" };
import vectors from "../vectors.c" with { type: "text" };
import work from "../work.c" with { type: "text" };

const formats = {
  float64: { REAL: "double", BITS: "long long", MANTISSA: 52, BIAS: 1023, SHIFT: "0x1.8p52", suffix: "" },
  float32: { REAL: "float", BITS: "int", MANTISSA: 23, BIAS: 127, SHIFT: "0x1.8p23f", suffix: "f" },
};

function header(precision: DType): string {
  const { suffix, ...format } = formats[precision];
  const functions = { sqrt: "REAL_SQRT", floor: "REAL_FLOOR", fma: "REAL_FMA" };
  const macros = [
    ...Object.entries(format),
    ...Object.entries(functions).map(([name, macro]) => [macro, `__builtin_${name}${suffix}`]),
  ];
  return [
    ...macros.map(([name, value]) => `#define ${name} ${value}`),
    positionConstants,
    vectors,
    structs.features.text,
    shared,
  ].join(
    "\n",
  );
}

/** What executes plans, the same for all programs. */
export function driverText(precision: DType): string {
  const parts = [
    guarded,
    structs.jobText,
    work,
    places,
    stages,
    mixing,
    sinks,
    features,
    memory,
    threads,
    run,
    own,
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
  readonly ownMaps: ReadonlyMap<PlacedTile, number>;
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

/** The text of a program for the tiles of both plans, in steps. */
export function* programSteps(
  network: Network,
  checks: readonly (readonly Check[])[],
  tiles: { readonly pairs: readonly PlacedTile[]; readonly own: readonly PlacedTile[] },
  precision: DType,
): Steps<ProgramText> {
  const functions = new Functions();
  const numberOf = (tile: PlacedTile, own: boolean) =>
    functions.number(own ? "own_maps" : "maps", "MAP", mapText(specOf(tile, network, precision, own)));
  const mapsOf = function* (list: readonly PlacedTile[], own: boolean): Steps<Map<PlacedTile, number>> {
    const numbers = new Map<PlacedTile, number>();
    for (const tile of list.filter(({ kind }) => kind === "map" || kind === "copy")) {
      numbers.set(tile, numberOf(tile, own));
      yield;
    }
    return numbers;
  };
  const texts: RowsText[] = [];
  const numbered = (table: string, rows: RowsText): Numbered => {
    texts.push(rows);
    return { number: functions.number(table, "ROWS", rows.text), inputs: rows.inputs };
  };
  const maps = yield* mapsOf(tiles.pairs, false);
  const ownMaps = yield* mapsOf(tiles.own, true);
  // A convolution of variances needs no features of inputs with themselves.
  const mapped = new Set(tiles.own.filter(({ kind }) => kind === "map").map(({ node }) => node));
  const rowsOf = (node: NetworkNode) => {
    const { program } = node;
    if (!program || needsHost([...program.features, ...Object.values(program.rows)])) return null;
    const reading = (reads: Side | "none") => numbered("rows", rowsText(program, reads));
    return {
      own: reading(mapped.has(node) ? "own" : "none"),
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
    hermiteSum,
    windows,
    scalarPrelude(texts.flatMap(({ operations }) => [...operations])),
    functions.text,
  ].join("\n");
  return { text, maps, ownMaps, rows, checks: conditions };
}

function specOf(
  { kind, node, readings }: PlacedTile,
  { width }: Network,
  precision: DType,
  own: boolean,
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
  return { program, layout: layoutOf(program), reads, width, precision, own };
}

/** The program of results as they are. */
function copyOf(id: number, width: number): MapSpec["program"] {
  const entries = Object.entries({ nngp: `cov${id}`, ntk: `ntk${id}` }).slice(0, width);
  return { map: Object.fromEntries(entries.map(([name, input]) => [name, variable(input)])), features: [] };
}

/** Functions in tables, equal ones once. */
class Functions {
  readonly #tables = new Map<string, string[]>([["maps", []], ["own_maps", []], ["rows", []], [
    "checks",
    [],
  ]]);

  /** The number of a function in its table; the text calls it `name`. */
  number(table: string, name: string, text: string): number {
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
