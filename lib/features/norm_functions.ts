/**
 * From kernels Gₖ(v₁, v₂) of mean squares to functions of one: Gₖ(v₁, v₂) ≈ Σⱼ gₖⱼ(v₁)·gₖⱼ(v₂).
 *
 * In: the series of a network (kernel_series.ts). Out: for every power ρᵏ, and for all higher even and odd ones together, its functions
 * at the rows of a batch. A Cholesky factor over a grid of mean squares, with pivots, gives gₖ = L⁻¹·Gₖ(pivots, v); the first pivot is the
 * mean square of a typical row, where gₖ₁ is all of Gₖ. Networks that are homogeneous need no other. What the factor leaves
 * of Gₖ(v, v) comes last: with kinks and biases, kernels have cusps where v₁ = v₂, which no few functions have.
 */
import { outOfRange } from "../options.ts";
import type { Steps } from "../steps.ts";
import type { ByKernel, KernelName, KernelSeries } from "./kernel_series.ts";

/** The mean squares of the grid, as multiples of the typical one. */
const GRID = [1, 2 ** -2, 2 ** 2, 2 ** -4, 2 ** 4, 2 ** -6, 2 ** 6, 0];
/** By how much the first rows of the grid count for columns: a part that vanishes at the typical one needs some, too. */
const TYPICAL = [0.9, 0.05, 0.05];
/** What factors may leave of a kernel, and differences of kernels that are rounding errors; relative to its values */
const TOLERANCE = 1e-6;
const ROUNDING = 1e-9;
/** Between how many points functions are interpolated, to six digits at least, over an octave of mean squares, half of one, … */
const NODES = 8;
const INTERPOLATION = 1e-6;
const LEVELS = 5;

/** The functions of one part of the kernel: a power, or the higher even or odd ones. */
interface Part {
  /** Indices in the grid */
  readonly pivots: readonly number[];
  /** L, row by row */
  readonly factor: readonly Float64Array[];
}

/** The functions of all parts, one after the other: those of part p are `starts[p]` … `starts[p + 1]` − 1. */
export interface NormFunctions {
  readonly starts: readonly number[];
  /** After them, for every part what is left of Gₚ(v, v) */
  readonly rest: number;
  /** Gₚ(v, v) of typical rows, by which parts get their columns */
  readonly weights: Float64Array;
  /** All functions at a mean square, which has to be prepared */
  readonly at: (variance: number) => Float64Array;
}

/** The functions of both kernels. */
export interface BothNormFunctions extends ByKernel<NormFunctions> {
  /** Computes what rows of these mean squares need */
  readonly prepare: (variances: Float64Array) => Steps<void>;
}

/** The parts of both kernels: powers 0 … degree, then what is left of the even ones, then of the odd ones. */
function partsOf(series: KernelSeries, degree: number, v1: number, v2: number): ByKernel<Float64Array> {
  const low = series.coefficients(v1, v2, degree + 1);
  const [plus, minus] = [series.end(v1, v2, 1), series.end(v1, v2, -1)];
  const of = (name: KernelName) => {
    const parts = new Float64Array(degree + 3);
    parts.set(low[name]);
    let [even, odd] = [(plus[name] + minus[name]) / 2, (plus[name] - minus[name]) / 2];
    for (let k = 0; k <= degree; k++) k % 2 === 0 ? even -= parts[k] : odd -= parts[k];
    const least = ROUNDING * Math.abs(plus[name]);
    parts[degree + 1] = even > least ? even : 0;
    parts[degree + 2] = odd > least ? odd : 0;
    return parts;
  };
  return { nngp: of("nngp"), ntk: of("ntk") };
}

