/** The interface that every backend implements: it computes the map of a program for all pairs of rows. */
import type { DType } from "../array/mod.ts";
import type { Program } from "../program/program.ts";
import type { Job, JobResult } from "../program/job.ts";

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
  /** Compiles and loads what a program needs, which the other calls wait for otherwise; for those that take long for it. */
  readonly prepare?: (program: Program, dtype: DType, signal?: AbortSignal) => Promise<void>;
  /** The precision in which it tells apart inputs that lie close together, vectors or arrays with positions. */
  readonly precisionOf: (dtype: DType, hasPositions: boolean) => DType;
  /** The kernel of every pair of inputs, and of every input with itself. */
  readonly run: (job: Job) => Promise<JobResult>;
  /** What of a program it cannot compute, as messages name it; null if it can compute all of it. */
  readonly lacks?: (program: Program) => string | null;
}

/** What of a backend is loaded when it is first used. */
export type Engine = Omit<Backend, "precisionOf">;
