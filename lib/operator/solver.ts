/**
 * Solving (K + D)·X = B for a kernel operator K and noise D, a positive diagonal: by conjugate gradients with a preconditioner of low
 * rank. Measured for the NTK of MNIST (three hidden layers of GELU), noise of 10⁻³ of the mean diagonal, ten right-hand sides, to
 * relative residuals of 10⁻²/10⁻⁴/10⁻⁸:
 *
 *     n        rank    with D             with D + SHARE·remainder
 *     4000     0       364 / 800 / –
 *     4000     334                        42 / 85 / 176
 *     4000     512     58 / 101 / 205     35 / 69 / 143
 *     4000     1024    37 / 67 / 140      24 / 43 / 94
 *     12 000   512     121 / 195 / 376
 *     12 000   1000    76 / 127 / 250     42 / 85 / 185
 *     12 000   2000    46 / 79 / 160      30 / 56 / 114
 *
 * A preconditioner of rank 1000 takes as long as some 12 iterations there, one of rank 2000 as 30; ranks are in proportion to n by
 * default, since an iteration takes n² operations.
 */
import { NdArray } from "../array/mod.ts";
import { machineLapack } from "../linalg/products.ts";
import { abortSignal, callable, integer, positive, withDefaults } from "../options.ts";
import type { Watch } from "../pause.ts";
import { conjugateGradients, innerProducts, type RowMap, type System } from "./conjugate_gradients.ts";
import type { KernelOperator } from "./kernel_operator.ts";
import { pivotedCholesky } from "./pivoted_cholesky.ts";
import { woodbury } from "./preconditioner.ts";

/** How far a solver is. */
export interface SolveProgress {
  /** Of `total`, in proportion to the digits of the residual. */
  readonly done: number;
  readonly total: number;
  readonly iterations: number;
  /** The largest relative residual, by the recurrence. */
  readonly residual: number;
}

/** Options of a solve. */
export interface SolveOptions {
  /**
   * ‖b − (K + D)·x‖/‖b‖ that every column has to reach. Default 10⁻⁴, which leaves predictions for MNIST (as above) off by 10⁻⁴ at most;
   * 10⁻⁸ leaves them off by 2·10⁻⁷, the rounding of the kernel.
   */
  readonly tolerance?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Called after each iteration. */
  readonly onProgress?: (progress: SolveProgress) => void;
  /** Stops it when aborted. */
  readonly signal?: AbortSignal;
}

/** Options of a solver. */
export interface SolverOptions extends Watch {
  /**
   * Rank of the preconditioner, of which 8·rank·n bytes are kept. Default n/12, at least 256 and at most 4000 (1000 without BLAS).
   */
  readonly rank?: number;
}

/** A solution, and how good it is. */
export interface LargeSolution {
  /** (K + D)⁻¹·B, shape (n, columns) */
  readonly x: NdArray<Float64Array>;
  /** The largest ‖b − (K + D)·x‖/‖b‖ of the columns, computed from x */
  readonly residual: number;
  readonly iterations: number;
  /** Rank of the preconditioner */
  readonly rank: number;
  readonly seconds: number;
}

/** Bounds of quadratic forms q: `lower` ≤ q ≤ `lower` + `gap`. */
export interface Reductions {
  readonly lower: Float64Array;
  readonly gap: Float64Array;
  readonly iterations: number;
}

const ACTION = "solve with a kernel";

/** Steps of progress. */
const TOTAL = 100;

/** Points for each rank of the preconditioner, and the ranks that are taken at least and at most. */
const POINTS_A_RANK = 12;
const [LEAST_RANK, MOST_RANK, MOST_PLAIN_RANK] = [256, 4000, 1000];

/**
 * The share of the remainder of the diagonal that the preconditioner adds to D: of 0, 0.01, 0.02, 0.03, 0.05, 0.1 and 1 it leaves 101,
 * 75, 67, 69, 70, 71 and 81 iterations to 10⁻⁴ at n = 4000 and rank 512.
 */
const SHARE = 0.03;

/** The least diagonal of the preconditioner, over that of K: where noise is 0. */
const FLOOR = 2 ** -30;

/** Right-hand sides that are solved for at a time, where there are many. */
const BLOCK = 60;

/** What solves for one kernel with one noise. */
export class LargeSolver {
  /** Rank of the preconditioner. */
  readonly rank: number;
  readonly #system: System;
  readonly #noise: Float64Array;

  private constructor(system: System, noise: Float64Array, rank: number) {
    this.#system = system;
    this.#noise = noise;
    this.rank = rank;
  }