/** The functions of both kernels of a series, for rows whose mean square is typically `variance`. */
export function* normFunctions(
  series: KernelSeries,
  degree: number,
  variance: number,
): Steps<BothNormFunctions> {
  if ((yield* series.allowed([variance])).length === 0) {
    throw outOfRange("map features", "variance", "the mean square of rows that the network is for", variance);
  }
  const grid = yield* series.allowed(GRID.map((multiple) => multiple * variance));
  yield* series.prepare(Float64Array.from(grid));
  const table: ByKernel<Float64Array>[][] = [];
  for (const [i, v1] of grid.entries()) {
    table.push(grid.slice(0, i + 1).map((v2) => partsOf(series, degree, v1, v2)));
    yield;
  }
  const count = degree + 3;
  const factored = (name: KernelName) => {
    const entry = (p: number, i: number, j: number) => table[Math.max(i, j)][Math.min(i, j)][name][p];
    const totals = grid.map((_, i) => table[i][i][name].reduce((sum, value) => sum + value, 0));
    const parts = Array.from({ length: count }, (_, p) => pivoted((i, j) => entry(p, i, j), totals));
    const starts = parts.reduce((sums, { pivots }) => [...sums, sums[sums.length - 1] + pivots.length], [0]);
    const weights = Float64Array.from({ length: count }, (_, p) => {
      const shares = TYPICAL.slice(0, grid.length).map((share, i) =>
        share * entry(p, i, i) / (totals[i] || 1)
      );
      const mean = shares.reduce((sum, share) => sum + share, 0);
      return mean > ROUNDING ? mean * totals[0] : 0;
    });
    return { parts, starts, weights, rest: starts[count] };
  };
  const kernels = { nngp: factored("nngp"), ntk: factored("ntk") };
  const used = [
    ...new Set(Object.values(kernels).flatMap(({ parts }) => parts.flatMap(({ pivots }) => pivots))),
  ];
  // Both kernels of a row and a pivot come from one evaluation.
  const { at: both, prepare } = interpolated(series, (v) => {
    const values = new Map(used.map((i) => [i, partsOf(series, degree, v, grid[i])]));
    const own = partsOf(series, degree, v, v);
    return (["nngp", "ntk"] as const).flatMap((name) => {
      const functions = kernels[name].parts.map(({ pivots, factor }, p) =>
        forward(factor, pivots.map((i) => values.get(i)![name][p]))
      );
      const left = functions.map((g, p) => own[name][p] - g.reduce((sum, value) => sum + value * value, 0));
      return [...functions.flat(), ...left];
    });
  });
  const middle = kernels.nngp.rest + count;
  return {
    nngp: { ...kernels.nngp, at: (v) => both(v).subarray(0, middle) },
    ntk: { ...kernels.ntk, at: (v) => both(v).subarray(middle) },
    prepare,
  };
}

/** The Cholesky factor with the largest pivots, the first entry first, until next to nothing is left of the diagonal. */
function pivoted(entry: (i: number, j: number) => number, totals: readonly number[]): Part {
  const pivots: number[] = [];
  const factor: Float64Array[] = [];
  const columns: Float64Array[] = [];
  const left = totals.map((total, i) => entry(i, i) > ROUNDING * total ? entry(i, i) / total : 0);
  while (pivots.length < totals.length) {
    const next = pivots.length === 0 && left[0] > 0 ? 0 : left.indexOf(Math.max(...left));
    if (!(left[next] > TOLERANCE)) break;
    const root = Math.sqrt(left[next] * totals[next]);
    factor.push(Float64Array.from([...columns.map((column) => column[next]), root]));
    const column = Float64Array.from(totals, (_, i) => {
      const explained = columns.reduce((sum, other) => sum + other[i] * other[next], 0);
      return (entry(i, next) - explained) / root;
    });
    pivots.push(next), columns.push(column);
    for (let i = 0; i < left.length; i++) if (left[i] > 0) left[i] -= column[i] ** 2 / totals[i];
  }
  return { pivots, factor };
}

