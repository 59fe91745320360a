/** Numerical nonlinearities that overflow far out, or have a pole: averaged where the average is finite, else refused. */
import { dual, stax } from "../../mod.ts";
import type { Forward } from "../../lib/network/activation.ts";
import { assert, assertClose, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

/** The dual of exp(b·x²), with Q = (1 − 2b·v₁)(1 − 2b·v₂) − 4b²c²: 1/√Q and 4b²c/Q^(3/2). */
function gaussianDual(b: number, [cov, var1, var2]: readonly number[]): [nngp: number, dNngp: number] {
  const q = (1 - 2 * b * var1) * (1 - 2 * b * var2) - (2 * b * cov) ** 2;
  return [1 / Math.sqrt(q), 4 * b * b * cov / q ** 1.5];
}

const growing = (b: number): Record<string, Forward> => ({
  "an expression": (x) => x.square().mul(b).exp(),
  "a function": (x: number) => Math.exp(b * x * x),
});

for (const { options, name, test } of targets) {
  // 1/√Q magnifies the rounding of moments to float32.
  const rtol = options.dtype === "float32" ? 2e-5 : 2e-8;

  test("exp(b·x²) where its square has a mean, although it overflows where √φ is still seen", async () => {
    for (
      const [b, moments] of [[0.24, [1, 1, 1]], [0.24, [-0.3, 1, 1]], [0.12, [0.5, 2, 0.5]], [0.245, [
        0.5,
        1,
        1,
      ]]] as const
    ) {
      for (const [kind, fn] of Object.entries(growing(b))) {
        const [cov, var1, var2] = moments;
        const { nngp, dNngp } = await dual.dualActivation(
          stax.ElementwiseNumerical(fn),
          { cov, var1, var2 },
          options,
        );
        const message = `${name}, ${kind}, b = ${b}, ${moments}`;
        assertClose([nngp, dNngp], gaussianDual(b, moments), { rtol, message });
      }
    }
    const network = stax.serial(stax.Dense(1), stax.ElementwiseNumerical(growing(0.24)["an expression"]));
    const { nngp, ntk } = await network.kernelFn([[1]], null, ["nngp", "ntk"], options);
    // E[f²] = 5 and E[f′²] = 28.8, with an NTK of 1 before.
    assertClose([...nngp.data, ...ntk.data], [5, 28.8], { rtol });
  });

  // An emulated device ends loops before the 8192 terms that this takes, and says so.
  if (options.backend === "webgpu") continue;

  test("|x − t|^a with a pole that can be integrated", async () => {
    // By mpmath: the integral over u of |u − t|^a φ(u) times the mean of |v − t|^a given u, a hypergeometric function.
    const cases: [a: number, t: number, moments: [number, number, number], want: number][] = [
      [-0.2, 0.3, [30, 30, 30], 0.743760889737624262],
      [-0.2, 0.3, [15, 30, 30], 0.694039064795169],
      [-0.2, 0.3, [-20, 30, 30], 0.697660533304475],
      [-0.2, 0.3, [0.01, 0.01, 0.01], 1.69506316439384851],
      [-0.2, 0.3, [0.005, 0.01, 0.01], 1.68500817615042],
      [-0.2, 0.3, [900, 900, 900], 0.376930169046817409],
      [-0.3, -1, [0.5, 1, 1], 1.32415368407064],
      [-0.3, -1, [15, 30, 30], 0.606379634987756],
    ];
    for (const [a, t, [cov, var1, var2], want] of cases) {
      const layer = stax.ElementwiseNumerical((x: number) => Math.abs(x - t) ** a);
      const x1 = [Math.sqrt(var1)];
      const nngp = await stax.serial(stax.Dense(1), layer).kernelFn([x1], null, "nngp", options);
      if (cov === var1) assertClose(nngp.data, [want], { rtol: options.dtype === "float32" ? 1e-6 : 1e-8 });
      else {
        // Two inputs of two features with these moments.
        const y = [[x1[0] * Math.SQRT2, 0], [
          cov / x1[0] * Math.SQRT2,
          Math.sqrt(2 * (var2 - cov * cov / var1)),
        ]];
        const pair = await stax.serial(stax.Dense(1), layer).kernelFn(y, null, "nngp", options);
        assertClose([pair.at(0, 1)], [want], { rtol: options.dtype === "float32" ? 1e-6 : 1e-8 });
      }
    }
  });
}

Deno.test("functions that grow as fast as the density falls are refused, with the reason", async () => {
  const at = (f: (x: number) => number, variance: number) =>
    dual.dualActivation(stax.ElementwiseNumerical(f), { cov: variance, var1: variance, var2: variance }, {
      backend: "reference",
    });
  const infinite = (variance: number) =>
    `Cannot average a nonlinearity as E[f(u)²] must be finite: current value is Infinity at variance ${variance}`;
  await assertThrows(() => at((x) => Math.exp(x * x / 4), 1), RangeError, infinite(1));
  await assertThrows(() => at((x) => Math.exp(x * x), 1), RangeError, infinite(1));
  await assertThrows(() => at((x) => Math.exp(Math.abs(x) ** 3), 0.25), RangeError, infinite(0.25));
  // Infinite from 10 on: no overflow, but a function that has no mean.
  await assertThrows(() => at((x) => Math.abs(x) < 10 ? 1 : Infinity, 1), RangeError, infinite(1));
  // The mean is finite, but what overflows is too much of it.
  const error = await at((x) => Math.exp(0.2495 * x * x), 1).catch((error) => error);
  assert(error instanceof RangeError);
  assert(
    /^Cannot average a nonlinearity as f\(x\)² must be negligible beside the density of x before f overflows: current value is 0\.00\d+ of E\[f\(u\)²\] at x = \d+(\.\d+)? and variance 1, lower the variance$/
      .test(error.message),
    error.message,
  );
});
