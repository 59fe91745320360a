/** Entrywise maps as WGSL functions of the covariances of a pair of positions and the features of its rows. */
import type { DType } from "../../../../array/mod.ts";
import type { Expr, HermiteOrder, Kind, Variable } from "../../../../expr/expr.ts";
import { topological } from "../../../../expr/graph.ts";
import { featureIndex, type Program } from "../../../../program/program.ts";
import { renderWgsl } from "../../../../render/wgsl.ts";
import { nodesRead } from "../../../../program/spatial_program.ts";

/** A map as text. */
export interface MapText {
  /** The ids of the nodes whose covariances it reads, in the order of the parameters v0, v1, … */
  readonly reads: readonly number[];
  /** The function, its name left open as `NAME`, with the Hermite sums that it calls */
  readonly text: string;
  readonly operations: ReadonlySet<Kind>;
  /** Nodes of its expressions without Hermite sums, which cost more the wider their tables are */
  readonly size: number;
  /** The number of its Hermite sums */
  readonly sums: number;
}

/** Where the features of a program are: numbers first, then coefficient tables; for each feature its place among its kind. */
export interface FeatureOrder {
  readonly places: readonly number[];
  readonly scalars: readonly number[];
  readonly tables: readonly number[];
}

/** The order in which the features of a program are kept. */
export function featureOrder({ features }: Program): FeatureOrder {
  const indices = features.map((_, f) => f);
  const isTable = (f: number) => features[f].kind === "table";
  const [scalars, tables] = [indices.filter((f) => !isTable(f)), indices.filter(isTable)];
  return { scalars, tables, places: indices.map((f) => (isTable(f) ? tables : scalars).indexOf(f)) };
}

/** What the text depends on besides the program. */
export interface MapOptions {
  readonly positions: number;
  readonly dtype: DType;
  /** Values are (nngp, ntk), not nngp alone */
  readonly withNtk: boolean;
}

/**
 * The map of a program; its value holds the outputs in order, and 0 for an NTK that it has not.
 *
 * `at1` and `at2` are where the first number of either row at its position is; the numbers follow each other `positions` apart.
 * How wide tables are depends on the rows, so `table_of(step, t)` has for the rows of x1 and of x2 where table t starts among
 * the numbers and how wide it is.
 */
export function mapText(program: Program, options: MapOptions): MapText {
  const { positions, dtype, withNtk } = options;
  const reads = [...nodesRead(Object.values(program.map))].sort((a, b) => a - b);
  const order = featureOrder(program);
  const sums = new Map<string, string>();
  const { statements, results, operations } = renderWgsl(program.map, {
    precision: dtype,
    reference: (leaf) => reference(leaf, reads, order, options),
    hermiteSum: (node, rho) => {
      const body = hermiteBody(node, order, positions);
      if (!sums.has(body)) sums.set(body, `NAME_sum${sums.size}`);
      return `${sums.get(body)}(step, at1, at2, ${rho})`;
    },
  });
  const sumTexts = [...sums].map(([body, name]) =>
    `fn ${name}(step: u32, at1: u32, at2: u32, rho: Real) -> Real {\n${body}\n}`
  );
  const parameters = [
    ...reads.map((_, k) => `v${k}: Value`),
    "offset: Real",
    "step: u32",
    "at1: u32",
    "at2: u32",
  ];
  const outputs = Object.values(results);
  if (withNtk && outputs.length === 1) outputs.push("Real(0)");
  const lines = [...statements.split("\n").filter(Boolean), `return Value(${outputs.join(", ")});`];
  const map = `fn NAME(${parameters.join(", ")}) -> Value {\n${
    lines.map((line) => `  ${line}`).join("\n")
  }\n}`;
  const size = topological(Object.values(program.map)).length;
  return { reads, text: [...sumTexts, map].join("\n"), operations, size, sums: sums.size };
}

function reference(
  leaf: Expr,
  reads: readonly number[],
  { places }: FeatureOrder,
  { positions, withNtk }: MapOptions,
): string {
  const { name, scope } = leaf.payload as Variable;
  const index = featureIndex(leaf);
  if (index !== undefined) return feature(scope === "row1" ? 1 : 2, `${places[index] * positions}u`);
  if (name === "offset") return name;
  const value = `v${reads.indexOf(Number(name.slice(3)))}`;
  return withNtk ? `${value}.${name.startsWith("cov") ? "x" : "y"}` : value;
}

const feature = (side: 1 | 2, at: string) => `features${side}[at${side} + ${at}]`;

/** Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) by Horner's rule. */
function hermiteBody({ args: [a, b], payload }: Expr, { places }: FeatureOrder, positions: number): string {
  const { order } = payload as HermiteOrder;
  const side = (leaf: Expr) => (leaf.payload as Variable).scope === "row1" ? 1 : 2;
  const table = (leaf: Expr) =>
    `table_of(step, ${places[featureIndex(leaf)!]}u).${side(leaf) === 1 ? "xy" : "zw"}`;
  const coefficient = (leaf: Expr, name: string) => feature(side(leaf), `(${name}.x + k) * ${positions}u`);
  const falling = Array.from({ length: order }, (_, m) => ` * Real(k - ${m}u)`).join("");
  return `  let a = ${table(a)};
  let b = ${table(b)};
  var sum = Real(0);
  for (var k = min(a.y, b.y); k > ${order}u;) {
    k--;
    sum = sum * rho + ${coefficient(a, "a")} * ${coefficient(b, "b")}${falling};
  }
  return sum;`;
}
