/** Linear maps along an axis that read position s·P + t for output P: those that keep offsets, δ = s·δ′. */
import type { AxisMap, SparseMatrix } from "../../../../spatial/axis.ts";

/** A convolution, or anything else with this structure: K′(P, Q) = scale · Σₜ K(s·P + t, s·Q + t). */
export interface Shift {
  readonly size: number;
  readonly outSize: number;
  readonly scale: number;
  /** s */
  readonly stride: number;
  /** The values of t, one a term */
  readonly taps: readonly number[];
  /** Positions wrap around; otherwise there is nothing outside the axis */
  readonly circular: boolean;
}

/** The axis as a shift, or null if it is none. */
export function shiftOf({ size, outSize, scale, terms }: AxisMap): Shift | null {
  // A term that reads nothing adds nothing, whatever its tap.
  const matrices = terms.filter((matrix) => matrix.some(({ at }) => at.length > 0));
  for (const circular of [false, true]) {
    for (let stride = 1; stride <= size; stride++) {
      const taps = matrices.map((matrix) => tapOf(matrix, size, stride, circular));
      if (taps.every((tap) => tap !== null)) return { size, outSize, scale, stride, taps, circular };
    }
  }
  return null;
}

/** t of one term, or null if its rows read anything else than s·P + t. */
function tapOf(matrix: SparseMatrix, size: number, stride: number, circular: boolean): number | null {
  const first = matrix.findIndex(({ at }) => at.length > 0);
  const tap = matrix[first].at[0] - first * stride;
  const shifted = (P: number) => P * stride + tap;
  const reads = circular
    ? (P: number) => ((shifted(P) % size) + size) % size
    : (P: number) => shifted(P) >= 0 && shifted(P) < size ? shifted(P) : null;
  const matches = matrix.every(({ at, weights }, P) => {
    const p = reads(P);
    return p === null ? at.length === 0 : at.length === 1 && at[0] === p && weights[0] === 1;
  });
  return matches ? tap : null;
}
