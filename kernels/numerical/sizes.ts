/** How large a function and its slope are for each standard deviation, to a few digits. */
import { differentiatePanel, sample } from "./legendre_panel.ts";

/** Root mean squares over N(0, σ²) */
export interface Sizes {
  /** Of f(σz) */
  readonly nngp: number;
  /** Of f′(σz), almost everywhere */
  readonly dNngp: number;
}

/** The sizes of `f`, which bends at `kinks`; 0 where it overflows. */
export function sizesOf(f: (x: number) => number, kinks: readonly number[]): (sigma: number) => Sizes {
  const known = new Map<number, Sizes>();
  return (sigma) => {
    if (!known.has(sigma)) known.set(sigma, compute(f, sigma, kinks));
    return known.get(sigma)!;
  };
}

function compute(f: (x: number) => number, sigma: number, kinks: readonly number[]): Sizes {
  const edges = [-6, -4, -2, -1, -0.3, 0, 0.3, 1, 2, 4, 6].map((z) => z * sigma);
  const ends = [...edges, ...kinks.filter((t) => Math.abs(t) < 6 * sigma)].sort((a, b) => a - b);
  const sums = { nngp: 0, dNngp: 0 };
  for (let i = 0; i + 1 < ends.length; i++) {
    const [from, to] = [ends[i], ends[i + 1]];
    if (from === to) continue;
    const densities = sample((x) => Math.exp(-x * x / (2 * sigma * sigma)), from, to);
    const values = sample(f, from, to);
    const square = (part: Float64Array) =>
      part.reduce((sum, value, j) => sum + value * value * densities[j], 0) / part.length * (to - from) /
      sigma;
    sums.nngp += square(values);
    sums.dNngp += square(differentiatePanel(values, to - from));
  }
  return { nngp: root(sums.nngp), dNngp: root(sums.dNngp) };
}

const root = (sum: number) => Number.isFinite(sum) ? Math.sqrt(sum / Math.sqrt(2 * Math.PI)) : 0;
