/**
 * A network, its data and what is free, and the evidence at values of that. In: values of the variables. Out: the objective there, and
 * its gradient, exact or by differences.
 */
import { NdArray } from "../../array/mod.ts";
import { NotPositiveDefiniteError, UnsupportedError } from "../../errors.ts";
import { type Factor, factorize } from "../../linalg/factor.ts";
import type { Option } from "../../network/continuous.ts";
import { withOptions } from "../../network/continuous.ts";
import type { Layer } from "../../network/layer.ts";
import type { Network } from "../../network/network.ts";
import { fromData } from "../../network/reading.ts";
import type { KernelName } from "../kernels.ts";
import { answering } from "../../pause.ts";
import { inRanges } from "../../steps.ts";
import { contraction } from "./contraction.ts";
import { logEvidence } from "../densities.ts";
import { type ObjectiveName, objectives, solved } from "./objectives.ts";
import { type Quantities, type Variable, withValues } from "./variables.ts";

/** How gradients are found: as expressions, or by central differences; `auto` is `exact`, and says what else where that cannot be. */
export type GradientName = "auto" | "exact" | "differences";

/** What is to be differentiated, or fitted. */
export interface Problem {
  readonly action: string;
  readonly layer: Layer;
  readonly x: NdArray;
  /** Targets, shape [n, outputs] */
  readonly y: NdArray<Float64Array>;
  readonly kernel: KernelName;
  readonly objective: ObjectiveName;
  readonly gradient: GradientName;
  readonly quantities: readonly Option[];
  readonly variables: readonly Variable[];
  readonly backend: string;
  readonly signal: AbortSignal;
}

/** The objective at some values. */
export interface Judgement {
  readonly value: number;
  readonly logMarginalLikelihood: number;
}

/** With its derivative in each variable. */
export interface Differentiated extends Judgement {
  readonly gradient: Float64Array;
}

/** The network with the options of some quantities. */
export const networkAt = ({ layer }: Pick<Problem, "layer">, quantities: Quantities): Network =>
  fromData(withOptions(layer, quantities));

/** The kernel of the training points at some quantities, and what solves with it. */
interface System {
  readonly k: NdArray<Float64Array>;
  readonly factor: Factor;
}

async function systemAt(problem: Problem, quantities: Quantities): Promise<System> {
  const { action, x, y, kernel, backend, signal } = problem;
  const network = networkAt(problem, quantities);
  const k = await network.kernelFn(x, null, kernel, { backend, signal });
  const [n] = y.shape;
  if (k.shape.length !== 2 || k.shape[0] !== n) {
    throw new UnsupportedError(
      `Cannot ${action} as the kernel must have shape [${n}, ${n}]: current value is [${
        k.shape.join(", ")
      }], ` +
        "end the network with Flatten() or GlobalAvgPool()",
    );
  }
  const [noise, scale] = [quantities.get("noise")!, quantities.get("outputScale")!];
  const matrix = scale === 1 ? k : new NdArray(k.data.slice(), k.shape);
  await inSteps(k, (start, end) => {
    if (matrix !== k) { for (let at = start; at < end; at++) matrix.data[at] *= scale; }
  });
  try {
    return { k, factor: await factorize(matrix, { shift: noise, name: "the kernel" }) };
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    throw new NotPositiveDefiniteError(
      `Cannot ${action} as the ${kernel} kernel with its noise must be positive definite: ` +
        `current value is singular to rounding with noise ${noise}, raise noise`,
    );
  }
}

/** The objective and its gradient. */
export async function differentiated(problem: Problem, values: readonly number[]): Promise<Differentiated> {
  const { objective, variables, y, signal } = problem;
  const at = withValues(problem.quantities, variables, values);
  // Before the kernel is computed, since it may be refused.
  const optionSlopes = await slopesOfOptions(problem, at);
  const { k, factor } = await systemAt(problem, at);
  signal.throwIfAborted();
  const system = await solved(factor, y);
  const { value, weights } = objectives[objective];
  const judgement = { value: await value(system), logMarginalLikelihood: logEvidence(system) };
  if (variables.length === 0) return { ...judgement, gradient: new Float64Array(0) };
  const w = await weights(system, factor);
  const slopes = new Map([...await slopesOfScales(w, k), ...await optionSlopes(w)]);
  return { ...judgement, gradient: await gradientOf(problem, values, slopes) };
}

