/** The limits of coefficient tables: what a Hermite sum leaves out is below rounding, and no more is summed than that takes. */
import { limitsOf } from "../../lib/backends/native/vectors/features.ts";
import { evaluateHermiteSum } from "../../lib/expr/evaluate.ts";
import type { TableValues } from "../../lib/expr/table.ts";
import { stax } from "../../mod.ts";
import { assert, assertDeepEquals } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { gaussian } from "./jobs.ts";

/** Rows of coefficients that fall by a factor of `ratios[i]` from one to the next. */
const geometric = (width: number, ratios: readonly number[]): TableValues => ({
  coefficients: Float64Array.from(
    { length: width * ratios.length },
    (_, i) => ratios[Math.floor(i / width)] ** (i % width),
  ),
  width,
  error: 0,
});
const rowsOf = ({ coefficients, width }: TableValues) =>
  Array.from(
    { length: coefficients.length / width },
    (_, i) => coefficients.subarray(i * width, (i + 1) * width),
  );
const tables = [geometric(61, [0.8, -0.5, 0.1]), geometric(20, [1, 0.9]), geometric(64, [0.95])];

for (const [dtype, negligible] of [["float64", 2 ** -60], ["float32", 2 ** -32]] as const) {
  Deno.test(`up to a limit of ${dtype}, the first terms of any two tables are enough`, () => {
    for (const first of tables) {
      for (const second of tables) {
        const [limits1, limits2] = [limitsOf(first, dtype), limitsOf(second, dtype)];
        for (let m = 1; m <= Math.min(limits1.length, limits2.length); m++) {
          const rho = Math.min(limits1[m - 1], limits2[m - 1]);
          for (const a of rowsOf(first)) {
            for (const b of rowsOf(second)) {
              const scale = Math.sqrt(evaluateHermiteSum(a, a, 1, 0) * evaluateHermiteSum(b, b, 1, 0));
              const rest = evaluateHermiteSum(a.map((x, k) => k < 8 * m ? 0 : x), b.map(Math.abs), rho, 0);
              assert(Math.abs(rest) <= 1.01 * negligible * scale, `${rest} at ${rho} after ${8 * m}`);
            }
          }
        }
      }
    }
  });
}

Deno.test("limits of a geometric table are where its rest is negligible", () => {
  // √(Σ aᵢ² for i ≥ k) = 0.5ᵏ of all, so that (0.25 |ρ|)ᵏ = 2⁻⁶⁰.
  const limits = limitsOf(geometric(200, [0.5]), "float64");
  assertDeepEquals(limits.length, 24);
  const expected = limits.map((_, m) => Math.min(1, 4 * 2 ** (-60 / (8 * (m + 1)))));
  assert(limits.every((limit, m) => Math.abs(limit - expected[m]) < 1e-12), `${limits}`);
});

Deno.test("tables that are short or 0 have limits all the same", () => {
  assertDeepEquals(limitsOf(geometric(8, [0.5]), "float64"), []);
  const zero = { coefficients: new Float64Array(40), width: 20, error: 0 };
  assertDeepEquals(limitsOf(zero, "float64"), [1, 1]);
  assertDeepEquals(
    limitsOf({
      ...zero,
      coefficients: Float64Array.from({ length: 40 }, (_, k) => Number(k === 19)),
    }, "float32"),
    [
      2 ** -4,
      2 ** -2,
    ],
  );
});

for (const [dtype, bound] of [["float64", 1e-15], ["float32", 1e-6]] as const) {
  nativeTest(
    `native ${dtype}: rows that are almost orthogonal have the sums that they have in full`,
    async () => {
      const { Dense, ElementwiseNumerical } = stax;
      const { kernelFn } = stax.serial(
        Dense(1),
        ElementwiseNumerical(Math.tanh),
        Dense(1),
        ElementwiseNumerical(Math.tanh),
      );
      const n = 150;
      const x = { data: gaussian(n, 256, dtype, 1), shape: [n, 256] };
      const kernel = await kernelFn(x, null, ["nngp", "ntk"], { backend: "native", dtype });
      const expected = await kernelFn(x, null, ["nngp", "ntk"], { backend: "reference" });
      for (const name of ["nngp", "ntk"] as const) {
        const [actual, full] = [kernel[name].data, expected[name].data];
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const scale = Math.sqrt(full[i * (n + 1)] * full[j * (n + 1)]);
            const error = Math.abs(actual[i * n + j] - full[i * n + j]);
            assert(error <= bound * scale, `${name}[${i}][${j}] is off by ${error / scale}`);
          }
        }
      }
    },
  );
}
