import { assertClose } from "../assert.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { stax } from "../../mod.ts";
import { kernelsOf } from "./duals.ts";
import { integrate } from "./quadrature.ts";

/**
 * E[(u)₊ⁿ(v)₊ⁿ] for variances 1 and the angle π − φ: in polar coordinates both are positive on a sector of width φ, and the
 * integral over the radius is 2ⁿ·n!, so that only ∫ (sin t · sin(φ − t))ⁿ dt over the sector is left.
 */
function arcCosine(degree: number, phi: number): number {
  const angular = integrate((t) => (Math.sin(t) * Math.sin(phi - t)) ** degree, 0, phi);
  let radial = 1;
  for (let k = 1; k <= degree; k++) radial *= 2 * k;
  return radial * angular / (2 * Math.PI);
}

Deno.test("rectified monomials of degree ≥ 1 are relatively accurate for all angles", () => {
  for (const degree of [1, 2, 3, 5, 8, 12, 20]) {
    const { nngp } = kernelsOf(activationOf(stax.RectifiedMonomial(degree)));
    for (const half of [2 ** -50, 2 ** -30, 2 ** -20, 2 ** -10, 0.125, 0.25, 0.5 - 2 ** -30, 0.5, 0.75, 1]) {
      const phi = 2 * Math.asin(Math.sqrt(half));
      const message = `degree ${degree}, (1 + ρ)/2 = ${half}`;
      assertClose(nngp.at([2 * half - 1, 1, 1]), arcCosine(degree, phi), { rtol: 4e-14, message });
    }
  }
});
