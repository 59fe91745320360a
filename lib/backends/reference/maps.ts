/**
 * The entrywise map of a node as a JavaScript function over the positions of a pair of inputs.
 *
 * In: a program, at how many positions and in which layout it is used. Out, for float64.ts: a function that takes columns of features
 * and gives one of pairs of rows. Of nngp = cov1 · f0 · f0, over all pairs of positions, the text is
 *
 *     return (columns, widths, start1, start2, positions, from, to, [cov1s], strides, outputs, slots) => {
 *       const { 0: column0 } = columns, {  } = widths;
 *       const [cov1Stride] = strides;
 *       const [output0] = outputs;
 *       for (let p = from; p < to; p++) {
 *         for (let q = 0; q < positions; q++) {
 *           const offset = p === q ? 0 : 1;
 *           const cov1 = cov1s[(p * positions + q) * cov1Stride];
 *           const t0 = (cov1 * (column0[start1 + p] * column0[start2 + q]));
 *           output0[p * positions + q] = t0;
 *         }
 *       }
 *     };
 */
import { STEP_OPERATIONS } from "./budget.ts";
import { type Entrywise } from "../../program/entrywise.ts";
import { rememberedSteps } from "../../remembered.ts";
import type { Column } from "../../rows/rows.ts";
import { forEach, type Steps } from "../../steps.ts";
import { entriesOf, type Layout } from "../../program/program.ts";
import type { PositionwiseMap } from "./arithmetic.ts";
import { compileBodies, type MapFunction, numbersOf, renderMap, slotText, widthOf } from "./vector_map.ts";

/** A compiled map. */
interface Compiled {
  /** The covariances that it reads */
  readonly inputs: readonly string[];
  /** For a pair of positions */
  readonly operations: number;
  /** One after the other */
  readonly parts: readonly Part[];
  /** How many numbers of a pair of positions they keep for each other */
  readonly slots: number;
}

/** One of its functions, with the parameters of `partText`. */
type Part = (...args: unknown[]) => void;

/** Compiled once a program and layout. */
const compiled = {
  full: rememberedSteps((program: Entrywise) => build(program, "full")),
  diagonal: rememberedSteps((program: Entrywise) => build(program, "diagonal")),
};

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
  return function* (columns) {
    const { inputs, operations, parts, slots } = yield* compiled[layout](program);
    const across = layout === "full" ? positions : 1;
    // So many positions of the first input are done in a step.
    const rows = Math.ceil(STEP_OPERATIONS / (operations * across));
    const [values, widths] = [columns.map(numbersOf), columns.map(widthOf)];
    const kept = new Float64Array(slots * Math.min(rows, positions) * across);
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
        const starts = [row1 * positions, row2 * positions];
        for (let k = 0; k < parts.length; k++) {
          if (k > 0) yield;
          parts[k](values, widths, ...starts, positions, from, to, data, strides, outputs, kept);
        }
      }
      return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
    };
  };
}

function* build(program: Entrywise, layout: Layout): Steps<Compiled> {
  const { functions, slots, size } = yield* renderMap(program, { row1: "start1 + p", row2: "start2 + q" });
  const isInput = (name: string) => name !== "offset" && !slotText(name, "", slots);
  const inputs = [...new Set(functions.flatMap(({ reads }) => reads))].filter(isInput);
  yield;
  const bodies = functions.map((part) => partText(part, { program, layout, inputs, slots }));
  const parts = yield* compileBodies(bodies);
  // Engines read a function once more when it is called first, here with no positions.
  if (parts.length > 1) {
    yield* forEach(parts, (part) => (part as Part)([], [], 0, 0, 0, 0, 0, [], [], [], []), 1);
  }
  return { inputs, operations: Math.max(1, size), parts: parts as Part[], slots };
}

/** What the functions of a map share. */
interface Shared extends Pick<Compiled, "inputs" | "slots"> {
  readonly program: Entrywise;
  readonly layout: Layout;
}

/** The text of a function of the map: positions of the first input outside, those of the second inside. */
function partText(
  { statements, reads, results, features }: MapFunction,
  { program, layout, inputs, slots }: Shared,
): string {
  const outputs = Object.keys(program.map);
  const full = layout === "full";
  const at = full ? "p * positions + q" : "p";
  const place = (name: string) => slotText(name, full ? "(p - from) * positions + q" : "p - from", slots);
  const value = (name: string) => place(name) ?? `${name}s[(${at}) * ${name}Stride]`;
  return `
return (columns, widths, start1, start2, positions, from, to, [${
    inputs.map((name) => `${name}s`).join(", ")
  }], strides, outputs, slots) => {
  ${features}
  const [${inputs.map((name) => `${name}Stride`).join(", ")}] = strides;
  const [${outputs.map((_, k) => `output${k}`).join(", ")}] = outputs;
  for (let p = from; p < to; p++) {
    for (let q = ${full ? "0; q < positions" : "p; q <= p"}; q++) {
      const offset = p === q ? 0 : 1;
      ${
    reads.filter((name) => name !== "offset").map((name) => `const ${name} = ${value(name)};`).join(
      "\n      ",
    )
  }
      ${statements}
      ${
    Object.entries(results).map(([name, text]) =>
      `${place(name) ?? `output${outputs.indexOf(name)}[${at}]`} = ${text};`
    ).join("\n      ")
  }
    }
  }
};`;
}