/** L⁻¹·b */
function forward(factor: readonly Float64Array[], b: readonly number[]): number[] {
  const x: number[] = [];
  factor.forEach((row, i) => {
    x.push((b[i] - x.reduce((sum, value, j) => sum + row[j] * value, 0)) / row[i]);
  });
  return x;
}

/**
 * Functions of a mean square by interpolation in its logarithm, over panels that are computed when they are first met. A panel in which
 * they change too fast, or a layer is not for all mean squares, is halved while there are more rows in it than nodes; what is left
 * then is computed at every mean square alone.
 */
function interpolated(series: KernelSeries, exact: (v: number) => number[]) {
  /** Values at the nodes, or null where there is no interpolation: of panels of an octave, of half of one, … */
  const panels = Array.from({ length: LEVELS }, () => new Map<number, Float64Array[] | null>());
  const alone = new Map<number, Float64Array>();
  const angles = Array.from({ length: NODES }, (_, i) => Math.PI * (i + 0.5) / NODES);
  const nodes = angles.map((angle) => (1 + Math.cos(angle)) / 2);
  // Those of the barycentric formula for Chebyshev's points of the first kind: Berrut & Trefethen 2004, eq. 5.3.
  const weights = angles.map((angle, i) => (i % 2 === 0 ? 1 : -1) * Math.sin(angle));
  const panelOf = (v: number, level: number) => Math.floor(Math.log2(v) * 2 ** level);

  function* prepare(variances: Float64Array): Steps<void> {
    let rest = [...new Set(variances)].filter((v) => !alone.has(v));
    const single: number[] = rest.filter((v) => v === 0);
    rest = rest.filter((v) => v > 0);
    for (const [level, known] of panels.entries()) {
      const groups = Map.groupBy(rest, (v) => panelOf(v, level));
      rest = [];
      for (const [panel, inside] of groups) {
        if (!known.has(panel) && inside.length > NODES) known.set(panel, yield* valuesOf(panel, level));
        if (!known.get(panel)) (inside.length > NODES ? rest : single).push(...inside);
      }
    }
    single.push(...rest);
    yield* series.prepare(Float64Array.from(single));
    for (const v of single) {
      alone.set(v, Float64Array.from(exact(v)));
      yield;
    }
  }

  /** Values at the nodes of a panel, or null if those in between do not follow from them. */
  function* valuesOf(panel: number, level: number): Steps<Float64Array[] | null> {
    const at = (node: number) => 2 ** ((panel + node) / 2 ** level);
    const points = nodes.map(at);
    if ((yield* series.allowed(points)).length < NODES) return null;
    yield* series.prepare(Float64Array.from(points));
    const values: Float64Array[] = [];
    for (const point of points) {
      values.push(Float64Array.from(exact(point)));
      yield;
    }
    yield* series.prepare(Float64Array.of(at(0.5)));
    return agree(interpolate(values, 0.5), exact(at(0.5))) ? values : null;
  }

  function at(v: number): Float64Array {
    const known = alone.get(v);
    if (known) return known;
    const level = panels.findIndex((panels, level) => panels.get(panelOf(v, level)));
    const panel = panelOf(v, level);
    return interpolate(panels[level].get(panel)!, Math.log2(v) * 2 ** level - panel);
  }

  function interpolate(values: readonly Float64Array[], place: number): Float64Array {
    const hit = nodes.indexOf(place);
    if (hit >= 0) return values[hit];
    const sum = new Float64Array(values[0].length);
    let total = 0;
    for (let i = 0; i < NODES; i++) {
      const weight = weights[i] / (place - nodes[i]);
      total += weight;
      for (let j = 0; j < sum.length; j++) sum[j] += weight * values[i][j];
    }
    return sum.map((value) => value / total);
  }
  return { prepare, at };
}

/** Whether all values are the same up to what the interpolation may lose, relative to the largest. */
function agree(values: Float64Array, exact: readonly number[]): boolean {
  const size = exact.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return exact.every((value, i) => Math.abs(values[i] - value) <= INTERPOLATION * size);
}
