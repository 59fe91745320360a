/**
 * Linear maps along one spatial axis, and what they do to a covariance.
 *
 * Everything that a layer does to positions is a product over axes of maps of the form
 *
 *   K′(P, Q) = scale · Σₖ Σₚ,q Tₖ(P, p) · Tₖ(Q, q) · K(p, q),
 *
 * with one sparse matrix Tₖ for each *term* k. A deterministic linear map (pooling, resizing, indexing) has one term. Weights
 * that are independent between taps give one term a tap: a convolution sums K along its diagonals (Novak et al. 2019,
 * arXiv:1810.05148), and flattening keeps its trace.
 */

/** How a window treats the ends of an axis: zeros around it, only whole windows, or wrapped around. */
export type Padding = "SAME" | "VALID" | "CIRCULAR";

/** One row of a sparse matrix: positions of the input and their weights. */
export interface SparseRow<F = number> {
  readonly at: readonly number[];
  readonly weights: readonly F[];
}

/** A sparse matrix from input positions to output positions, by rows. */
export type SparseMatrix<F = number> = readonly SparseRow<F>[];

/** What a layer does to one axis. */
export interface AxisMap {
  /** Positions of the input. */
  readonly size: number;
  /** Positions of the output. */
  readonly outSize: number;
  /** The factor of the sum. */
  readonly scale: number;
  /** The matrices Tₖ, all of them outSize × size. */
  readonly terms: readonly SparseMatrix[];
  /** The same as shifts of the axis, if that is what the terms are: those of a convolution; else null. */
  readonly shifts: Shifts | null;
}

/**
 * Terms that read one position each, with weight 1: output P reads stride · P + taps[k] in term k, so that covariances at the offset
 * stride · δ lead to those at δ, and no others. Outside the axis they read nothing, or the axis wraps around.
 */
export interface Shifts {
  readonly stride: number;
  readonly taps: readonly number[];
  readonly circular: boolean;
}

/** A window that slides along an axis. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** Positions of the output of a window, and how far the first window starts before the first position. */
export function windowGeometry(size: number, window: Window): { outSize: number; before: number } {
  const { stride, padding } = window;
  if (padding === "VALID") return { outSize: Math.floor((size - window.size) / stride) + 1, before: 0 };
  const outSize = Math.ceil(size / stride);
  return { outSize, before: Math.floor(Math.max((outSize - 1) * stride + window.size - size, 0) / 2) };
}

/** The position that a tap of the P-th window reads, or −1 outside the axis. */
function reads(size: number, { stride, padding }: Window, before: number, P: number, tap: number): number {
  const p = P * stride + tap - before;
  if (padding === "CIRCULAR") return modulo(p, size);
  return p >= 0 && p < size ? p : -1;
}

/** A convolution: one term a tap, each divided by the number of taps (the variance of a weight is 1/fan-in). */
export function convolution(size: number, window: Window): AxisMap {
  const { outSize, before } = windowGeometry(size, window);
  const terms = range(window.size).map((tap) =>
    range(outSize).map((P) => single(reads(size, window, before, P, tap)))
  );
  return {
    size,
    outSize,
    scale: 1 / window.size,
    terms,
    shifts: slidingShifts(size, outSize, window, before),
  };
}

/** The shifts of a window that slides; that of one output reads each position directly, whatever its stride. */
function slidingShifts(size: number, outSize: number, window: Window, before: number): Shifts {
  const { stride, padding } = window;
  const taps = range(window.size).map((tap) => tap - before);
  const wraps = padding === "CIRCULAR" && (before > 0 || (outSize - 1) * stride + window.size > size);
  if (outSize > 1) return { stride, taps, circular: wraps };
  return { stride: 1, taps: taps.map((tap) => wraps ? modulo(tap, size) : tap), circular: false };
}

/**
 * A transposed convolution: input position p reaches the outputs p · stride + before … by the taps in reverse order; one term
 * a tap, each divided by the number of taps.
 */
export function transposedConvolution(size: number, window: Window): AxisMap {
  const { outSize, before } = transposedGeometry(size, window);
  const terms = range(window.size).map((tap) =>
    range(outSize).map((P) => {
      // `CIRCULAR` wraps the output around: of all positions that differ by a multiple of outSize one is reached at most.
      const at = P + tap - before;
      const reached = window.padding === "CIRCULAR" ? modulo(at, outSize) : at;
      const p = reached / window.stride;
      return single(Number.isInteger(p) && p >= 0 && p < size ? p : -1);
    })
  );
  const shifts = window.stride === 1 ? slidingShifts(size, outSize, window, before) : null;
  return { size, outSize, scale: 1 / window.size, terms, shifts };
}

