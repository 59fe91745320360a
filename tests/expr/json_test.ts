/** Expressions as data: what is not the data of an expression is refused, whatever its arguments are called. */
import { fromGraph, type Graph, toGraph } from "../../lib/expr/json.ts";
import { constant, variable } from "../../lib/expr/mod.ts";
import { assert, assertDeepEquals, assertThrows } from "../assert.ts";

const graph = (...nodes: unknown[]): Graph => ({ nodes } as Graph);

Deno.test("an expression comes back from its data as the same object", () => {
  const [x, y] = [variable("x"), variable("y")];
  for (const expr of [x, x.add(y).exp().mul(x), x.lt(-0).select(y, Infinity), x.atan2(y).ldexp(3)]) {
    const data = toGraph(expr);
    assert(fromGraph(data) === expr);
    assertDeepEquals(JSON.parse(JSON.stringify(data)), data);
  }
});

/** Nodes whose arguments are no earlier nodes; a list has more than its entries, and what it has is no expression. */
const strangers: [name: string, node: unknown][] = [
  ["itself", ["sqrt", 2]],
  ["a later node", ["sqrt", 5]],
  ["no node", ["sqrt", -1]],
  ["half a node", ["sqrt", 0.5]],
  ["the number of nodes", ["sqrt", "length"]],
  ["a method", ["sqrt", "map"]],
  ["the class", ["mul", 0, "constructor"]],
  ["the prototype", ["select", 0, 1, "__proto__"]],
  ["nothing", ["add", 0, null]],
  ["an expression in place of its position", ["sqrt", { kind: "const", payload: 1, args: [] }]],
  ["too few", ["add", 0]],
  ["too many", ["sqrt", 0, 1]],
];
for (const [name, node] of strangers) {
  Deno.test(`an operation on ${name} is refused`, async () => {
    await assertThrows(
      () => fromGraph(graph("x", 2, node)),
      TypeError,
      "Cannot read an expression as every node must be a number, a name or an operation with earlier arguments: " +
        `current value is ${JSON.stringify(node)}`,
    );
  });
}

Deno.test("a folded constant comes back with what its rounding left out", () => {
  const x = variable("x");
  const third = constant(1).div(3);
  const product = x.mul(third).mul(0.1);
  for (const expr of [third, x.add(third), product]) {
    const graph = JSON.parse(JSON.stringify(toGraph(expr)));
    if (fromGraph(graph) !== expr) throw new Error(`${expr} came back as another`);
  }
  // In twice the digits, three thirds are one.
  if (third.mul(3) !== constant(1)) throw new Error("3 · 1/3 must be 1");
});
