/** A function at many points, so that narrow features are seen before anything is made of its values. */

/** Points an octave of |x|: one every |x|/700. */
const DENSITY = 500;
const SMALLEST = 2 ** -14;
const OCTAVES = 25;

/** The values of a function at x = ±2^(j/500) · 2⁻¹⁴ < 2048. */
export interface Scan {
  /** The largest |f| in (from, to) */
  readonly largest: (from: number, to: number) => number;
  /** The first point of (from, to) where f differs by more than `allowed` from p(y), y from −1 to 1; values that are not finite do not count */
  readonly off: (from: number, to: number, p: (y: number) => number, allowed: number) => number | undefined;
}

const points = Float64Array.from({ length: DENSITY * OCTAVES }, (_, j) => SMALLEST * 2 ** (j / DENSITY));

/** Calls `f` at all points. */
export function scanned(f: (x: number) => number): Scan {
  const [right, left] = [points.map(f), points.map((x) => f(-x))];
  /** `visit` at the points of (from, to) until it says so */
  const some = (from: number, to: number, visit: (x: number, value: number) => boolean) => {
    for (let j = indexFrom(-to); j < points.length && points[j] < -from; j++) {
      if (points[j] > -to && visit(-points[j], left[j])) return true;
    }
    for (let j = indexFrom(from); j < points.length && points[j] < to; j++) {
      if (points[j] > from && visit(points[j], right[j])) return true;
    }
    return false;
  };
  return {
    largest(from, to) {
      let most = 0;
      some(from, to, (_, value) => !((most = Math.max(most, Math.abs(value))) >= 0));
      return most;
    },
    off(from, to, p, allowed) {
      let found: number | undefined;
      some(from, to, (x, value) => {
        const off = Number.isFinite(value) &&
          Math.abs(value - p((2 * x - from - to) / (to - from))) > allowed;
        if (off) found = x;
        return off;
      });
      return found;
    },
  };
}

/** An index at or right before the first point above x. */
const indexFrom = (x: number) =>
  x <= SMALLEST ? 0 : Math.max(0, Math.floor(Math.log2(x / SMALLEST) * DENSITY) - 1);
