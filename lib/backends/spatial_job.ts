/** A computation of a network with positions, as backends receive it. */
import type { SpatialProgram } from "../spatial/program.ts";
import type { Job, Values } from "./backend.ts";

/** One computation: the kernel of every pair of inputs (positions × channels, row-major). */
export interface SpatialJob extends Pick<Job, "n1" | "n2" | "symmetric" | "dtype" | "onProgress" | "signal"> {
  readonly program: SpatialProgram;
  readonly x1: Values;
  readonly x2: Values;
  readonly channels: number;
}

/** What a spatial program computed. */
export interface SpatialResult {
  /** For every output (n1, n2, entries): all pairs of positions (P, Q), or the diagonal */
  readonly matrices: Readonly<Record<string, Values>>;
  /** The output `nngp` of every input with itself: rows of x1, then of x2 unless symmetric */
  readonly own: Values;
  /** The largest error that a coefficient table reported */
  readonly numericalError: number;
}
