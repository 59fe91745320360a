/**
 * What the definition of networks with positions (images.ts, diagonal.ts) is computed in: numbers of a precision `V`, factors `F` of
 * them, and columns `C` of features of rows. There are two: float64.ts, and double_double.ts for inputs that lie too close together.
 */
import type { Values } from "../../array/dtype.ts";
import type { Entrywise } from "../../program/entrywise.ts";
import type { Job } from "../../program/job.ts";
import type { Layout } from "../../program/program.ts";
import type { Rows } from "../../rows/images.ts";
import type { Numbers } from "../../spatial/numbers.ts";
import type { Steps } from "../../steps.ts";

/** A covariance of a pair of inputs: full over positions, or its diagonal. */
export interface Covariance<V> {
  readonly data: V;
  readonly layout: Layout;
}

/** Covariances of a pair of inputs by variable name. */
export type Covariances<V = Float64Array> = Readonly<Record<string, Covariance<V>>>;

/** The outputs of a map for the pair (row1, row2), in steps. */
export type PositionwiseMap<V = Float64Array> = (
  row1: number,
  row2: number,
  covariances: Covariances<V>,
) => Steps<Record<string, V>>;

/** Numbers of some precision, and what is computed with them. */
export interface Arithmetic<V, F, C> extends Numbers<V, F> {
  /** Numbers of this precision from doubles, and back */
  readonly of: (values: ArrayLike<number>) => V;
  readonly rounded: (values: V) => Float64Array;
  /** Copies `values` to the places from `at` on */
  readonly set: (target: V, values: V, at: number) => void;
  /** out[to] = ⟨x, y⟩ / depth of two rows */
  readonly covariance: (
    out: V,
    to: number,
    ...rows: [x: Values, xStart: number, y: Values, yStart: number, depth: number]
  ) => void;
  /** The entries of a list as factors */
  readonly factors: (values: V) => F[];
  /** eˣ / Σ eˣ */
  readonly softmax: (weights: readonly F[]) => readonly F[];
  /** The columns of the features of a map at so many positions of each row, over (row, position) */
  readonly featuresOf: (program: Entrywise, positions: number, rows: Rows<V>, job: Job) => Promise<C[]>;
  /** A map over all pairs of positions, or equal ones, with columns of features */
  readonly positionwiseMap: (
    program: Entrywise,
    positions: number,
    layout: Layout,
  ) => (columns: readonly C[]) => Steps<PositionwiseMap<V>>;
}