  /**
   * The solver for K + D, with its preconditioner: some n·rank² operations.
   *
   * @param noise D, one number for all points or one a point, in absolute units: none is negative
   */
  static async of(
    kernel: KernelOperator,
    noise: number | ArrayLike<number>,
    options: SolverOptions = {},
  ): Promise<LargeSolver> {
    const defaults: SolverOptions = { rank: undefined, onProgress: undefined, signal: undefined };
    const { rank, ...watch } = withDefaults(ACTION, defaults, options);
    requireWatch(watch);
    const diagonal = noiseOf(noise, kernel.n);
    const { transposed, remainder } = await pivotedCholesky(kernel, await rankOf(rank, kernel.n), watch);
    const floor = FLOOR * kernel.diagonal.reduce((sum, entry) => sum + entry, 0) / kernel.n;
    const shifted = remainder.map((left, i) => Math.max(diagonal[i] + SHARE * left, floor));
    const apply: RowMap = async (v, columns, stop) => {
      const { data } = await kernel.multiply(new NdArray(v, [kernel.n, columns]), stop);
      for (let i = 0, at = 0; i < kernel.n; i++) {
        for (let k = 0; k < columns; k++, at++) data[at] += diagonal[i] * v[at];
      }
      return data;
    };
    const precondition = await woodbury(transposed, shifted, watch);
    return new LargeSolver({ n: kernel.n, apply, precondition }, diagonal, transposed.shape[0]);
  }

  /**
   * (K + D)⁻¹·B for B of shape (n, columns).
   *
   * @throws {RangeError} if the tolerance is not reached; it says what was.
   * @throws {NotPositiveDefiniteError} if vᵀ·(K + D)·v is not positive for some v.
   */
  async solve(b: NdArray, options: SolveOptions = {}): Promise<LargeSolution> {
    const begin = performance.now();
    const { tolerance, maxIterations, onProgress, signal } = solveOptions(options);
    const { n } = this.#system;
    requireRows(b, n);
    const onIteration = (iterations: number, residual: number) => {
      const digits = Math.log(Math.max(residual, tolerance)) / Math.log(tolerance);
      onProgress?.({ done: Math.max(0, Math.floor(TOTAL * digits)), total: TOTAL, iterations, residual });
    };
    const { x, iterations, residuals } = await conjugateGradients(
      this.#system,
      new Float64Array(b.data),
      b.shape[1],
      { tolerance, maxIterations, onIteration, signal },
    );
    const residual = residuals.reduce((a, b) => Math.max(a, b), 0);
    if (!(residual <= tolerance)) {
      throw new RangeError(
        `Cannot ${ACTION} of ${n} points as its relative residual must reach ${tolerance}: ` +
          `current value is ${
            residual.toPrecision(3)
          } after ${iterations} iterations with a preconditioner of rank ` +
          `${this.rank}, raise noise, rank or maxIterations`,
      );
    }
    const seconds = (performance.now() - begin) / 1000;
    return { x: new NdArray(x, b.shape), residual, iterations, rank: this.rank, seconds };
  }

  /**
   * q = kᵀ·(K + D)⁻¹·k for each row k of a matrix of shape (m, n), by which observations reduce the variance at m other points. For an
   * approximate solution x with the residual r, q is 2·kᵀx − xᵀ(K + D)x + rᵀ(K + D)⁻¹r: the first two terms are `lower`, and the last
   * one is at most rᵀD⁻¹r, the `gap` (Infinity where noise is 0). Nothing is thrown where the tolerance is not reached.
   *
   * The cost is n²·m multiplications an iteration, in blocks of 60 rows; with a tolerance of 10⁻⁴ variances of MNIST (as above) are too
   * large by 0.5 % at most, with 10⁻³ by 11 %.
   */
  async reductions(rows: NdArray, options: SolveOptions = {}): Promise<Reductions> {
    const { n } = this.#system;
    const [m] = rows.shape;
    if (rows.shape.length !== 2 || rows.shape[1] !== n) {
      throw new TypeError(
        `Cannot ${ACTION} as kTestTrain must have shape [m, ${n}]: current value is [${
          rows.shape.join(", ")
        }]`,
      );
    }
    const o = solveOptions(options);
    const out = { lower: new Float64Array(m), gap: new Float64Array(m), iterations: 0 };
    for (let from = 0; from < m; from += BLOCK) {
      const to = Math.min(from + BLOCK, m);
      const width = to - from;
      const b = new Float64Array(n * width);
      for (let k = 0; k < width; k++) {
        for (let i = 0; i < n; i++) b[i * width + k] = rows.data[(from + k) * n + i];
      }
      const { x, iterations } = await conjugateGradients(this.#system, b, width, o);
      const { lower, gap } = await this.#bounds(b, x, width, o.signal);
      out.lower.set(lower, from);
      out.gap.set(gap, from);
      out.iterations = Math.max(out.iterations, iterations);
      o.onProgress?.({ done: to, total: m, iterations, residual: NaN });
    }
    return out;
  }

  /** Bounds of bᵀ·(K + D)⁻¹·b by s·x, with the s of every column that makes the lower one largest. */
  async #bounds(b: Float64Array, x: Float64Array, columns: number, signal?: AbortSignal) {
    const image = await this.#system.apply(x, columns, { signal });
    const [products, squares] = await Promise.all(
      [b, image].map((a) => innerProducts(a, x, columns, signal)),
    );
    const steps = products.map((product, k) => squares[k] > 0 ? product / squares[k] : 0);
    const gap = new Float64Array(columns);
    for (let i = 0, at = 0; i < this.#noise.length; i++) {
      for (let k = 0; k < columns; k++, at++) gap[k] += (b[at] - steps[k] * image[at]) ** 2 / this.#noise[i];
    }
    return { lower: products.map((product, k) => product * steps[k]), gap };
  }
}