/** Positions of the output of a transposed window, and how many of its taps come before the first position. */
function transposedGeometry(size: number, window: Window): { outSize: number; before: number } {
  const { size: taps, stride, padding } = window;
  const overhang = Math.max(taps - stride, 0);
  if (padding === "VALID") return { outSize: size * stride + overhang, before: taps - 1 };
  // The padding is that of the forward convolution which this one transposes, so its larger half comes first.
  if (padding === "SAME") {
    return {
      outSize: size * stride,
      before: stride > taps - 1 ? taps - 1 : Math.ceil((taps + stride - 2) / 2),
    };
  }
  // What `VALID` has more than `SAME` is cut off symmetrically after wrapping.
  return { outSize: size * stride, before: taps - 1 - Math.floor(overhang / 2) };
}

/** Pooling: one term, the sum over the window, or its mean over all taps or over those inside (`normalizeEdges`). */
export function pooling(
  size: number,
  window: Window,
  { average, normalizeEdges }: { average: boolean; normalizeEdges: boolean },
): AxisMap {
  const { outSize, before } = windowGeometry(size, window);
  const matrix = range(outSize).map((P) => {
    const at = range(window.size).map((tap) => reads(size, window, before, P, tap)).filter((p) => p >= 0);
    const weight = average ? 1 / (normalizeEdges ? at.length : window.size) : 1;
    return { at, weights: at.map(() => weight) };
  });
  const shifts = window.size === 1 ? slidingShifts(size, outSize, window, before) : null;
  return { size, outSize, scale: 1, terms: [matrix], shifts };
}

/** The mean of the diagonal: every position has weights of its own. */
export function trace(size: number): AxisMap {
  return {
    size,
    outSize: 1,
    scale: 1 / size,
    terms: range(size).map((p) => [single(p)]),
    shifts: { stride: 1, taps: range(size), circular: false },
  };
}

/** The mean of the diagonal at every position. */
export function diagonalMean(size: number): AxisMap {
  return {
    size,
    outSize: size,
    scale: 1 / size,
    terms: range(size).map((p) => range(size).map(() => single(p))),
    // Around an axis of this size, every output is at the same place.
    shifts: { stride: size, taps: range(size), circular: true },
  };
}

/** Output position P is position at[P] of the input, or 0 where that is −1. */
export function selection(size: number, at: readonly number[]): AxisMap {
  return { size, outSize: at.length, scale: 1, terms: [at.map(single)], shifts: sliceShifts(size, at) };
}

/** The shift of positions at equal distances, as of a slice; null for others. */
function sliceShifts(size: number, at: readonly number[]): Shifts | null {
  const first = at.findIndex((p) => p >= 0);
  const stride = at[first + 1] >= 0 ? at[first + 1] - at[first] : 1;
  const tap = at[first] - stride * first;
  const reads = (P: number) => P * stride + tap;
  const isSlice = first >= 0 && stride > 0 &&
    at.every((p, P) => p === (reads(P) >= 0 && reads(P) < size ? reads(P) : -1));
  return isSlice ? { stride, taps: [tap], circular: false } : null;
}

/** Any deterministic linear map, from its dense rows. */
export function linear(size: number, rows: readonly ArrayLike<number>[]): AxisMap {
  const matrix = rows.map((row) => {
    const at = range(size).filter((p) => row[p] !== 0);
    return { at, weights: at.map((p) => row[p]) };
  });
  const isSelection = matrix.every(({ at, weights }) => at.length === 1 && weights[0] === 1);
  if (isSelection) return selection(size, matrix.map(({ at }) => at[0]));
  return { size, outSize: rows.length, scale: 1, terms: [matrix], shifts: null };
}

/** The axis as it is. */
export function identity(size: number): AxisMap {
  return selection(size, range(size));
}

/** True if the diagonal of K′ depends on the diagonal of K alone. */
export function keepsDiagonal({ terms }: AxisMap): boolean {
  return terms.every((matrix) => matrix.every(({ at }) => at.length <= 1));
}

const single = (p: number): SparseRow => p < 0 ? { at: [], weights: [] } : { at: [p], weights: [1] };

/** x modulo length, never negative. */
export const modulo = (x: number, length: number): number => ((x % length) + length) % length;

/** 0, 1, 2, … */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
