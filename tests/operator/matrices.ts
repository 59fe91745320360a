/** Symmetric matrices as kernels, for tests of operators. */
import { NdArray } from "../../lib/array/mod.ts";
import { KernelOperator } from "../../lib/operator/kernel_operator.ts";
import type { KernelOperatorOptions } from "../../lib/operator/options.ts";

/** The points 0 … n − 1. */
export const indices = (n: number): NdArray<Float64Array> =>
  new NdArray(Float64Array.from({ length: n }, (_, i) => i), [n, 1]);

/** What computes blocks of the matrix with these entries, for points that are indices; it counts its calls. */
export function kernelOf(entry: (i: number, j: number) => number) {
  const blocks: [number, number][] = [];
  const compute = (x1: NdArray, x2: NdArray | null) => {
    const [rows, cols] = [x1.data, (x2 ?? x1).data];
    blocks.push([rows[0], cols[0]]);
    return new NdArray(
      Float64Array.from(
        { length: rows.length * cols.length },
        (_, at) => entry(rows[Math.floor(at / cols.length)], cols[at % cols.length]),
      ),
      [rows.length, cols.length],
    );
  };
  return { compute, blocks };
}

/** The operator of a matrix. */
export const operatorOf = (
  n: number,
  entry: (i: number, j: number) => number,
  options: KernelOperatorOptions = {},
): Promise<KernelOperator> => KernelOperator.of(kernelOf(entry).compute, indices(n), "nngp", options);

/** exp(−(i − j)²/8)·√(dᵢ·dⱼ) with diagonals d from 1 to 3: positive definite. */
export const smooth = (i: number, j: number): number =>
  Math.exp(-((i - j) ** 2) / 8) * Math.sqrt((1 + i % 3) * (1 + j % 3));

/** A number of 31 bits that depends on a pair, and not on its order. */
export function integerOf(i: number, j: number): number {
  const mixed = Math.imul(Math.imul(i + j + 1, 0x9e3779b1) ^ Math.imul(i * j + 7, 0x85ebca6b), 0xc2b2ae35);
  return mixed >> 2;
}