/**
 * (K + D)⁻¹·y for a kernel operator K: `LargeSolver.of` and `solve` in one.
 *
 * @example One observation, twice as far from its noise
 * ```ts
 * import { array } from "../array/mod.ts";
 * import { Dense } from "../stax/mod.ts";
 * import { KernelOperator } from "./kernel_operator.ts";
 * import { solveLarge } from "./solver.ts";
 *
 * using kernel = await KernelOperator.of(Dense(1), [[2]], "nngp");
 * const { x, residual } = await solveLarge(kernel, 1, array([[10]]));
 * if (Math.abs(x.at(0, 0) - 10 / (4 + 1)) > 1e-12 || residual > 1e-12) throw new Error("10/(2² + 1)");
 * ```
 */
export async function solveLarge(
  kernel: KernelOperator,
  noise: number | ArrayLike<number>,
  y: NdArray,
  { rank, ...options }: SolveOptions & Pick<SolverOptions, "rank"> = {},
): Promise<LargeSolution> {
  const begin = performance.now();
  const solver = await LargeSolver.of(kernel, noise, { rank, signal: options.signal });
  const solution = await solver.solve(y, options);
  return { ...solution, seconds: (performance.now() - begin) / 1000 };
}

function solveOptions(options: SolveOptions) {
  const defaults: SolveOptions = {
    tolerance: 1e-4,
    maxIterations: 1000,
    onProgress: undefined,
    signal: undefined,
  };
  const { tolerance, maxIterations, ...watch } = withDefaults(ACTION, defaults, options);
  requireWatch(watch);
  return {
    tolerance: positive(ACTION, "tolerance", tolerance!),
    maxIterations: integer(ACTION, "maxIterations", maxIterations!, 1),
    ...watch,
  };
}

function requireWatch({ onProgress, signal }: { onProgress?: unknown; signal?: AbortSignal }): void {
  if (onProgress !== undefined) callable(ACTION, "onProgress", onProgress);
  if (signal !== undefined) abortSignal(ACTION, "signal", signal);
}

async function rankOf(rank: number | undefined, n: number): Promise<number> {
  if (rank !== undefined) return integer(ACTION, "rank", rank, 1);
  const most = await machineLapack() ? MOST_RANK : MOST_PLAIN_RANK;
  return Math.min(n, most, Math.max(LEAST_RANK, Math.ceil(n / POINTS_A_RANK)));
}

/** One value a point. */
function noiseOf(noise: number | ArrayLike<number>, n: number): Float64Array {
  const values = typeof noise === "number" ? new Float64Array(n).fill(noise) : Float64Array.from(noise);
  if (values.length !== n) {
    throw new TypeError(
      `Cannot ${ACTION} as noise must be a number or have ${n} entries, one a point: current value is ${values.length}`,
    );
  }
  const bad = values.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad < 0) return values;
  throw new RangeError(
    `Cannot ${ACTION} as noise${
      typeof noise === "number" ? "" : `[${bad}]`
    } must be a non-negative number: ` +
      `current value is ${values[bad]}`,
  );
}

function requireRows(b: NdArray, n: number): void {
  if (b.shape.length === 2 && b.shape[0] === n) return;
  throw new TypeError(
    `Cannot ${ACTION} as y must have shape [${n}, outputs]: current value is [${b.shape.join(", ")}]`,
  );
}
