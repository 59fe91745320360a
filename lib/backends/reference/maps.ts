/** The entrywise map of a node as a JavaScript function over the positions of a pair of inputs. */
import { STEP_OPERATIONS } from "./budget.ts";
import { type Entrywise } from "../../program/entrywise.ts";
import type { Column } from "../../rows/rows.ts";
import type { Steps } from "../../steps.ts";
import { entriesOf, type Layout } from "../../program/program.ts";
import type { PositionwiseMap } from "./arithmetic.ts";
import { compileBody, numbersOf, renderMap } from "./vector_map.ts";

interface Compiled {
  /** The covariances that it reads */
  readonly inputs: readonly string[];
  /** For a pair of positions */
  readonly operations: number;
  readonly run: Run;
}

type Run = (columns: unknown[], ...rest: unknown[]) => void;

/**
 * The map of `program` over all pairs of `positions` positions, or only equal ones, with the features of `columns`: column k holds
 * feature k of row r at position p at r · positions + p. In steps, as its text may be long.
 */
export function positionwiseMap(
  program: Entrywise,
  positions: number,
  layout: Layout,
): (columns: readonly Column[]) => Steps<PositionwiseMap> {
  const size = entriesOf(positions, layout);
  const names = Object.keys(program.map);
  // The text depends on the widths of the coefficient tables, which are known with the columns.
  const compiled = new Map<string, Compiled>();
  return function* (columns) {
    const key = columns.map((column) => column instanceof Float64Array ? 0 : column.width).join();
    if (!compiled.has(key)) compiled.set(key, yield* build(program, columns, layout));
    const { inputs, operations, run } = compiled.get(key)!;
    const rows = Math.ceil(STEP_OPERATIONS / (operations * (layout === "full" ? positions : 1)));
    const values = columns.map(numbersOf);
    return function* (row1, row2, covariances) {
      const outputs = names.map(() => new Float64Array(size));
      const read = inputs.map((name) => covariances[name]);
      // A full covariance of which only the diagonal is wanted is read with a stride of one row and one column.
      const strides = read.map((input) =>
        layout === "diagonal" && input.layout === "full" ? positions + 1 : 1
      );
      const data = read.map((k) => k.data);
      for (let from = 0; from < positions; from += rows) {
        if (from > 0) yield;
        const to = Math.min(from + rows, positions);
        run(values, row1 * positions, row2 * positions, positions, from, to, data, strides, outputs);
      }
      return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
    };
  };
}

function* build(
  program: Entrywise,
  columns: readonly Column[],
  layout: Layout,
): Steps<Compiled> {
  const { statements, results, pairs, size } = yield* renderMap(program, columns, {
    row1: "start1 + p",
    row2: "start2 + q",
  });
  const inputs = pairs.filter((name) => name !== "offset");
  const full = layout === "full";
  const at = full ? "p * positions + q" : "p";
  const body = `
return (columns, start1, start2, positions, from, to, [${
    inputs.map((name) => `${name}s`).join(", ")
  }], strides, outputs) => {
  const [${columns.map((_, k) => `column${k}`).join(", ")}] = columns;
  const [${inputs.map((name) => `${name}Stride`).join(", ")}] = strides;
  const [${Object.keys(results).map((_, k) => `output${k}`).join(", ")}] = outputs;
  for (let p = from; p < to; p++) {
    for (let q = ${full ? "0; q < positions" : "p; q <= p"}; q++) {
      const offset = p === q ? 0 : 1;
      ${inputs.map((name) => `const ${name} = ${name}s[(${at}) * ${name}Stride];`).join("\n      ")}
      ${statements}
      ${Object.values(results).map((text, k) => `output${k}[${at}] = ${text};`).join("\n      ")}
    }
  }
};`;
  yield;
  const run = compileBody(body) as Run;
  yield;
  return { inputs, operations: Math.max(1, size), run };
}
