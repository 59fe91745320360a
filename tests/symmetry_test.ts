/** Laws of every kernel on every backend: |K(i, j)| ≤ √(K(i, i)·K(j, j)), and the kernel of (b, a) is that of (a, b), transposed. */
import assert from "node:assert/strict";
import { stax } from "../mod.ts";
import { targets } from "./targets.ts";

const layers: Record<string, stax.Network> = {
  ABRelu: stax.ABRelu(-0.5, 1.75),
  Relu: stax.Relu(),
  Erf: stax.Erf({ a: 1.5, b: 0.75, c: 0.25 }),
  Sin: stax.Sin({ c: 0.5 }),
  Cos: stax.Cos({ c: 0.5 }),
  SigmoidLike: stax.SigmoidLike(),
  Gelu: stax.Gelu(),
  Rbf: stax.Rbf({ gamma: 0.5 }),
  Gaussian: stax.Gaussian(),
  ExpNormalized: stax.ExpNormalized(),
  Gabor: stax.Gabor(),
  Sign: stax.Sign(),
  Monomial: stax.Monomial(2),
  RectifiedMonomial: stax.RectifiedMonomial(2),
  Polynomial: stax.Polynomial([1, -0.5, 0.25]),
  // With its derivative: one by differentiation cancels to √ε for near duplicates.
  Elementwise: stax.Elementwise({
    nngp: ({ cov, rootDet, angle }) =>
      rootDet.div(2 * Math.PI).add(angle.div(-Math.PI).add(1).div(2).mul(cov)),
    dNngp: ({ angle }) => angle.div(-Math.PI).add(1).div(2),
  }),
};

/** Generic, nearly equal and nearly opposite rows of lengths from 1/1000 to 1000. */
function rows(step: number): number[][] {
  const bases = [[1, 0.5, -0.25], [0.3, -0.8, 0.1]];
  return [1e-3, 1, 1000].flatMap((scale) =>
    bases.flatMap((base) => [
      base,
      base.map((value, k) => value * (1 + (k + 1) * step)),
      base.map((value, k) => value * (1 - k * step)),
      base.map((value, k) => -value * (1 + k * step)),
    ]).map((row) => row.map((value) => Math.fround(value * scale)))
  );
}

for (const { name, options, test } of targets) {
  const epsilon = options.dtype === "float32" ? 2 ** -23 : 2 ** -52;
  const x = rows(options.dtype === "float32" ? 2 ** -10 : 2 ** -20);
  const n = x.length;
  const order = x.map((_, i) => (i * 7 + 3) % n);

  for (const [type, layer] of Object.entries(layers)) {
    const network = stax.serial(stax.Dense(1), layer, stax.Dense(1, { wStd: 1.25 }), layer);

    test(`no covariance of ${type} exceeds what its variances allow, also of a kernel that is continued`, async () => {
      const { kernelFn } = stax.serial(stax.Dense(1), layer);
      const whole = await kernelFn(x, null, null, options);
      const given = await stax.Dense(1).kernelFn(x, null, null, options);
      for (
        const [how, k] of Object.entries({ whole, continued: await kernelFn(given, null, null, options) })
      ) {
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const bound = Math.sqrt(k.nngp.at(i, i)) * Math.sqrt(k.nngp.at(j, j)) * (1 + 4 * epsilon);
            const value = Math.abs(k.nngp.at(i, j));
            assert(value <= bound + 1e-40, `${how} k(${i}, ${j}) = ${value} is above ${bound} on ${name}`);
          }
        }
      }
    });

    // Emulated shaders of two layers in float64 take many seconds to compile.
    if (name === "webgpu float64" && !["Relu", "Gelu", "Rbf"].includes(type)) continue;
    test(`kernels of ${type} are symmetric and follow their rows`, async () => {
      const y = order.map((i) => x[i]);
      const ab = await network.kernelFn(x, y, ["nngp", "ntk"], options);
      const ba = await network.kernelFn(y, x, ["nngp", "ntk"], options);
      const own = await network.kernelFn(x, null, ["nngp", "ntk"], options);
      for (const field of ["nngp", "ntk"] as const) {
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const value = ab[field]!.at(i, j);
            // Of the largest entry of the two points.
            const size = Math.sqrt(own[field]!.at(i, i)) * Math.sqrt(own[field]!.at(order[j], order[j]));
            for (
              const [what, other] of [["(b, a)", ba[field]!.at(j, i)], [
                "itself",
                own[field]!.at(i, order[j]),
              ]] as const
            ) {
              const error = Math.abs(other - value);
              assert(
                error <= 8 * epsilon * size + 1e-40,
                `${field}(${i}, ${j}) of ${what} on ${name}: ${error / epsilon / size} ulp`,
              );
            }
          }
        }
      }
    });
  }
}
