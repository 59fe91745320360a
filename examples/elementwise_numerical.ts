/** Computes NNGP and NTK from nothing but the forward function, and compares with the closed form. */
import { expr, type NdArray, random, stax } from "../mod.ts";

const [key1, key2] = random.split(random.key(1));
const x1 = random.normal(key1, [10, 3]);
const x2 = random.normal(key2, [20, 3]);

/** x·Φ(x), of which only the values are used. */
const gelu = (x: expr.Expr) => x.mul(x.div(Math.SQRT2).erf().add(1)).div(2);

const network = (nonlinearity: stax.Layer) => stax.serial(stax.Dense(1), nonlinearity, stax.Dense(1));
const closedForm = await network(stax.Gelu()).kernelFn(x1, x2);
const numerical = await network(stax.ElementwiseNumerical(gelu)).kernelFn(x1, x2);

const nngpError = largestDifference(closedForm.nngp, numerical.nngp);
const ntkError = largestDifference(closedForm.ntk, numerical.ntk);
if (!(nngpError < 1e-8 && ntkError < 1e-8)) {
  throw new Error(`The kernels differ by ${nngpError} and ${ntkError}`);
}
console.log("Hermite approximation of the kernel is accurate!");
console.log(`Largest difference: ${nngpError.toExponential(1)} (NNGP), ${ntkError.toExponential(1)} (NTK)`);
console.log(`Error the layer estimated for itself: ${numerical.numericalError.toExponential(1)}`);

function largestDifference(a: NdArray<Float64Array>, b: NdArray<Float64Array>): number {
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}
