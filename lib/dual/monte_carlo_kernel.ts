/** Means over random features, in blocks of them. */
import { NdArray, type Values } from "../array/mod.ts";
import type { Progress } from "../pause.ts";
import { variable } from "../expr/expr.ts";
import { matmul } from "../linalg/matmul.ts";
import { compile } from "../program/entrywise.ts";
import { type Key, normal } from "../random/mod.ts";
import type { DualOptions } from "./options.ts";
import { vectorProgram } from "../program/program.ts";
import { run } from "./run.ts";

/** Entries of a block of features, 32 MiB: what is in memory besides x, w and the kernel. */
const BLOCK_SIZE = 2 ** 22;

/** The mean of φ(⟨w, xᵢ⟩)·φ(⟨w, xⱼ⟩) over `numHiddens` draws of w ~ N(0, I), for the rows of `points`. */
export async function monteCarloKernel(
  phi: (x: number) => number,
  points: NdArray,
  { key, numHiddens }: { readonly key: Key; readonly numHiddens: number },
  o: Required<DualOptions>,
): Promise<NdArray> {
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
  const program = vectorProgram(compile({ cov: variable("cov") }, {}, []));
  const rows = o.dtype === "float32" ? Float32Array.from(z) : z;
  const source = { kind: "gram", x1: rows, x2: rows, depth: z.length / n } as const;
  const { cov } = await run({ program, source, n1: n, n2: n, symmetric: true, features: [] }, o);
  return cov;
}
