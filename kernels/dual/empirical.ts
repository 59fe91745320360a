/** Dual kernels by Monte Carlo: one random layer. */
import { type ArrayInput, NdArray } from "../../lib/array.ts";
import { show } from "../../lib/array/dtype.ts";
import type { Progress, Values } from "../../lib/backends/backend.ts";
import { variable } from "../../lib/expr/expr.ts";
import { matmul } from "../../lib/linalg/matmul.ts";
import { type Key, normal } from "../../lib/random/mod.ts";
import { activationFunction } from "./activations.ts";
import { dualDefaults, type DualOptions, dualOptions } from "./options.ts";
import { requireMatrix } from "./points.ts";

/** Options of `dualKernelEmpirical`. */
export interface EmpiricalOptions extends DualOptions {
  /** Number of random features; default 1024 */
  readonly numHiddens?: number;
  /** The activation, a name of `getAct`; default `"gelu"` */
  readonly act?: string;
}

/** Entries of a block of features, 32 MiB: what is in memory besides x, w and the kernel. */
const BLOCK_SIZE = 2 ** 22;

/**
 * The Monte Carlo estimate K = φ(xw)·φ(xw)ᵀ/m of the dual kernel, w = random.normal(key, [features, m]), m = `numHiddens`: the
 * numbers that the Python library draws. Its error falls like 1/√m.
 *
 * @param x points, shape (n, features)
 * @param key a key, `random.key(0)`
 * @param options `numHiddens` (default 1024), `act` (default `"gelu"`, see `getAct`); backend, dtype, progress and
 * cancellation as for `kernelFn`
 * @returns shape (n, n)
 * @throws {TypeError} unless x is a matrix and key a key.
 * @throws {RangeError} for an unknown activation, a number of features that is not a positive integer, and an entry of x that
 * is not finite; if the kernel overflows.
 * @see Rahimi & Recht 2007, "Random features for large-scale kernel machines".
 *
 * @example Close to the exact kernel
 * ```ts
 * import { key } from "../../lib/random/mod.ts";
 * import { dualKernelEmpirical } from "./empirical.ts";
 * const k = await dualKernelEmpirical([[1, 0], [0, 2]], key(0), { numHiddens: 4096, act: "relu", backend: "reference" });
 * if (Math.abs(k.at(1, 1) - 2) > 0.2) throw new Error("2²/2 but for the noise");
 * ```
 */
export async function dualKernelEmpirical(
  x: ArrayInput,
  key: Key,
  options: EmpiricalOptions = {},
): Promise<NdArray> {
  const { numHiddens, act, ...o } = dualOptions<Required<EmpiricalOptions>>({
    ...dualDefaults,
    numHiddens: 1024,
    act: "gelu",
  }, options);
  requireCount(numHiddens);
  const phi = activationFunction(act);
  const points = requireMatrix(x);
  const [n, features] = points.shape;
  const w = normal(key, [features, numHiddens]);
  const kernel = new Float64Array(n * n);
  const blocks = blocksOf(numHiddens, Math.max(1, Math.floor(BLOCK_SIZE / n)));
  for (const [index, { start, width }] of blocks.entries()) {
    const z = matmul(points, columns(w, start, width)).data.map(phi);
    const onProgress = ({ done, total }: Progress) =>
      o.onProgress({ done: index * total + done, total: blocks.length * total });
    const products = await meanProducts(z, n, { ...o, onProgress });
    for (let i = 0; i < kernel.length; i++) kernel[i] += products[i] * (width / numHiddens);
  }
  return new NdArray(finite(o.dtype === "float32" ? Float32Array.from(kernel) : kernel), [n, n]);
}

function requireCount(numHiddens: number): void {
  if (Number.isSafeInteger(numHiddens) && numHiddens > 0) return;
  throw new RangeError(
    `Cannot estimate a dual kernel as numHiddens must be a positive integer: current value is ${
      show(numHiddens)
    }`,
  );
}

function finite(kernel: Values): Values {
  const bad = kernel.find((value) => !Number.isFinite(value));
  if (bad === undefined) return kernel;
  throw new RangeError(
    `Cannot estimate a dual kernel as its entries must be finite: current value is ${bad}, scale the points down`,
  );
}

function blocksOf(total: number, width: number): { start: number; width: number }[] {
  const count = Math.ceil(total / width);
  return Array.from(
    { length: count },
    (_, i) => ({ start: i * width, width: Math.min(width, total - i * width) }),
  );
}

/** `width` columns of a matrix from `start` on. */
function columns({ data, shape: [rows, stride] }: NdArray, start: number, width: number): NdArray {
  const block = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    block.set(data.subarray(i * stride + start, i * stride + start + width), i * width);
  }
  return new NdArray(block, [rows, width]);
}

/** zzᵀ / width: the Gram matrix of the machine. */
async function meanProducts(z: Float64Array, n: number, o: Required<DualOptions>): Promise<Values> {
  const { compile, run } = await import("../../lib/engine.ts");
  const program = compile({ cov: variable("cov") }, {}, []);
  const rows = o.dtype === "float32" ? Float32Array.from(z) : z;
  const source = { kind: "gram", x1: rows, x2: rows, depth: z.length / n } as const;
  const { cov } = await run({ program, source, n1: n, n2: n, symmetric: true, features: [] }, o);
  return cov;
}
