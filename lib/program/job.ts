/** Computations as backends receive them: a program, what it starts from, and the rows that it is for. */
import { type Pairs } from "../pairs.ts";
import type { DType, Values } from "../array/dtype.ts";
import type { Ledger } from "../expr/table.ts";
import type { Watch } from "../pause.ts";
import type { Column } from "../rows/rows.ts";
import type { SparseMatrix } from "../spatial/axis.ts";
import type { Entrywise } from "./entrywise.ts";
import type { Layout, Program } from "./program.ts";

/** Where the map's `cov` comes from: cov[i, j] = ⟨x1ᵢ, x2ⱼ⟩ / depth for rows x of length depth. */
export interface Gram {
  readonly kind: "gram";
  readonly x1: Values;
  readonly x2: Values;
  readonly depth: number;
}

/** Covariances of every pair of inputs that were computed before: entries over (P, Q), or P alone, row-major; one for vectors. */
export interface Given {
  readonly kind: "given";
  readonly layout: Layout;
  /** (n1, n2, entries) */
  readonly cov: Values;
  /** (n1, n2, entries) */
  readonly ntk: Values | null;
  /** Every input with itself, (rows, entries): the rows of x1, then those of x2 unless symmetric */
  readonly own: Values;
}

/** A map for pairs of inputs that lie close together; their covariances have lost the digits that tell them apart. */
export interface Near {
  /** ⟨x, x⟩ / depth of the rows of x1, then those of x2 unless `symmetric` */
  readonly variances: Float64Array;
  /** The map of the same outputs that reads `gap` and `apart` too, with its features; made when first asked for */
  readonly program: () => Promise<Pick<VectorJob, "program" | "features">>;
}

/** A job of vectors whose rows are computed: outputs[name][i, j] = map[name](cov[i, j], features of row i, features of row n1 + j or j). */
export interface VectorJob extends Watch, Pairs {
  readonly program: Entrywise;
  readonly source: Gram | Given;
  /** One column a feature; the rows of x1, then those of x2 unless `symmetric`. */
  readonly features: readonly Column[];
  /** For pairs of inputs that lie close together; undefined if `program` is for all pairs */
  readonly near?: Near;
  readonly dtype: DType;
}

/** A row variable that comes with the job: entry (row, p) is `values[row · positions + p]`. */
export interface RowVariable {
  readonly values: Float64Array;
  /** How many values a row has; 1 for one that is the same at all positions */
  readonly positions: number;
}

/** One computation: the kernel of every pair of inputs (positions × channels, row-major), or of vectors. */
export interface Job extends Watch, Pairs, Pick<VectorJob, "dtype"> {
  readonly program: Program;
  /** Inputs with `depth` channels at every position; or what the program continues */
  readonly source: Gram | Given;
  /** `index` and what else the program's expressions read, for the rows of x1, then those of x2 unless symmetric */
  readonly rowVariables: Readonly<Record<string, RowVariable>>;
  /** For the id of each node that mixes without attention a matrix for every row */
  readonly matrices: ReadonlyMap<number, readonly SparseMatrix[]>;
  /** The features of the rows of vectors, if they are known; otherwise they follow from the inputs and `rowVariables` */
  readonly features?: readonly Column[];
  /** Refuses an entry that is NaN or infinite, where that was left to whoever computes variances: it makes that of its row so */
  readonly requireFinite?: () => void;
  /** Where tables say what they reached */
  readonly ledger?: Ledger;
}

/** What a job gives. */
export interface JobResult {
  /** For every output (n1, n2, entries): all pairs of positions (P, Q), or the diagonal */
  readonly matrices: Readonly<Record<string, Values>>;
  /** The output `nngp` of every input with itself: rows of x1, then of x2 unless symmetric */
  readonly own: Values;
}
