/** The functions that rendered text calls: approximations, and the few primitives that a target has to spell out. */
import type { DType } from "../array/dtype.ts";
import { approximations } from "../expr/approximations/mod.ts";
import { type Kind, variable } from "../expr/expr.ts";
import { renderStatements, type Statements, type Target } from "./statements.ts";

/** What a target adds to define functions. */
export interface FunctionTarget extends Omit<Target, "reference"> {
  readonly precision: DType;
  /** The definitions of operations that are neither approximated nor built in. */
  readonly primitives: Readonly<Partial<Record<Kind, string>>>;
  /** The definition of the function `name` of `parameters`. */
  readonly define: (name: string, parameters: readonly string[], body: Statements) => string;
}

/** The definitions that `operations` need, each after those that it calls. */
export function renderPrelude(operations: Iterable<Kind>, target: FunctionTarget): string {
  const definitions = new Map<Kind, string>();
  const visit = (op: Kind) => {
    if (definitions.has(op)) return;
    if (target.primitives[op]) definitions.set(op, target.primitives[op]);
    if (!approximations.has(op)) return;
    const { parameters, body } = approximationBody(op, target);
    body.operations.forEach(visit);
    definitions.set(op, target.define(`${op}_`, parameters, body));
  };
  for (const op of operations) visit(op);
  return [...definitions.values()].join("\n");
}

function approximationBody(op: Kind, target: FunctionTarget) {
  const parameters = op === "atan2" ? ["y", "x"] : ["x"];
  const [first, second] = parameters.map((name) => variable(name));
  const value = approximations.get(op)!(target.precision, first, second);
  return { parameters, body: renderStatements({ value }, { ...target, reference: String }) };
}
