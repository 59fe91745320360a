import { assertClose, assertEquals } from "../assert.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { differentiate, evaluate, variable } from "../../lib/expr/mod.ts";
import { caseOf, cases, type Spec } from "./cases.ts";

interface Activations {
  fn_grid: FixtureArray;
  cases: { act: Spec; fn?: FixtureArray }[];
}

const x = variable("x");
const grid = Array.from({ length: 41 }, (_, i) => (i - 20) / 7);

Deno.test("forward functions and their derivatives are those of the case list", () => {
  for (const { name, activation, f, forward = f, slope } of cases) {
    assertEquals(activation.fn === undefined, f === undefined, name);
    if (!activation.fn || !forward) continue;
    const fn = activation.fn(x);
    for (const at of grid) {
      const scale = Math.max(1, Math.abs(forward(at)));
      assertClose(evaluate(fn, { x: at }), forward(at), { atol: 1e-14 * scale, message: `${name} at ${at}` });
    }
    if (forward !== f) continue;
    const derivative = differentiate(fn, x);
    for (const at of grid.filter((at) => at !== 0)) {
      const value = slope!(at);
      const message = `derivative of ${name} at ${at}`;
      assertClose(evaluate(derivative, { x: at }), value, {
        atol: 1e-13 * Math.max(1, Math.abs(value)),
        message,
      });
    }
  }
});

Deno.test("forward functions agree with the reference", () => {
  const { fn_grid, cases: references } = fixture<Activations>("activations");
  for (const { act, fn } of references) {
    const known = caseOf(act);
    if (!known?.activation.fn || !fn) continue;
    const expr = known.activation.fn(x);
    fn_grid.data.forEach((at, i) => {
      const scale = Math.max(1, Math.abs(fn.data[i]));
      const message = `${known.name} at ${at}`;
      assertClose(evaluate(expr, { x: at }), fn.data[i], { atol: 1e-14 * scale, message });
    });
  }
});
