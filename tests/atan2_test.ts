/** The angle of a point against 50-digit values, and against `Math.atan2` where few digits decide. */
import { atan2 } from "../lib/special/angles.ts";
import { assert, assertEquals } from "./assert.ts";
import highPrecision from "./expr/high_precision.json" with { type: "json" };
import { ulpError, worstUlp } from "./ulp.ts";

Deno.test("atan2 is within 2.5 ULP of 50-digit values", () => {
  const [y, x, high, low] = [0, 1, 2, 3].map((k) => highPrecision.atan2.map((row) => row[k]));
  const { error, index } = worstUlp(y.map((value, i) => atan2(value, x[i])), high, "float64", low);
  assert(error <= 2.5, `${error} ULP at (${y[index]}, ${x[index]})`);
});

Deno.test("atan2 is within 3 ULP of Math.atan2 all around the circle", () => {
  for (let k = 0; k < 200000; k++) {
    // Steps by the golden angle, denser at the borders π/8 and 3π/8 of the formulas.
    const angle = k % 2 ? k * 2.399963229728653 : (k % 8) * Math.PI / 4 + Math.PI / 8 + k * 1e-9;
    const [y, x] = [Math.sin(angle), Math.cos(angle)].map((side) => side * 2 ** (k % 100 - 50));
    const error = ulpError(atan2(y, x), Math.atan2(y, x), "float64");
    assert(error <= 3, `${error} ULP at (${y}, ${x})`);
  }
});

Deno.test("atan2 takes zeros as positive and survives extremes", () => {
  for (const [y, x] of [[0, 0], [-0, 0], [0, -0], [-0, -0]]) assertEquals(Object.is(atan2(y, x), 0), true);
  assertEquals(atan2(-0, -1), Math.PI);
  const extremes = [5e-324, 1e-310, 1, 1e308, Number.MAX_VALUE, Infinity];
  for (const y of extremes.flatMap((value) => [value, -value])) {
    for (const x of extremes.flatMap((value) => [value, -value])) {
      const error = ulpError(atan2(y, x), Math.atan2(y, x), "float64");
      assert(error <= 3, `${error} ULP at (${y}, ${x})`);
    }
  }
  assert(Number.isNaN(atan2(NaN, 1)) && Number.isNaN(atan2(1, NaN)));
});
