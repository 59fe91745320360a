/** The search for the largest evidence. In: a problem, and the ranges of its variables. Out: where the best run ended, and its path. */
import { NotPositiveDefiniteError } from "../../errors.ts";
import type { Network } from "../../network/network.ts";
import { foldIn, type Key, uniform } from "../../random/mod.ts";
import { minimize, type Minimum, type Slope, type Step } from "../lbfgs.ts";
import { type Differentiated, differentiated, networkAt, type Problem } from "./problem.ts";
import type { Ranged } from "./ranges.ts";
import { named, withValues } from "./variables.ts";

/** A point that a fit was at. */
export interface FitStep {
  /** The value of each variable, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** What is maximised, there. */
  readonly objective: number;
  /** log p(y), there. */
  readonly logMarginalLikelihood: number;
  /** 0 for the run from the options that the network has, 1, 2, … for those from random starts. */
  readonly run: number;
  /** 0 at the start of the run. */
  readonly iteration: number;
}

/** Where a run ended. */
export interface FitRun extends FitStep {
  /** Whether it stopped since there was nothing to gain, and not after `maxIterations`. */
  readonly converged: boolean;
}

/** What a fit found. */
export interface Fit {
  /** The network with the fitted options. */
  readonly network: Network;
  /** Variance of the noise, in units of the standardised targets with `standardize`. */
  readonly noise: number;
  /** Factor of the kernel. */
  readonly outputScale: number;
  /** log p(y), in the units of y. */
  readonly logMarginalLikelihood: number;
  /** What was maximised: that, or the log density of targets that are left out. */
  readonly objective: number;
  /** The value of each variable, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** The start of the best run, and every step from there on. */
  readonly path: readonly FitStep[];
  /** Steps of the best run. */
  readonly iterations: number;
  /** Whether the best run stopped since there was nothing to gain. */
  readonly converged: boolean;
  /** The names of variables that ended at a bound. */
  readonly atBound: readonly string[];
  /** Where each run ended, that from the options of the network first; starts without a kernel are left out. */
  readonly runs: readonly FitRun[];
}

/** How to search. */
export interface Search {
  readonly ranges: readonly Ranged[];
  readonly restarts: number;
  readonly key: Key;
  readonly maxIterations: number;
  readonly tolerance: number;
  /** Added to what the problem says, in its units, for what it is in those of the caller */
  readonly shift: number;
  readonly onProgress: (step: FitStep) => void;
}

/** A run, and where it ended in the scale of steps. */
interface Run {
  readonly end: FitRun;
  readonly path: readonly FitStep[];
  readonly point: readonly number[];
}

/** The best of all runs. */
export async function bestFit(problem: Problem, search: Search): Promise<Fit> {
  const { ranges, restarts, key } = search;
  const first = ranges.map(({ value, toScale }) => toScale(value));
  const runs = [await runFrom(problem, search, first, 0) as Run];
  for (let run = 1; run <= restarts; run++) {
    const found = await runFrom(problem, search, drawn(ranges, foldIn(key, run)), run);
    if (found) runs.push(found);
  }
  const best = runs.reduce((a, b) => b.end.objective > a.end.objective ? b : a);
  const { values, objective, logMarginalLikelihood, iteration, converged } = best.end;
  const quantities = withValues(problem.quantities, ranges, ranges.map(({ name }) => values[name]));
  return {
    network: networkAt(problem, quantities),
    noise: quantities.get("noise")!,
    outputScale: quantities.get("outputScale")!,
    ...{ logMarginalLikelihood, objective, values },
    path: best.path,
    ...{ iterations: iteration, converged },
    atBound: ranges.filter(({ low, high, toScale }, k) => [low, high].map(toScale).includes(best.point[k]))
      .map(({ name }) => name),
    runs: runs.map(({ end }) => end),
  };
}

/** Uniform in the scale of steps: of logarithms, but for variables that may be negative. */
function drawn(ranges: readonly Ranged[], key: Key): number[] {
  const shares = uniform(key, [ranges.length + 1]).data;
  return ranges.map(({ low, high, toScale }, k) => toScale(low) + shares[k] * (toScale(high) - toScale(low)));
}

/** One run; null if there is no kernel at its start, unless that is the first. */
async function runFrom(
  problem: Problem,
  { ranges, maxIterations, tolerance, shift, onProgress }: Search,
  start: readonly number[],
  run: number,
): Promise<Run | null> {
  const size = problem.y.size;
  const known = new Map<readonly number[], Differentiated>();
  const path: FitStep[] = [];
  const valuesOf = (point: readonly number[]) => point.map((position, k) => ranges[k].fromScale(position));
  const stepOf = ({ point, iteration }: Step): FitStep => {
    const { value, logMarginalLikelihood } = known.get(point)!;
    return {
      values: named(ranges, valuesOf(point)),
      objective: value + shift,
      logMarginalLikelihood: logMarginalLikelihood + shift,
      ...{ run, iteration },
    };
  };
  const evaluate = async (point: readonly number[]): Promise<Slope> => {
    const isStart = path.length === 0;
    const found = await (isStart && run === 0 ? at(point) : at(point).catch(nullWithoutKernel));
    if (!found) return { value: Infinity, gradient: point.map(() => NaN) };
    known.set(point, found);
    const gradient = valuesOf(point).map((value, k) => -found.gradient[k] * ranges[k].slope(value) / size);
    return { value: -found.value / size, gradient };
  };
  const at = (point: readonly number[]) => differentiated(problem, valuesOf(point));
  const onStep = (step: Step) => {
    if (!known.has(step.point)) return;
    path.push(stepOf(step));
    onProgress(path[path.length - 1]);
    for (const point of known.keys()) if (point !== step.point) known.delete(point);
  };
  const bounds = ranges.map(({ low, high, toScale }) => [toScale(low), toScale(high)] as const);
  const minimum: Minimum = await minimize(evaluate, start, { bounds, maxIterations, tolerance, onStep });
  if (path.length === 0) return null;
  return { end: { ...path[path.length - 1], converged: minimum.converged }, path, point: minimum.point };
}

/** There is no kernel where it is singular to rounding, diverges, or overflows; other errors are the caller's. */
function nullWithoutKernel(error: unknown): null {
  if (error instanceof NotPositiveDefiniteError || error instanceof RangeError) return null;
  throw error;
}