/** The derivatives in all variables: sums of those in their places, or differences where some are not known. */
async function gradientOf(
  problem: Problem,
  values: readonly number[],
  slopes: ReadonlyMap<string, number>,
): Promise<Float64Array> {
  const { variables, action, gradient: way } = problem;
  const gradient = new Float64Array(variables.length);
  for (const [v, { places, name }] of variables.entries()) {
    gradient[v] = places.every((place) => slopes.has(place))
      ? places.reduce((sum, place) => sum + slopes.get(place)!, 0)
      : await difference(problem, values, v);
    if (Number.isFinite(gradient[v])) continue;
    throw new RangeError(
      `Cannot ${action} as its derivative in ${name} must be finite: current value is ${gradient[v]}` +
        (way === "differences" ? "" : ', use { gradient: "differences" }'),
    );
  }
  return gradient;
}

/** tr W and tr(W·K). */
async function slopesOfScales(w: Float64Array, k: NdArray<Float64Array>): Promise<Map<string, number>> {
  const [n] = k.shape;
  let [trace, overlap] = [0, 0];
  for (let i = 0; i < n; i++) trace += w[i * n + i];
  await inSteps(k, (start, end) => {
    for (let at = start; at < end; at++) overlap += w[at] * k.data[at];
  });
  return new Map([["noise", trace], ["outputScale", overlap]]);
}

/** What gives tr(W·∂A/∂θ) of the options among the variables; of none, if differences are to be taken. */
async function slopesOfOptions(
  { variables, layer, gradient, ...problem }: Problem,
  at: Quantities,
): Promise<(w: Float64Array) => Promise<Map<string, number>>> {
  const paths = variables.flatMap(({ places }) => places).filter((place) => !isScale(place));
  if (paths.length === 0 || gradient === "differences") return () => Promise.resolve(new Map());
  const options = new Map(paths.map((path) => [path, at.get(path)!]));
  const contracted = await contraction({ ...problem, layer: withOptions(layer, at) }, options);
  return async (w) => {
    const sums = await contracted(w);
    return new Map(paths.map((path, i) => [path, at.get("outputScale")! * sums[i]]));
  };
}

const isScale = (place: string): boolean => place === "noise" || place === "outputScale";

/** Entries that are looked at in a step, about a millisecond. */
const ENTRIES = 2 ** 18;

/** Calls `act` for ranges of the entries, with turns of timers between them. */
const inSteps = ({ size }: NdArray, act: (start: number, end: number) => void): Promise<void> =>
  answering(inRanges(size, ENTRIES, act));

/** Of values of size 1 the step for which rounding and the third derivative weigh the same, ∛ε. */
const STEP = Number.EPSILON ** (1 / 3);

/** The central difference in one variable; at the end of its range, that to one side. */
async function difference(problem: Problem, values: readonly number[], v: number): Promise<number> {
  const { domain } = problem.variables[v];
  const value = values[v];
  const step = STEP * (domain === "real" ? Math.max(1, Math.abs(value)) : Math.abs(value) || 1);
  const high = domain === "share" ? Math.min(1, value + step) : value + step;
  const low = domain === "positive" && value >= 0 ? Math.max(0, value - step) : value - step;
  const [above, below] = [
    await judged(problem, values.with(v, high)),
    await judged(problem, values.with(v, low)),
  ];
  return (above.value - below.value) / (high - low);
}

/** The objective alone. */
export async function judged(problem: Problem, values: readonly number[]): Promise<Judgement> {
  const at = withValues(problem.quantities, problem.variables, values);
  const { factor } = await systemAt(problem, at);
  const system = await solved(factor, problem.y);
  return {
    value: await objectives[problem.objective].value(system),
    logMarginalLikelihood: logEvidence(system),
  };
}
