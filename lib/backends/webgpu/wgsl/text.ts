/**
 * What the texts of shaders consist of besides those in shaders/: the head, sizes, and the map of a program as WGSL, statements
 * for the values of one pair, from its covariances and the features of its two rows.
 *
 * In: a program, and how its shader names what the map reads (`Access`). Out: text, which block_text.ts, chain_text.ts and
 * run/kernels.ts put together. A shader of a network with positions, and the cosine of the angle between two rows as a map on
 * vectors and on positions (`pointText`):
 *
 *     alias Real = f32;              the precision
 *     alias Value = vec2<f32>;       what is known of a pair of positions: NNGP and NTK, or f32: NNGP alone
 *     …                              shaders/pairs.wgsl: bindings, and where values are in the arena
 *     const UNIT = 64u;              sizes, from budget.ts
 *     struct Axis { … }              uniforms, from wgsl/parameters.ts
 *     …                              shaders/axis.wgsl: `main`
 *
 *     let v0 = cov / (features1[0u * block.rows + i] * features2[0u * block.cols + j]);
 *     let v0 = v0.x / (features1[at1 + 0u * 64u] * features2[at2 + 0u * 64u]);
 */
import { featureOrder } from "../../feature_order.ts";
import type { DType } from "../../../array/dtype.ts";
import type { Expr, HermiteOrder, Kind, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { type Entrywise, featureIndex } from "../../../program/entrywise.ts";
import { nodesRead } from "../../../program/program.ts";
import { renderWgsl, renderWgslPrelude, wgslTypes } from "../../../render/wgsl.ts";
import { OPERATIONS_PER_NODE } from "../budget.ts";
import pairsText from "../../../../shaders/pairs.wgsl" with { type: "text" };

/** What the values of a pair are. */
export interface ValueType {
  readonly dtype: DType;
  /** (nngp, ntk), not nngp alone */
  readonly withNtk: boolean;
}

/** The text that all of them begin with. */
export function headText({ dtype, withNtk }: ValueType): string {
  const real = wgslTypes[dtype];
  return [`alias Real = ${real};`, `alias Value = ${withNtk ? `vec2<${real}>` : real};`, pairsText].join(
    "\n",
  );
}

/** Sizes as constants of a shader. */
export const constants = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;`).join("\n");

/** The functions of these maps, map_0, map_1, …, after those that they call. */
export function mapsText(maps: readonly PointText[], dtype: DType): string {
  const operations = new Set(maps.flatMap((map) => [...map.operations]));
  const functions = maps.map(({ text }, k) => text.replaceAll("NAME", `map_${k}`));
  return [renderWgslPrelude(operations, dtype), ...functions].filter(Boolean).join("\n");
}

/** A value without an NTK. */
export const nngpOnly = (text: string, { withNtk }: ValueType): string =>
  withNtk ? `Value(${text}, Real(0))` : text;

/** 1: the row of x1, 2: that of x2. */
type Side = 1 | 2;

/** How a map reads. */
interface Access {
  readonly dtype: DType;
  /** What names of functions begin with */
  readonly name: string;
  /** What all of them are called with, each as `name: type` */
  readonly parameters: readonly string[];
  /** A variable of the pair: a covariance, an offset, a gap */
  readonly pair: (name: string) => string;
  /** A number of a row, by the text of its column */
  readonly feature: (side: Side, column: string) => string;
  /** The column of a feature that is a number */
  readonly column: (feature: number) => string;
  /** The first column of one that is a table, and how many coefficients there are */
  readonly table: (feature: number, side: Side) => readonly [first: string, width: string];
}

/** A map as statements. */
interface Rendered {
  /** The Hermite sums that the statements call */
  readonly sums: readonly string[];
  readonly statements: readonly string[];
  /** What stands for the outputs after them */
  readonly results: readonly string[];
  /** The functions that all of it calls */
  readonly prelude: string;
  readonly operations: ReadonlySet<Kind>;
}

/** The map of a program. */
export function renderMap({ map }: Pick<Entrywise, "map">, access: Access): Rendered {
  const sums = new Map<string, string>();
  const names = access.parameters.map((parameter) => parameter.split(":")[0]);
  const { statements, results, operations, prelude } = renderWgsl(map, {
    precision: access.dtype,
    reference: (leaf) => {
      const index = featureIndex(leaf);
      return index === undefined
        ? access.pair((leaf.payload as Variable).name)
        : access.feature(sideOf(leaf), access.column(index));
    },
    hermiteSum: (node, rho) => {
      const body = hermiteBody(node, access);
      if (!sums.has(body)) sums.set(body, `${access.name}_sum${sums.size}`);
      return `${sums.get(body)}(${[...names, rho].join(", ")})`;
    },
  });
  return {
    sums: [...sums].map(([body, name]) =>
      `fn ${name}(${[...access.parameters, "rho: Real"].join(", ")}) -> Real {\n${body}\n}`
    ),
    statements: statements.split("\n").filter(Boolean),
    results: Object.values(results),
    prelude,
    operations,
  };
}

const sideOf = (leaf: Expr): Side => (leaf.payload as Variable).scope === "row1" ? 1 : 2;

/** Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) by Horner's rule, up to the shorter of the two tables. */
function hermiteBody({ args, payload }: Expr, { table, feature }: Access): string {
  const { order } = payload as HermiteOrder;
  const [a, b] = args.slice(0, 2).map((leaf) => {
    const [first, width] = table(featureIndex(leaf)!, sideOf(leaf));
    return { first, width, at: (name: string) => feature(sideOf(leaf), `(${name} + k)`) };
  });
  const falling = Array.from({ length: order }, (_, m) => ` * Real(k - ${m}u)`).join("");
  return `  let a = ${a.first};
  let b = ${b.first};
  var sum = Real(0);
  for (var k = min(${a.width}, ${b.width}); k > ${order}u;) {
    k--;
    sum = sum * rho + ${a.at("a")} * ${b.at("b")}${falling};
  }
  return sum;`;
}

/** Arithmetic operations of a map for one pair: of `size` nodes, and of `terms` terms of its Hermite sums together. */
export const mapOperations = (size: number, terms: number): number => OPERATIONS_PER_NODE * (size + terms);

/** The number of nodes of a map. */
export const sizeOfMap = ({ map }: Pick<Entrywise, "map">): number => topological(Object.values(map)).length;

/** A map at a pair of positions as a function. */
export interface PointText {
  /** The ids of the nodes whose covariances it reads, in the order of the parameters v0, v1, … */
  readonly reads: readonly number[];
  /** The function, its name left open as `NAME`, with the Hermite sums that it calls */
  readonly text: string;
  readonly operations: ReadonlySet<Kind>;
  readonly size: number;
  /** The number of its Hermite sums, whose terms are as many as the tables of the rows are wide */
  readonly sums: number;
}

/** What the text depends on besides the program. */
interface PointOptions {
  readonly positions: number;
  readonly dtype: DType;
  /** Values are (nngp, ntk), not nngp alone */
  readonly withNtk: boolean;
}

/**
 * The map of a program at a pair of positions; its value holds the outputs in order, and 0 for an NTK that it has not:
 *
 *     fn NAME(v0: Value, offset: Real, step: u32, at1: u32, at2: u32) -> Value { … return Value(t3, t5); }
 *
 * `at1` and `at2` are where the first number of either row at its position is; the numbers follow each other `positions` apart.
 * How wide tables are depends on the rows, so `table_of(step, t)` has for the rows of x1 and of x2 where table t starts among
 * the numbers and how wide it is.
 */
export function pointText(program: Entrywise, { positions, dtype, withNtk }: PointOptions): PointText {
  const reads = [...nodesRead(Object.values(program.map))].sort((a, b) => a - b);
  const { positions: places } = featureOrder(program);
  const parameters = ["step: u32", "at1: u32", "at2: u32"];
  const { sums, statements, results, operations } = renderMap(program, {
    dtype,
    name: "NAME",
    parameters,
    pair: (name) => {
      if (name === "offset") return name;
      const value = `v${reads.indexOf(Number(name.slice(3)))}`;
      return withNtk ? `${value}.${name.startsWith("cov") ? "x" : "y"}` : value;
    },
    feature: (side, column) => `features${side}[at${side} + ${column} * ${positions}u]`,
    column: (feature) => `${places[feature]}u`,
    table: (feature, side) => {
      const [first, width] = side === 1 ? "xy" : "zw";
      const table = `table_of(step, ${places[feature]}u)`;
      return [`${table}.${first}`, `${table}.${width}`];
    },
  });
  const outputs = withNtk && results.length === 1 ? [...results, "Real(0)"] : results;
  const values = reads.map((_, k) => `v${k}: Value`);
  const lines = [...statements, `return Value(${outputs.join(", ")});`].map((line) => `  ${line}\n`);
  const map = `fn NAME(${[...values, "offset: Real", ...parameters].join(", ")}) -> Value {\n${
    lines.join("")
  }}`;
  return {
    reads,
    text: [...sums, map].join("\n"),
    operations,
    size: sizeOfMap(program),
    sums: sums.length,
  };
}
