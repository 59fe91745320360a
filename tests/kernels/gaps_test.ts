/** The gaps that layers carry, where they can be subtracted too: √(k₁₁k₂₂) − |k| and k₁₁ + k₂₂ ∓ 2k of points that are not close. */
import { evaluate, variable } from "../../lib/expr/mod.ts";
import { diagonalMoments, momentsOf } from "../../lib/moments.ts";
import { assert, assertClose } from "../assert.ts";
import { cases } from "./cases.ts";

const [c, v, w] = ["c", "v", "w"].map((name) => variable(name));

/** Angles from where the subtraction leaves 12 digits up to beyond where series of small angles are left. */
const angles = [0.2, 0.35, 0.49, 0.51, 0.9, 1.4];
const variances = [[1, 1], [0.5, 3], [2, 0.25]];

const withGaps = cases.filter(({ activation }) => activation.gaps);

Deno.test("some nonlinearities carry gaps", () => {
  assert(withGaps.length >= 5, withGaps.map(({ name }) => name).join());
});

for (const { name, activation: { nngp, gaps } } of withGaps) {
  Deno.test(`gaps are those of the kernel: ${name}`, () => {
    const moments = momentsOf(c, v, w, variable("same"));
    const after = gaps!(moments, variable("below"));
    const [k, k1, k2] = [nngp(moments), nngp(diagonalMoments(v)), nngp(diagonalMoments(w))];
    for (const [var1, var2] of variances) {
      for (const angle of angles.flatMap((acute) => [acute, Math.PI - acute])) {
        const root = Math.sqrt(var1 * var2);
        const acute = Math.min(angle, Math.PI - angle);
        const below = 2 * root * Math.sin(acute / 2) ** 2;
        const at = { c: root * Math.cos(angle), v: var1, w: var2, same: 0, below };
        const [entry, entry1, entry2] = [k, k1, k2].map((value) => evaluate(value, at));
        const wanted = {
          below: Math.sqrt(entry1 * entry2) - Math.abs(entry),
          distance: entry1 + entry2 - 2 * entry,
          sum: entry1 + entry2 + 2 * entry,
        };
        for (const which of ["below", "distance", "sum"] as const) {
          // The series of √det − ψ|cov| up to ψ = 0.5 leaves out ψ¹⁰/1.7e8; atol is what rounding takes from the subtraction.
          const message = `${which} at angle ${angle} and variances ${var1}, ${var2}`;
          const atol = 1e-15 * (entry1 + entry2);
          assertClose(evaluate(after[which], at), wanted[which], { rtol: 5e-12, atol, message });
        }
      }
    }
  });
}
