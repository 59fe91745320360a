/**
 * Gradients of kernels, computed. In: checked inputs of a network. Out: the gradient of every pair, in blocks of rows: the slopes of all
 * pairs by a backend, combined with the inputs, and then pairs that lie close together, one by one.
 */
import { NdArray } from "../array/mod.ts";
import { countOf, type Values } from "../array/dtype.ts";
import { owning, takeSpare } from "../array/spare.ts";
import { choose } from "../backends/choose.ts";
import { NEAR } from "../backends/near.ts";
import type { Backend } from "../backends/backend.ts";
import { type Expr, variable } from "../expr/expr.ts";
import { usualAxes } from "../network/axes.ts";
import { prepare } from "../network/inputs.ts";
import type { Layer } from "../network/layer.ts";
import type { Prepared } from "../network/prepared.ts";
import { warnOfMissedTolerance } from "../network/missed_tolerance.ts";
import { loadKernels, ruleOf } from "../network/rule.ts";
import { answering, breather, pacer, type Watch } from "../pause.ts";
import { compileSteps } from "../program/entrywise.ts";
import type { Job } from "../program/job.ts";
import { type Program, vectorProgram } from "../program/program.ts";
import type { Column } from "../rows/rows.ts";
import { withRows } from "../rows/vector_job.ts";
import { inTurns, type Steps } from "../steps.ts";
import { Ledger } from "../expr/table.ts";
import { type Block, blockOf } from "./blocks.ts";
import { type Pair, type PairGradient, pairGradients } from "./close_pairs.ts";
import { infinite, jump, kinkAt, tooClose, tooLarge } from "./refusals.ts";
import { type KernelName, type NetworkSlopes, networkSlopes, readsTables } from "./network_slopes.ts";

/** What is computed, and how. */
export interface Task extends Required<Watch> {
  readonly kernel: KernelName;
  readonly backend: string;
  /** Kinks have the mean of both sides, or are refused */
  readonly kinks: "mean" | "refuse";
}

/** Pairs whose slopes are kept at once. */
const BLOCK_PAIRS = 2 ** 18;

/** Pairs that are close and computed at once: their columns stay small. */
const CLOSE_PAIRS = 2 ** 12;

/** ∂K(x1ᵢ, x2ⱼ)/∂x1ᵢ, shape (n1, n2, features). */
export async function gradientOf(
  layer: Layer,
  inputs: readonly [NdArray, NdArray | null],
  task: Task,
): Promise<NdArray<Float64Array>> {
  const axes = ruleOf(layer).axes?.(layer) ?? usualAxes;
  const options = { dtype: "float64", axes, pattern: null, maskConstant: null } as const;
  const input = await answering(prepare(...inputs, options), task);
  const { n1, n2, width } = input;
  await loadKernels(layer);
  const slopes = await compiled(layer, width, task);
  const backend = await choose(task.backend, "float64", slopes.program, n1 * n2, task.signal);
  const gradient = memoryFor([n1, n2, width]);
  const pace = pacer(task, n1 * n2);
  const features = await featuresOf(slopes, input, task);
  const rows = Math.max(1, Math.floor(BLOCK_PAIRS / n2));
  for (let first = 0; first < n1; first += rows) {
    const block = blockOf(input, features, first, Math.min(first + rows, n1));
    await addBlock(gradient.subarray(first * n2 * width), block, slopes, backend, task);
    await pace(Math.min(first + rows, n1) * n2);
  }
  return owning(new NdArray(gradient, [n1, n2, width]));
}

/** Room for the gradients of all pairs. */
function memoryFor(shape: readonly number[]): Float64Array {
  const size = countOf(shape);
  const spare = takeSpare(size * Float64Array.BYTES_PER_ELEMENT);
  if (spare) return new Float64Array(spare);
  try {
    return new Float64Array(size);
  } catch {
    throw tooLarge(shape);
  }
}

/** The slopes of a network's kernel: a program for pairs that are far apart, and expressions for the others. */
interface Slopes {
  readonly program: Program;
  /** The layers whose duals are summed from tables */
  readonly numerical: readonly Layer[];
  readonly close: () => Promise<{ readonly slopes: NetworkSlopes; readonly hasTables: boolean }>;
}

const known = new WeakMap<Layer, Map<string, Slopes>>();

/** The slopes of a network's kernel, found once. */
async function compiled(layer: Layer, width: number, task: Task): Promise<Slopes> {
  const { kernel, signal } = task;
  if (!known.has(layer)) known.set(layer, new Map());
  const ofLayer = known.get(layer)!;
  const key = `${kernel} ${width}`;
  if (ofLayer.has(key)) return ofLayer.get(key)!;
  const far = await answering(farProgram(layer, width, kernel), { signal });
  let close: ReturnType<Slopes["close"]> | undefined;
  const found = function* () {
    const slopes = yield* networkSlopes(layer, width, kernel, true);
    return { slopes, hasTables: yield* readsTables([slopes.across, slopes.outwards]) };
  };
  const made: Slopes = { ...far, close: () => close ??= answering(found()) };
  ofLayer.set(key, made);
  return made;
}

