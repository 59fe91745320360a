import { assert, assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { stax } from "../../mod.ts";
import { kernelsOf, type Triple } from "./duals.ts";
import { expectation } from "./quadrature.ts";

Deno.test("powers of high degree overflow to infinity, never to NaN", () => {
  for (const degree of [28, 29, 200, 201]) {
    const even = degree % 2 === 0;
    const power = kernelsOf(activationOf(stax.Monomial(degree))).nngp;
    assertEquals(power.at([1e12, 1e12, 1e12]), Infinity);
    assertEquals(power.at([-1e12, 1e12, 1e12]), even ? Infinity : -Infinity);
    assertEquals(power.at([0, 1e12, 1e12]), even ? Infinity : 0);
    const rectified = kernelsOf(activationOf(stax.RectifiedMonomial(degree))).nngp;
    assertEquals(rectified.at([1e12, 1e12, 1e12]), Infinity);
    assertEquals(rectified.at([0, 1e12, 1e12]), Infinity);
    assertEquals(rectified.at([-1e12, 1e12, 1e12]), 0);
    for (const k of [power, rectified]) assertEquals(k.at([0, 0, 1e12]), 0);
  }
});

Deno.test("a growing Gaussian is finite off the diagonal up to variance 1/(2b), where it is refused", () => {
  const b = 0.125;
  const activation = activationOf(stax.Gaussian({ b }));
  const { nngp, dNngp } = kernelsOf(activation);
  assertDeepEquals(activation.maxVariance, { value: 4, reason: "the mean of exp(0.125·x²) diverges" });
  const finite: Triple = [0.5, 3, 1];
  assertClose(nngp.at(finite), expectation((x) => Math.exp(b * x * x), finite), { rtol: 1e-12 });
  const divergent: Triple[] = [[3, 3, 3], [2, 2, 2], [2.5, 3, 3], [-2.5, 3, 3]];
  for (const triple of divergent) {
    assertEquals(nngp.at(triple), Infinity, `nngp at ${triple}`);
    assert(dNngp.at(triple) === Math.sign(triple[0]) * Infinity, `dNngp at ${triple}`);
  }
});
