/**
 * The derivatives tr(W·∂K/∂θ) in options of layers: the derivatives of a few rows of pairs at a time, by the compiled program of all of
 * them, are contracted at once with the rows of W, so that no matrix is kept for an option.
 */
import type { NdArray } from "../../array/mod.ts";
import { choose } from "../../backends/choose.ts";
import { parameter } from "../../expr/parameter.ts";
import { usualAxes } from "../../network/axes.ts";
import { withOptions } from "../../network/continuous.ts";
import { derivativesOf } from "../../network/derivatives.ts";
import { prepare } from "../../network/inputs.ts";
import type { Layer } from "../../network/layer.ts";
import { ruleOf } from "../../network/rule.ts";
import type { Backend } from "../../backends/backend.ts";
import type { Gram } from "../../program/job.ts";
import type { Program } from "../../program/program.ts";
import { answering, breather } from "../../pause.ts";
import { inRanges, inTurns } from "../../steps.ts";
import type { KernelName } from "../kernels.ts";

/** Numbers that are kept of all derivatives at a time, 16 MiB. */
const KEPT = 2 ** 21;
/** The fewest rows at a time: each call computes what depends on one row for all of them. */
const FEWEST = 32;
/** Products that are added in a step. */
const STEP = 2 ** 18;

/** Whose derivatives, of which inputs. */
export interface Derived {
  readonly layer: Layer;
  readonly x: NdArray;
  readonly kernel: KernelName;
  readonly backend: string;
  readonly signal: AbortSignal;
}

/** tr(W·∂K/∂θ) for each option; `kept` is how many numbers are kept at a time. */
export type Contraction = (weights: Float64Array, kept?: number) => Promise<Float64Array>;

/** What contracts the derivatives in some options, by path, at their values. Networks and inputs that have none are refused here. */
export async function contraction(
  { layer, x, kernel, backend: name, signal }: Derived,
  options: ReadonlyMap<string, number>,
): Promise<Contraction> {
  const axes = ruleOf(layer).axes?.(layer) ?? usualAxes;
  const input = await answering(
    prepare(x, null, { dtype: "float64", axes, pattern: null, maskConstant: null }),
    { signal },
  );
  const parameters = new Map([...options].map(([path, value]) => [path, parameter(path, value)]));
  const program = await derivativesOf(
    { layer: withOptions(layer, parameters), kernel, parameters: [...parameters.values()] },
    input,
    signal,
  );
  const n = input.n1;
  return async (weights, kept = KEPT) => {
    const backend = await choose(name, "float64", program, n * n, signal);
    const job = { program, source: input.source as Gram, backend, signal };
    const sums = new Float64Array(options.size);
    const height = Math.max(FEWEST, Math.floor(kept / (n * options.size)));
    for (let start = 0; start < n; start += height) {
      const rows = [start, Math.min(start + height, n)] as const;
      const own = await derivativesOfRows(job, rows, null);
      await add(sums, own, { weights, n, rows, columns: rows, factor: 1 }, signal);
      if (rows[1] === n) continue;
      const columns = [rows[1], n] as const;
      const others = await derivativesOfRows(job, rows, columns);
      // Each pair stands for the one below the diagonal too.
      await add(sums, others, { weights, n, rows, columns, factor: 2 }, signal);
    }
    return sums;
  };
}

type Range = readonly [start: number, end: number];

/** What the rows of jobs have in common. */
interface Rows {
  readonly program: Program;
  readonly source: Gram;
  readonly backend: Backend;
  readonly signal: AbortSignal;
}

/** The derivatives of all pairs of some rows with other ones, or with each other. */
async function derivativesOfRows(
  { program, source, backend, signal }: Rows,
  first: Range,
  second: Range | null,
): Promise<readonly ArrayLike<number>[]> {
  const { x1, depth } = source;
  const part = ([start, end]: Range) => x1.subarray(start * depth, end * depth);
  const numbers = ([start, end]: Range) => Array.from({ length: end - start }, (_, i) => start + i);
  const [own, other] = [part(first), part(second ?? first)];
  const values = Float64Array.from([...numbers(first), ...second ? numbers(second) : []]);
  const { matrices } = await backend.run({
    program,
    source: { kind: "gram", x1: own, x2: second ? other : own, depth },
    n1: first[1] - first[0],
    n2: second ? second[1] - second[0] : first[1] - first[0],
    symmetric: second === null,
    dtype: "float64",
    rowVariables: { index: { values, positions: 1 } },
    matrices: new Map(),
    signal,
  });
  return Object.keys(program.output.map).map((name) => matrices[name]);
}

/** Which entries of W belong to derivatives. */
interface Place {
  readonly weights: Float64Array;
  readonly n: number;
  readonly rows: Range;
  readonly columns: Range;
  readonly factor: number;
}

/** Adds the products of derivatives with their weights. */
function add(
  sums: Float64Array,
  derivatives: readonly ArrayLike<number>[],
  { weights, n, rows: [top, bottom], columns: [left, right], factor }: Place,
  signal: AbortSignal,
): Promise<void> {
  const width = right - left;
  const steps = inRanges(bottom - top, Math.ceil(STEP / width), (start, end) => {
    derivatives.forEach((derivative, k) => {
      let sum = 0;
      for (let i = start; i < end; i++) {
        for (let j = 0, from = i * width, at = (top + i) * n + left; j < width; j++) {
          sum += derivative[from + j] * weights[at + j];
        }
      }
      sums[k] += factor * sum;
    });
  });
  return inTurns(steps, breather({ signal }));
}