/**
 * The program of pairs that are far apart: the gradient is `second`·y + `first`·x. Where `close` is 1, the pair is another one, or one of
 * its points is 0.
 */
function* farProgram(
  layer: Layer,
  width: number,
  kernel: KernelName,
): Steps<Pick<Slopes, "program" | "numerical">> {
  const { across, outwards, isSimilar, checks, numerical } = yield* networkSlopes(
    layer,
    width,
    kernel,
    false,
  );
  const [cov, var1, var2] = [variable("cov"), variable("var", "row1"), variable("var", "row2")];
  const positive = var1.gt(0);
  const along = outwards.sub(cov.mul(across)).div(positive.select(var1, 1));
  const bound = var1.sqrt().mul(var2.sqrt().mul(1 - NEAR.float64));
  const maps: Record<string, Expr> = {
    first: along.div(width),
    second: across.div(width),
    close: cov.abs().lt(bound).select(isSimilar.select(1, 0), 1),
  };
  return { program: vectorProgram(yield* compileSteps(maps, {}, checks)), numerical };
}

/** What the map reads of all rows, whose conditions are checked. */
async function featuresOf(
  { program, numerical }: Slopes,
  input: Prepared,
  { signal }: Task,
): Promise<readonly Column[]> {
  const { source, n1, n2, symmetric, requireFinite, rowVariables } = input;
  const ledger = new Ledger("float64");
  const pairs = { source, n1, n2, symmetric, requireFinite, rowVariables };
  const job: Job = { program, ...pairs, signal, ledger, dtype: "float64", matrices: new Map() };
  let features: readonly Column[] = [];
  await withRows(job, (rows) => {
    features = rows.features;
    return Promise.resolve({});
  });
  warnOfMissedTolerance(numerical, ledger);
  return features;
}

/** Writes the gradients of a block. */
async function addBlock(
  gradient: Float64Array,
  block: Block,
  { program, close }: Slopes,
  backend: Backend,
  task: Task,
): Promise<void> {
  const { n1, n2, source, features } = block;
  const { signal } = task;
  const { matrices } = await backend.run({
    program,
    ...{ source, n1, n2, features, signal },
    symmetric: false,
    dtype: "float64",
    rowVariables: {},
    matrices: new Map(),
  });
  const breathe = breather({ signal });
  const pairs = await inTurns(combine(gradient, block, matrices), breathe);
  if (pairs.length === 0) return;
  const { slopes, hasTables } = await close();
  for (let start = 0; start < pairs.length; start += CLOSE_PAIRS) {
    const some = pairs.slice(start, start + CLOSE_PAIRS);
    const made = await inTurns(pairGradients(slopes, some, source, hasTables), breathe);
    for (const one of made) write(gradient, block, one, slopes, task);
  }
}

/** second·y + first·x of every pair that is far apart; the pairs that are not. In steps, a row each. */
function* combine(
  gradient: Float64Array,
  { n1, n2, first, source: { x1, x2, depth } }: Block,
  matrices: Readonly<Record<string, Values>>,
): Steps<Pair[]> {
  const close: Pair[] = [];
  for (let i = 0; i < n1; i++) {
    for (let j = 0; j < n2; j++) {
      const k = i * n2 + j;
      const [a, b] = [matrices.first[k], matrices.second[k]];
      if (matrices.close[k] !== 0) close.push([i, j]);
      else if (Number.isFinite(a) && Number.isFinite(b)) {
        sum(gradient, k * depth, a, x1, i * depth, b, x2, j * depth, depth);
      } else throw infinite(first + i, j);
    }
    yield;
  }
  return close;
}

/** out = a·x + b·y */
function sum(
  out: Float64Array,
  to: number,
  a: number,
  x: Values,
  xStart: number,
  b: number,
  y: Values,
  yStart: number,
  depth: number,
): void {
  for (let k = 0; k < depth; k++) out[to + k] = a * x[xStart + k] + b * y[yStart + k];
}

/** Writes the gradient of a close pair, unless it has none. */
function write(
  gradient: Float64Array,
  { n2, first, source: { depth } }: Block,
  { pair: [i, j], gradient: values, kink, areApart }: PairGradient,
  { nonlinearities, coarse }: NetworkSlopes,
  { kernel, kinks }: Task,
): void {
  if (coarse && areApart) throw tooClose(coarse, first + i, j);
  if (kink > 0) {
    const isJump = kink % 2 === 0;
    const layer = nonlinearities[Math.ceil(kink / 2) - 1];
    if (isJump) throw jump(kernel, layer, first + i, j);
    if (kinks === "refuse") throw kinkAt(kernel, layer, first + i, j);
  }
  if (!values.every(Number.isFinite)) throw infinite(first + i, j);
  gradient.set(values, (i * n2 + j) * depth);
}
