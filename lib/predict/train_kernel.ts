/** The train–train kernel with its regularizer, factored and diagonalized at most once each. */
import type { NdArray } from "../array/mod.ts";
import { unitOf } from "../linalg/precision.ts";
import { largest, meanDiagonal } from "../linalg/symmetric.ts";
import { inUnit, kernelMatrix, requireAxes, type ScaledMatrix } from "./kernel_matrix.ts";
import type { KernelName } from "./kernels.ts";
import { flag, nonNegative } from "../options.ts";
import { afterEntries } from "../pause.ts";
import type { Solver } from "./solver.ts";
import type { Regularized, Spectrum } from "./spectrum.ts";

/** What is added to the diagonal of the train–train kernel. */
export interface RegularizerOptions {
  /** Strength of the diagonal regularizer: K + diagReg·s·I with s from `diagRegAbsoluteScale`. Default 0. */
  readonly diagReg?: number;
  /** `true` for s = 1, `false` for s = the mean diagonal entry of K. Default `false`. */
  readonly diagRegAbsoluteScale?: boolean;
  /**
   * Where K is not positive definite within its rounding errors, such as for equal training points: how large a negative
   * eigenvalue may be, as a multiple of the mean diagonal entry, to be taken for an error of a singular kernel. Eigenvalues up to
   * that size, or up to the rounding errors, are then taken for 0 and their directions dropped, which is the limit of a jitter on
   * the diagonal that tends to 0. What was done is in `predictFn.report`, the size in `predictFn.jitter`. Default 1e-10, and 1e-4
   * for kernels in float32; 0 refuses singular kernels.
   */
  readonly maxJitter?: number;
}

/** Many rounding errors, relative to the mean diagonal entry: the default of `maxJitter`. */
export const DEFAULT_JITTER = { float64: 1e-10, float32: 1e-4 } as const;

/** Refuses strengths of the regularizer that are negative or not finite, and a scale that is no flag. */
export function requireRegularizer(
  { diagReg = 0, diagRegAbsoluteScale = false, maxJitter = 0 }: RegularizerOptions,
): void {
  nonNegative("predict", "diagReg", diagReg);
  flag("predict", "diagRegAbsoluteScale", diagRegAbsoluteScale);
  nonNegative("predict", "maxJitter", maxJitter);
}

/** How a kernel was solved with. */
export interface SolveReport {
  /**
   * 0 if all eigenvalues of K + diagReg·s·I are signal; else the size, in absolute units, up to which they were taken for 0.
   */
  readonly jitter: number;
  /** Number of eigenvalues that are signal: below the number of training outputs, the kernel is singular. */
  readonly rank: number;
  /** An estimate of the largest eigenvalue over the smallest that is signal. */
  readonly condition: number;
  /**
   * ‖y − (K + diagReg·s·I)·x‖/‖y‖ of the solution x, with what lies outside of the range of a singular kernel: the share of the
   * targets that no training can fit. `undefined` as long as nothing was solved for targets.
   */
  readonly residual: number | undefined;
}

/** K + diagReg·s·I for a symmetric K over the training points. */
export class TrainKernel {
  /** K without the regularizer, divided by a power of two: 1 unless products of its entries could leave the range of float64. */
  readonly kernel: ScaledMatrix;
  readonly #of: Regularized;
  #report?: SolveReport;
  #solver?: Promise<Solver>;
  #spectrum?: Promise<Spectrum>;

  constructor(kernel: NdArray, name: string, options: RegularizerOptions) {
    requireRegularizer(options);
    const { diagReg = 0, diagRegAbsoluteScale = false, maxJitter = DEFAULT_JITTER[kernel.dtype] } = options;
    const given = kernelMatrix(kernel, name);
    requireAxes(given.cols, given.rows, `the column axes of ${name}`);
    this.kernel = inUnit(
      given,
      unitOf(Math.max(largest(given.matrix.data), diagRegAbsoluteScale ? diagReg : 0)),
    );
    const { matrix, unit } = this.kernel;
    const shift = diagRegAbsoluteScale ? diagReg / unit : diagReg * meanDiagonal(matrix);
    this.#of = { matrix, shift, maxJitter, name, unit };
  }

