/**
 * Which maps of an axis are convolutions: sums of neighbours that lead from offsets to offsets. network.ts asks for every node; what
 * is one is computed tile by tile within a segment (plan.ts), anything else by columns of a stored covariance (stored.ts).
 */
import type { AxisMap, SparseMatrix } from "../../../../spatial/axis.ts";

/** K′(P, Q) = scale · Σₜ K(p, q) over t < taps with p = stride · P + first + t and the same for q; 0 outside unless it wraps around. */
export interface Box {
  readonly size: number;
  readonly outSize: number;
  readonly stride: number;
  readonly first: number;
  readonly taps: number;
  readonly wrap: boolean;
  readonly scale: number;
}

/** The convolution that a map of an axis is, or null. */
export function boxOf({ size, outSize, scale, terms }: AxisMap): Box | null {
  const entry = (term: number, P: number) => terms[term]?.[P]?.at[0];
  for (const wrap of [false, true]) {
    const term = terms.findIndex((matrix) => matrix.some(({ at }) => at.length > 0));
    if (term < 0) return null;
    const P = terms[term].findIndex(({ at }) => at.length > 0);
    const next = entry(term, P + 1);
    const between = next === undefined ? 1 : next - entry(term, P)!;
    const stride = wrap ? modulo(between, size) : between;
    const start = entry(term, P)! - stride * P - term;
    // Of the equal places on a circle, the one next to the first position.
    const first = wrap ? modulo(start + (size >> 1), size) - (size >> 1) : start;
    const box = { size, outSize, stride, first, taps: terms.length, wrap, scale };
    if (stride > 0 && (!wrap || outSize * stride === size) && matches(box, terms)) return box;
  }
  return null;
}

function matches({ size, stride, first, wrap }: Box, terms: readonly SparseMatrix[]): boolean {
  return terms.every((matrix, tap) =>
    matrix.every(({ at, weights }, P) => {
      const place = stride * P + first + tap;
      const p = wrap ? modulo(place, size) : place;
      if (p < 0 || p >= size) return at.length === 0;
      return at.length === 1 && at[0] === p && weights[0] === 1;
    })
  );
}

/** A convolution that changes nothing, so that it goes along with wrapped axes and others. */
export const isIdentity = ({ size, outSize, stride, first, taps, scale }: Box): boolean =>
  size === outSize && stride === 1 && first === 0 && taps === 1 && scale === 1;

/** The box that reads the same position of an axis. */
export const identityBox = (size: number): Box => ({
  size,
  outSize: size,
  stride: 1,
  first: 0,
  taps: 1,
  wrap: false,
  scale: 1,
});

/** x modulo length, never negative. */
export const modulo = (x: number, length: number): number => ((x % length) + length) % length;
