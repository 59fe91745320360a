/**
 * K + N of more points than a matrix has room for. In: inputs and noise. Out: a `System` that solves by conjugate gradients with the kernel in
 * packed tiles, in memory or in a file.
 */
import { type NdArray, transpose } from "../../array/mod.ts";
import { transposedMultiply } from "../../linalg/products.ts";
import { KernelOperator } from "../../operator/kernel_operator.ts";
import { LargeSolver } from "../../operator/solver.ts";
import type { Watch } from "../../pause.ts";
import { plusTransposed } from "../matrices.ts";
import type { KernelSource } from "./kernel_source.ts";
import type { System } from "./system.ts";

/** How a large system is solved. */
export interface LargeOptions {
  /** Relative residual that a solution has to reach */
  readonly tolerance: number;
  /** Rank of the preconditioner; null: as many as suit the number of points */
  readonly rank: number | null;
  /** The file that keeps the tiles, or null: they are in memory */
  readonly tiles: string | null;
}

/** A large system, and what is to be known of it. */
export interface Large {
  readonly system: System;
  readonly solver: LargeSolver;
  /** The kernel of every point with itself */
  readonly variances: Float64Array;
  /** Bytes of the tiles */
  readonly bytes: number;
}

/** The system of K + N, whose kernel is computed here. */
export async function largeSystem(
  source: KernelSource,
  inputs: NdArray,
  noise: Float64Array,
  { tolerance, rank, tiles }: LargeOptions,
  watch: Watch,
): Promise<Large> {
  const { backend, dtype } = source.options;
  const kernel = await KernelOperator.of(source.kernelFn, inputs, source.name, {
    ...{ backend, dtype, ...watch },
    ...tiles !== null && { path: tiles },
  });
  const { signal } = watch;
  const solver = await LargeSolver.of(kernel, noise, { ...rank !== null && { rank }, signal });
  const solve = async (b: NdArray, stop: Pick<Watch, "signal"> = {}) =>
    (await solver.solve(b, { tolerance, ...stop })).x;
  const system: System = {
    solve,
    // A bound from below: variances are too large rather than too small.
    quadratics: async (b, stop = {}) => (await solver.reductions(transpose(b), { tolerance, ...stop })).lower,
    quadraticForm: async (b, stop) => plusTransposed(await transposedMultiply(b, await solve(b, stop)), 0.5),
    factored: null,
  };
  return { system, solver, variances: kernel.diagonal, bytes: kernel.bytes };
}

/** A system that is made when it is first needed. */
export function madeLater(make: () => Promise<System>): System {
  let made: Promise<System> | undefined;
  const system = () => made ??= make();
  return {
    solve: async (b, stop) => await (await system()).solve(b, stop),
    quadratics: async (b, stop) => await (await system()).quadratics(b, stop),
    quadraticForm: async (b, stop) => await (await system()).quadraticForm(b, stop),
    factored: null,
  };
}
