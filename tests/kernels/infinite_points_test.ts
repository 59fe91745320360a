/** Pairs with a finite dual whose points have an infinite one with themselves, or one that overflows: on every backend. */
import { array, dual, stax } from "../../mod.ts";
import { withoutInfinities } from "../../lib/backends/webgpu/device/representable.ts";
import { compile } from "../../lib/program/entrywise.ts";
import { variable } from "../../lib/expr/expr.ts";
import { assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

for (const { options, test } of targets) {
  const single = options.dtype === "float32";
  const rtol = single ? 2e-5 : 1e-12;

  test("exp of opposite points of large variance", async () => {
    // (1.1)²·exp(0.35²·(v₁ + v₂ + 2c)/2); in float32 only the first exponent is exact.
    const cov = [-7e7, ...(single ? [] : [-7e7 + 3]), 0.5, -2000];
    const variances = [7e7, ...(single ? [] : [7e7]), 1, 2000];
    const want = cov.map((c, i) => 1.21 * Math.exp(0.35 ** 2 * (variances[i] + c)));
    const { nngp, dNngp } = await dual.dualActivation(
      stax.Exp({ a: 1.1, b: -0.35 }),
      { cov: array(cov), var1: array(variances), var2: array(variances) },
      options,
    );
    assertClose(nngp.data, want, { rtol });
    assertClose(dNngp.data, want.map((k) => 0.35 ** 2 * k), { rtol });
  });

  test("a bell upside down between the variances where its square and where itself has no mean", async () => {
    const at = (cov: number, var1: number, var2: number) =>
      dual.dualActivation(stax.Gaussian({ b: 1 }), { cov, var1, var2 }, options);
    for (const [cov, var1, var2] of [[0.1, 0.3, 0.1], [0.01, 0.3, 0.1], [-0.05, 0.45, 0.02]]) {
      const q = (1 - 2 * var1) * (1 - 2 * var2) - 4 * cov ** 2;
      const { nngp, dNngp } = await at(cov, var1, var2);
      assertClose([nngp, dNngp], [1 / Math.sqrt(q), 4 * cov / q ** 1.5], { rtol });
    }
    await assertThrows(
      () => at(0.3, 0.3, 0.3),
      RangeError,
      `Cannot take the dual of Gaussian as it must be finite in ${options.dtype}: current value is Infinity at entry 0`,
    );
    const network = stax.serial(stax.Dense(1), stax.Gaussian({ b: 1 }));
    const kernel = await network.kernelFn([[0.55]], [[0.1]], null, options);
    // v₁ = 0.3025, v₂ = 0.01 and c = 0.055, so that Q = 1 − 0.625.
    assertClose(kernel.nngp.data, [1 / Math.sqrt(0.375)], { rtol });
    assertDeepEquals([...kernel.cov1.data], [Infinity]);
    const own = await network.kernelFn([[0.55], [0.1]], null, "nngp", options);
    assertEquals(own.at(0, 0), Infinity);
    assertClose([own.at(0, 1), own.at(1, 1)], [1 / Math.sqrt(0.375), 1 / Math.sqrt(0.96)], { rtol });
  });

  test("powers of independent points, one large and one small", async () => {
    const degree = single ? 20 : 40;
    const odd = Array.from({ length: degree / 2 }, (_, i) => 2 * i + 1).reduce((a, b) => a * b);
    const moments = { cov: 0, var1: 1e8, var2: 1e-8 };
    const { nngp } = await dual.dualActivation(stax.Monomial(degree), moments, options);
    assertClose([nngp], [odd ** 2], { rtol: single ? 1e-4 : 1e-12 });
  });
}

Deno.test("only what a map computes nothing with may be infinite on a device without infinity", () => {
  const [cov, v] = [variable("cov"), variable("var", "row1")];
  const same = cov.eq(v);
  const infinite = Float64Array.of(1, -Infinity);
  const withFeatures = (program: ReturnType<typeof compile>) =>
    withoutInfinities({
      ...{
        program,
        source: { kind: "gram", x1: new Float64Array(2), x2: new Float64Array(1), depth: 1 },
        n1: 2,
        n2: 1,
      },
      ...{ symmetric: false, dtype: "float64", features: program.features.map(() => infinite) },
    });
  const max = Number.MAX_VALUE;
  // The value of the point is chosen or not; the variance is compared with.
  const chosen = compile({ nngp: same.select(v.exp(), cov) }, {}, []);
  const values = new Map(chosen.features.map((feature, f) => [String(feature), withFeatures(chosen)[f]]));
  const lasts = [...values.values()].map((column) => (column as Float64Array)[1]);
  assertDeepEquals(lasts.toSorted((a, b) => a - b), [-Infinity, -max]);
  const computed = compile({ nngp: same.select(v.exp(), cov).add(1) }, {}, []);
  for (const column of withFeatures(computed)) assertEquals(column, infinite);
});
