/** Truncated Hermite expansions of dual kernels: never worse than the Python package at any degree, and exact on the diagonal. */
import { dual, random } from "../../mod.ts";
import { assert, assertClose, assertThrows } from "../assert.ts";

/**
 * ‖K − K_degree‖/‖K‖ of `dual_kernel_poly` of ntk_activations 0.0.1 for degrees 1 … 19, with the Hermite coefficients that its
 * example uses and x = normal(key 1, (200, 256))/16.
 */
const theirs: Record<string, number[]> = {
  gelu: [
    3.46e-01,
    7.85e-02,
    7.19e-03,
    5.32e-03,
    1.05e-03,
    8.45e-04,
    2.16e-04,
    1.75e-04,
    4.90e-05,
    4.00e-05,
    1.41e-05,
    9.81e-06,
    4.78e-06,
    2.44e-06,
    1.94e-06,
    5.92e-07,
    8.67e-07,
    1.62e-07,
    4.10e-07,
  ],
  relu: [
    1.85e-01,
    3.94e-02,
    5.98e-03,
    5.09e-03,
    2.20e-03,
    2.08e-03,
    1.20e-03,
    1.20e-03,
    7.82e-04,
    8.02e-04,
    5.64e-04,
    5.81e-04,
    4.44e-04,
    4.44e-04,
    3.97e-04,
    3.69e-04,
    4.35e-04,
    4.01e-04,
    5.93e-04,
  ],
  sin: [
    1.00e+00,
    1.31e-01,
    1.22e-01,
    1.01e-02,
    6.51e-03,
    4.70e-04,
    1.81e-04,
    1.47e-05,
    3.08e-06,
    3.91e-07,
    3.73e-08,
    9.00e-09,
    3.69e-10,
    1.92e-10,
    4.27e-12,
    3.76e-12,
    6.89e-14,
    6.77e-14,
    2.14e-15,
  ],
  erf: [
    1.00e+00,
    8.09e-02,
    6.91e-02,
    1.72e-02,
    1.54e-02,
    4.79e-03,
    4.48e-03,
    1.56e-03,
    1.49e-03,
    5.91e-04,
    5.34e-04,
    2.73e-04,
    1.98e-04,
    1.58e-04,
    7.43e-05,
    1.08e-04,
    3.48e-05,
    8.11e-05,
    3.02e-05,
  ],
  gaussian: [
    3.23e-02,
    1.11e-02,
    3.01e-03,
    2.15e-03,
    5.39e-04,
    4.77e-04,
    1.28e-04,
    1.14e-04,
    3.39e-05,
    2.88e-05,
    1.04e-05,
    7.49e-06,
    3.79e-06,
    1.95e-06,
    1.60e-06,
    4.89e-07,
    7.37e-07,
    1.40e-07,
    3.57e-07,
  ],
  abs: [
    7.26e-02,
    4.03e-02,
    6.12e-03,
    5.21e-03,
    2.26e-03,
    2.13e-03,
    1.23e-03,
    1.23e-03,
    8.00e-04,
    8.21e-04,
    5.77e-04,
    5.95e-04,
    4.55e-04,
    4.54e-04,
    4.06e-04,
    3.77e-04,
    4.45e-04,
    4.11e-04,
    6.07e-04,
  ],
};

const x = random.normal(random.key(1), [200, 256]);
x.data.forEach((value, k) => x.data[k] = value / 16);
const options = { backend: "reference" } as const;

function relativeError(exact: Float64Array | Float32Array, kernel: Float64Array | Float32Array): number {
  const norm = (value: (k: number) => number) =>
    Math.sqrt(Array.from(exact, (_, k) => value(k) ** 2).reduce((a, b) => a + b));
  return norm((k) => exact[k] - kernel[k]) / norm((k) => exact[k]);
}

for (const [act, errors] of Object.entries(theirs)) {
  Deno.test(`the Hermite expansion of ${act} is no worse than the Python one at every degree`, async () => {
    const exact = await dual.dualKernelExact(x, act, options);
    for (const [i, theirError] of errors.entries()) {
      const kernel = await dual.dualKernelHermite(x, act, i + 1, { ...options, exactDiagonal: true });
      const error = relativeError(exact.data, kernel.data);
      assert(error <= theirError || error < 2e-15, `degree ${i + 1}: ${error} is more than ${theirError}`);
      for (let k = 0; k < 200; k++) assertClose(kernel.at(k, k), exact.at(k, k), { rtol: 1e-12 });
    }
  });

  Deno.test(`the plain expansion of ${act} loses mass with a lower degree only`, async () => {
    const diagonal = async (degree: number) =>
      (await dual.dualKernelHermite(x, act, degree, options)).at(0, 0);
    const [low, high] = [await diagonal(3), await diagonal(15)];
    const exact = (await dual.dualKernelExact(x, act, options)).at(0, 0);
    assert(low < high && high <= exact * (1 + 1e-14), `${low}, ${high}, ${exact} must ascend`);
  });
}

Deno.test("a degree that is none is refused", async () => {
  await assertThrows(
    () => dual.dualKernelHermite(x, "relu", -1),
    RangeError,
    "Cannot compute a dual kernel as degree must be an integer from 0 to 4096: current value is -1",
  );
});
