/** Derives the closed-form NTK of a custom kernel by differentiating its NNGP. */
import { type NdArray, random, stax } from "../mod.ts";

// The normalised exponential kernel of arXiv:2003.02237, page 6, for which no finite network is known.
const custom = stax.Elementwise({
  nngp({ cov, var1, var2 }) {
    const scale = var1.sqrt().mul(var2.sqrt());
    return scale.mul(cov.div(scale).sub(1).exp());
  },
});

const key = random.key(1);
const x1 = random.normal(key, [10, 2]);
const x2 = random.normal(key, [20, 2]);

const derived = await stax.serial(stax.Dense(1), custom).kernelFn(x1, x2, "ntk");
const manual = await stax.serial(stax.Dense(1), stax.ExpNormalized()).kernelFn(x1, x2, "ntk");

const error = largestDifference(derived, manual);
if (!(error < 1e-12)) throw new Error(`The two NTKs differ by ${error}`);
console.log("NTK derived via automatic differentiation matches the hand-derived NTK!");
console.log(`Largest difference: ${error.toExponential(1)}`);

function largestDifference(a: NdArray<Float64Array>, b: NdArray<Float64Array>): number {
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}
