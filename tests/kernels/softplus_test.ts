/** Softplus, whose dual has no closed form, against integrals. */
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { stax } from "../../mod.ts";
import { assert, assertClose } from "../assert.ts";
import { targets } from "../targets.ts";
import { kernelsOf, type Triple } from "./duals.ts";

/**
 * E[φ(u)φ(v)] and E[φ′(u)φ′(v)], φ′(x) = 1/(1 + e⁻ˣ), by the trapezoidal rule over u and over v given u in 30 digits (20 for the
 * variances of 25), whose error falls like exp(−2π²/(h·σ)) with the step h; another step agrees to all of them.
 */
const truth: readonly (readonly [...Triple, nngp: number, dNngp: number])[] = [
  [0.5, 1, 1, 0.78007816520694352, 0.27142832563170528],
  [-0.6875, 1, 1, 0.48798264832600475, 0.22043270612466438],
  [0, 1, 1, 0.64973140705874155, 0.25],
  [1, 1, 1, 0.92124590885930028, 0.29337903585809296],
  [-1, 1, 1, 0.42124590885930028, 0.20662096414190704],
  [0.984375, 1, 1, 0.91666733160044201, 0.2926790440419143],
  [0.375, 0.25, 2, 0.74983643500473223, 0.26610895386702275],
  [-0.25, 0.5, 4, 0.74176525051089657, 0.24149157003396944],
  [1.5, 1, 9, 1.525533159667334, 0.28594174034239815],
  [3, 16, 2, 2.4046733386162446, 0.30059751790457891],
  [20, 25, 25, 10.683496251443897, 0.37574037461955712],
  [-20, 25, 25, 0.68349625144389715, 0.12425962538044288],
];

Deno.test("the dual of Softplus is the truth", async () => {
  const activation = activationOf(stax.Softplus());
  await activation.load?.();
  const { nngp, dNngp } = kernelsOf(activation);
  for (const [cov, var1, var2, trueNngp, trueDNngp] of truth) {
    const triple: Triple = [cov, var1, var2];
    assertClose(nngp.at(triple), trueNngp, {
      atol: 2e-13 * nngp.scale(triple),
      message: `nngp at ${triple}`,
    });
    assertClose(dNngp.at(triple), trueDNngp, {
      atol: 2e-13 * dNngp.scale(triple),
      message: `dNngp at ${triple}`,
    });
  }
});

for (const { options, scale, test } of targets) {
  test("a network of Softplus has the kernels of its integrals", async () => {
    const x = [[1, 0], [0.5, Math.sqrt(0.75)]];
    // The first layer adds up inner products over two features, and halves them.
    const { kernelFn } = stax.serial(stax.Dense(1, { wStd: Math.SQRT2 }), stax.Softplus(), stax.Dense(1));
    const { nngp, ntk, numericalErrors } = await kernelFn(x, null, null, options);
    const expected = [0.92124590885930028, 0.78007816520694352];
    const atol = scale.scale ?? 0;
    assertClose([nngp.at(0, 0), nngp.at(0, 1)], expected, { rtol: scale.rtol, atol, message: "nngp" });
    const slopes = [0.29337903585809296, 0.5 * 0.27142832563170528];
    const ntks = expected.map((value, i) => value + slopes[i]);
    assertClose([ntk!.at(0, 0), ntk!.at(0, 1)], ntks, { rtol: scale.rtol, atol: 2 * atol, message: "ntk" });
    assert(numericalErrors!.nngp < 1e-12, `${numericalErrors!.nngp}`);
  });
}

Deno.test("Softplus of large and small numbers", () => {
  const outputs = stax.Softplus().applyFn(null, [[1000], [-1000], [0], [-40]]);
  assertClose(outputs.data, [1000, 0, Math.LN2, 4.248354255291589e-18], { rtol: 1e-15 });
});
