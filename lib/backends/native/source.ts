/** The C text of a program: the tile loop of tiles.c around the program's map. */
import type { DType } from "../../array/dtype.ts";
import type { Expr, Kind, Variable } from "../../expr/expr.ts";
import { topological } from "../../expr/graph.ts";
import { featureIndex, type Program } from "../../program.ts";
import { cTypes, renderC, renderCPrelude } from "../../render/c.ts";
import { type Layout, TILE } from "./layout.ts";
import { type Segment, segmentsOf, type Sum } from "./segments.ts";
import tiles from "./tiles.c" with { type: "text" };

const functions = {
  float64: { SQRT: "__builtin_sqrt", FLOOR: "__builtin_floor", ABS: "__builtin_fabs" },
  float32: { SQRT: "__builtin_sqrtf", FLOOR: "__builtin_floorf", ABS: "__builtin_fabsf" },
};

/** The text of a program in a precision; it depends on the network alone, not on sizes or data. */
export function sourceOf({ map }: Program, layout: Layout, dtype: DType): string {
  const { segments, slots } = segmentsOf(map);
  const names = Object.keys(map);
  const parts = segments.map((segment) => loopText(segment, names, layout, dtype));
  const operations = new Set<Kind>(parts.flatMap((part) => [...part.operations]));
  const defines = {
    REAL: cTypes[dtype],
    TILE,
    OUTPUTS: names.length,
    SLOTS: Math.max(slots, 1),
    ...functions[dtype],
  };
  return [
    ...Object.entries(defines).map(([name, value]) => `#define ${name} ${value}`),
    tiles,
    renderCPrelude(operations, dtype),
    ...parts.map(({ text }, k) => `static void segment${k}(PARAMETERS) ${text}`),
    rowText(segments, layout),
    "",
  ].join("\n");
}

/** One segment: a loop over a strip of pairs of one row. What it reads is loaded first, since a load within a condition is a branch. */
function loopText({ slots, outputs }: Segment, names: readonly string[], layout: Layout, precision: DType) {
  const values = new Map([
    ...[...slots].map(([slot, expr]) => [`slots[${slot}][j]`, expr] as const),
    ...Object.entries(outputs).map(([name, expr]) =>
      [`out[${names.indexOf(name)} * TILE * TILE + j]`, expr] as const
    ),
  ]);
  const leaves = topological(values.values()).filter(({ kind }) => kind === "variable");
  const reference = (leaf: Expr) => `x${leaves.indexOf(leaf)}`;
  const { statements, results, operations } = renderC(Object.fromEntries(values), { precision, reference });
  const load = (leaf: Expr) => `const REAL ${reference(leaf)} = ${placeOf(leaf, layout)};`;
  const isOfRow = (leaf: Expr) => (leaf.payload as Variable).scope === "row1";
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

function placeOf(leaf: Expr, { positions }: Layout): string {
  const { name, scope } = leaf.payload as Variable;
  if (scope === "row1") return `row[${positions[featureIndex(leaf)!]}]`;
  if (scope === "row2") return `strip[${positions[featureIndex(leaf)!]} * TILE + j]`;
  return name === "cov" || name === "ntk" ? `${name}[j]` : `slots[${name.slice(1)}][j]`;
}

/** The map of one row with a strip: its segments, and the Hermite sums between them. */
function rowText(segments: readonly Segment[], layout: Layout): string {
  const calls = segments.flatMap(({ sums }, k) => [
    `segment${k}(row, strip, cov, ntk, slots, out);`,
    ...sums.map((sum) => sumText(sum, layout)),
  ]);
  return `static void map(const struct job *job, const REAL *row, const REAL *strip, const REAL *cov, const REAL *ntk, REAL *out) {
  _Alignas(64) REAL slots[SLOTS][TILE];
  ${calls.join("\n  ")}
}`;
}

function sumText({ order, a, b, rho, slot }: Sum, { positions }: Layout): string {
  const [first, second] = [a, b].map((leaf) => positions[featureIndex(leaf)!]);
  return `hermite_sum(${order}, job, row, ${first}, strip, ${second}, slots[${rho}], slots[${slot}]);`;
}
