/**
 * Numbers that expressions are differentiated in: an option of a layer, as a variable whose value is known. What is built of it may
 * still branch by that value.
 */
import { evaluate } from "./evaluate.ts";
import { Expr, type Operand, type Variable, variable } from "./expr.ts";
import { topological } from "./graph.ts";

const values = new WeakMap<Expr, number>();

/** A variable that stands for `value`. Equal names and values are the same one. */
export function parameter(name: string, value: number): Expr {
  const made = variable(`${name} = ${value}`);
  values.set(made, value);
  return made;
}

/** The number that an operand is or, made of parameters alone, stands for; NaN for other expressions. */
export function numberOf(operand: Operand): number {
  if (!(operand instanceof Expr)) return operand;
  const leaves = topological([operand]).filter(({ kind }) => kind === "variable");
  if (leaves.length === 0 || !leaves.every((leaf) => values.has(leaf))) return NaN;
  const nameOf = ({ payload }: Expr) => (payload as Variable).name;
  return evaluate(operand, Object.fromEntries(leaves.map((leaf) => [nameOf(leaf), values.get(leaf)!])));
}
