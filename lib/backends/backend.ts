/** The interface that every backend implements: it computes the map of a program for all pairs of rows. */
import type { DType } from "../array/mod.ts";
import type { Program } from "../program.ts";
import type { Column, RowStage } from "../rows/rows.ts";
import type { SpatialProgram } from "../spatial/program.ts";
import type { SpatialJob, SpatialResult } from "./spatial_job.ts";

/** The values of an input or a result, in its precision. */
export type Values = Float64Array | Float32Array;

/** How far a computation is: pairs done, of all. */
export interface Progress {
  /** Pairs of points that are done. */
  readonly done: number;
  /** Pairs of points in all. */
  readonly total: number;
}

/** Where the map's `cov` comes from: cov[i, j] = ⟨x1ᵢ, x2ⱼ⟩ / depth for rows x of length depth. */
export interface Gram {
  readonly kind: "gram";
  readonly x1: Values;
  readonly x2: Values;
  readonly depth: number;
}

/** Where the map's `cov` and `ntk` come from: matrices (n1, n2) that were computed before. */
export interface Given {
  readonly kind: "given";
  readonly cov: Values;
  readonly ntk: Values | null;
}

/** A program for pairs of inputs that lie close together; their covariances have lost the digits that tell them apart. */
export interface Near {
  /** ⟨x, x⟩ / depth of the rows of x1, then those of x2 unless `symmetric` */
  readonly variances: Float64Array;
  /** The program of the same outputs that reads `gap` and `apart` too, with its features; made when first asked for */
  readonly program: () => Promise<Pick<Job, "program" | "features">>;
}

/** One computation: outputs[name][i, j] = map[name](cov[i, j], features of row i, features of row n1 + j or j). */
export interface Job {
  readonly program: Program;
  readonly source: Gram | Given;
  readonly n1: number;
  readonly n2: number;
  /** x2 is x1: outputs are symmetric, and only one triangle has to be computed. */
  readonly symmetric: boolean;
  /** One column a feature; the rows of x1, then those of x2 unless `symmetric`. */
  readonly features: readonly Column[];
  /** For pairs of inputs that lie close together; undefined if `program` is for all pairs */
  readonly near?: Near;
  readonly dtype: DType;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What a backend can do here. */
export interface Availability {
  /** What the `backend` option of `kernelFn` takes. */
  readonly name: string;
  /** The precisions it delivers here; none if it cannot run. */
  readonly dtypes: readonly DType[];
  /** What it runs on, for people. */
  readonly device: string;
  /** It is worth choosing without being asked for: not a software emulation. */
  readonly fast: boolean;
  /** Why it cannot run, or not in every precision; empty when it can. */
  readonly reason: string;
  /** True if all that it needs is there, but something does not work: `auto` warns of that once. */
  readonly isFault?: boolean;
}

/** A way to execute programs. */
export interface Backend {
  readonly name: string;
  readonly availability: (signal?: AbortSignal) => Promise<Availability>;
  /** A cheap hint: false if it certainly is not fast here, so that `auto` need not open it. */
  readonly plausible?: () => boolean;
  /** Faster loops for the row stage of a program than those in JavaScript, if it has them. */
  readonly rows?: (program: Program, dtype: DType, signal?: AbortSignal) => Promise<RowStage | undefined>;
  /** Compiles and loads what a program needs, which the other calls wait for otherwise; for those that take long for it. */
  readonly prepare?: (
    program: Program | SpatialProgram,
    dtype: DType,
    signal?: AbortSignal,
  ) => Promise<void>;
  /** The precision in which it tells apart inputs that lie close together, vectors or arrays with positions. */
  readonly precisionOf: (dtype: DType, hasPositions: boolean) => DType;
  /** One matrix (n1 · n2 values, row-major) for every entry of the program's map. */
  readonly run: (job: Job) => Promise<Record<string, Values>>;
  /** The kernels of inputs with positions. */
  readonly runSpatial: (job: SpatialJob) => Promise<SpatialResult>;
  /** What of a program with positions it cannot compute, as messages name it; null if it can compute all of it. */
  readonly lacks?: (program: SpatialProgram) => string | null;
}

/** What of a backend is loaded when it is first used. */
export type Engine = Omit<Backend, "precisionOf">;

/** The first row of x2 among the feature rows. */
export const secondRows = (job: Job): number => job.symmetric ? 0 : job.n1;
