/** A computation of a network with positions, as backends receive it. */
import type { Ledger } from "../expr/table.ts";
import type { SparseMatrix } from "../spatial/axis.ts";
import type { Layout, SpatialProgram } from "../spatial/program.ts";
import type { Gram, Job, Values } from "./backend.ts";

/** Covariances of every pair of inputs that were computed before: entries over (P, Q), or P alone, row-major. */
export interface GivenPositions {
  readonly kind: "given";
  readonly layout: Layout;
  /** (n1, n2, entries) */
  readonly cov: Values;
  /** (n1, n2, entries) */
  readonly ntk: Values | null;
  /** Every input with itself, (rows, entries): the rows of x1, then those of x2 unless symmetric */
  readonly own: Values;
}

/** A row variable that comes with the job: entry (row, p) is `values[row · positions + p]`. */
export interface RowVariable {
  readonly values: Float64Array;
  /** How many values a row has; 1 for one that is the same at all positions */
  readonly positions: number;
}

/** One computation: the kernel of every pair of inputs (positions × channels, row-major). */
export interface SpatialJob extends Pick<Job, "n1" | "n2" | "symmetric" | "dtype" | "onProgress" | "signal"> {
  readonly program: SpatialProgram;
  /** Inputs whose rows are positions, with `depth` channels; or what the program continues */
  readonly source: Gram | GivenPositions;
  /** `index` and what else the program's expressions read, for the rows of x1, then those of x2 unless symmetric */
  readonly rowVariables: Readonly<Record<string, RowVariable>>;
  /** For the id of each node that mixes without attention a matrix for every row */
  readonly matrices: ReadonlyMap<number, readonly SparseMatrix[]>;
  /** Where tables say what they reached */
  readonly ledger?: Ledger;
}

/** What a spatial program computed. */
export interface SpatialResult {
  /** For every output (n1, n2, entries): all pairs of positions (P, Q), or the diagonal */
  readonly matrices: Readonly<Record<string, Values>>;
  /** The output `nngp` of every input with itself: rows of x1, then of x2 unless symmetric */
  readonly own: Values;
}
