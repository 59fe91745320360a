/** The first call of a numerical nonlinearity: its kinks are searched for, and the coefficients of one variance computed. */
import { numericalSteps } from "../kernels/numerical/numerical_activation.ts";
import { finished } from "../lib/steps.ts";

const functions: Readonly<Record<string, (x: number) => number>> = {
  tanh: Math.tanh,
  "max(x, 0)": (x) => Math.max(x, 0),
  "ELU": (x) => x > 0 ? x : Math.expm1(x),
  "|x| exp(-x²/4)": (x) => Math.abs(x) * Math.exp(-x * x / 4),
  "sin 10x": (x) => Math.sin(10 * x),
  "x - floor(x)": (x) => x - Math.floor(x),
};

for (const variance of [1e-6, 1, 1e4]) {
  for (const [name, f] of Object.entries(functions)) {
    Deno.bench({
      name,
      group: `numerical nonlinearities, variance ${variance}`,
      baseline: name === "tanh",
      n: 5,
      warmup: 1,
      fn: () => {
        const { nngp, dNngp } = finished(numericalSteps(f)).numerical!();
        for (const table of [nngp, dNngp]) finished(table.compute(Float64Array.of(variance)));
      },
    });
  }
}
