/** `Elementwise` at points of variance 0, where expressions of cov/√(v₁v₂) would divide by it: their limit, 0, and no other point moves. */
import { stax } from "../../mod.ts";
import { assert, assertClose } from "../assert.ts";
import { targets } from "../targets.ts";

/** √(v₁v₂)·exp(ρ − 1), whose derivative in cov is exp(ρ − 1). */
const custom = stax.Elementwise({
  nngp: ({ cov, var1, var2 }) => {
    const scale = var1.sqrt().mul(var2.sqrt());
    return scale.mul(cov.div(scale).sub(1).exp());
  },
});
const network = stax.serial(stax.Dense(1), custom);

/** Points of variance 0, 1, 1e-10, 1.25e-11 and 4e-14. */
const x = [[0, 0], [1, 1], [1e-5, 1e-5], [3e-6, -4e-6], [2e-7, -2e-7]];

function expected(a: readonly number[], b: readonly number[]): { nngp: number; ntk: number } {
  const mean = (u: readonly number[], v: readonly number[]) => (u[0] * v[0] + u[1] * v[1]) / 2;
  const scale = Math.sqrt(mean(a, a)) * Math.sqrt(mean(b, b));
  if (scale === 0) return { nngp: 0, ntk: 0 };
  const slope = Math.exp(mean(a, b) / scale - 1);
  return { nngp: scale * slope, ntk: mean(a, b) * slope };
}

for (const { options, test } of targets) {
  const rtol = options.dtype === "float32" ? 2e-6 : 1e-13;

  test("Elementwise: variance 0 counts as less than 1e-17, variances of 4e-14 as themselves", async () => {
    const { nngp, ntk } = await network.kernelFn(x, null, ["nngp", "ntk"], options);
    x.forEach((a, i) =>
      x.forEach((b, j) => {
        const want = expected(a, b);
        // √(1e-17·v) is what is left of a zero point beside one of variance v.
        const bound = i === 0 && j === 0 ? 1e-17 : want.nngp === 0 ? 3e-9 : 0;
        assert(
          Math.abs(nngp.at(i, j) - want.nngp) <= bound + rtol * want.nngp,
          `${i}, ${j}: ${nngp.at(i, j)}`,
        );
        assertClose(ntk.at(i, j), want.ntk, { rtol, atol: rtol * 1e-14, message: `${i}, ${j}` });
      })
    );
  });
}