  /** diagReg·s in the unit of the kernel: what is added to every diagonal entry of K. */
  get shift(): number {
    return this.#of.shift;
  }

  /** How the kernel was solved with, `undefined` as long as it was not. */
  get report(): SolveReport | undefined {
    return this.#report;
  }

  /** The decision on the rank, and what solves with K + diagReg·s·I. */
  solver(): Promise<Solver> {
    return this.#solver ??= this.#decide();
  }

  /** (K + diagReg·s·I)⁻¹·Y for targets, refined where the condition of K costs digits; on the range of K if it is singular. */
  async solve(y: NdArray<Float64Array>): Promise<NdArray<Float64Array>> {
    const solver = await this.solver();
    const { spectrum } = solver;
    if (spectrum) spectrum.requireResolved(await spectrum.coordinates(y));
    const { refinedSolution } = await import("./solver.ts");
    const { x, residual } = await refinedSolution(this.#of, solver, y);
    this.#report = { ...this.#report!, residual };
    return x;
  }

  /** Eigenvalues of K + diagReg·s·I and the eigenvectors. */
  spectrum(): Promise<Spectrum> {
    return this.#spectrum ??= this.#diagonalize();
  }

  async #decide(): Promise<Solver> {
    const { solverOf } = await import("./solver.ts");
    await afterEntries(this.#of.matrix.size);
    return this.#reported(await solverOf(this.#of, () => this.spectrum()));
  }

  async #diagonalize(): Promise<Spectrum> {
    const { Spectrum } = await import("./spectrum.ts");
    await afterEntries(this.#of.matrix.size);
    return this.#reported(await Spectrum.of(this.#of));
  }

  #reported<T extends Pick<SolveReport, "jitter" | "rank" | "condition">>(decision: T): T {
    const { jitter, rank, condition } = decision;
    this.#report ??= { jitter: jitter * this.kernel.unit, rank, condition, residual: undefined };
    return decision;
  }
}

/** The train–train kernels of a problem by name; a single array stands for both names as one object. */
export type TrainKernels = ReadonlyMap<KernelName, TrainKernel>;

/** The train–train kernel called `name`. */
export function trainKernel(kernels: TrainKernels, name: KernelName): TrainKernel {
  const kernel = kernels.get(name);
  if (kernel !== undefined) return kernel;
  const names = [...kernels.keys()].map((other) => `"${other}"`).join(", ");
  throw new TypeError(`Cannot predict as kTrainTrain must contain "${name}": current value has ${names}`);
}

/** The jitter of each kernel; one that has not been solved with is absent. */
export type JitterByKernel = { readonly [K in KernelName]?: number };

/** How each kernel was solved with; one that has not been is absent. */
export type ReportByKernel = { readonly [K in KernelName]?: SolveReport };

/** Gives a function the properties `jitter` and `report`, read when they are asked for. */
export function withReport<F extends object, J, R>(predictFn: F, read: { jitter: () => J; report: () => R }) {
  return Object.defineProperties(predictFn, {
    jitter: { get: read.jitter, enumerable: true },
    report: { get: read.report, enumerable: true },
  }) as F & { readonly jitter: J; readonly report: R };
}

/** What `predictFn.report` and `predictFn.jitter` show for several kernels. */
export function reportsOf(kernels: () => TrainKernels) {
  const by = <T>(read: (report: SolveReport) => T) =>
    Object.fromEntries(
      [...kernels()].flatMap(([name, { report }]) => report === undefined ? [] : [[name, read(report)]]),
    );
  return {
    jitter: (): JitterByKernel => by(({ jitter }) => jitter),
    report: (): ReportByKernel => by((report) => report),
  };
}
