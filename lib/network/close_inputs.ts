/**
 * Inputs that lie so close together, seen from the origin, that their covariances have lost what tells them apart.
 *
 * Pairs of vectors have their gaps summed from differences (`lib/gaps.ts`). Where a network does not carry gaps from layer to
 * layer, as over positions, all that helps is a wider precision: float64 for float32, and twice its digits for float64.
 */
import { type DType, NdArray } from "../array/mod.ts";
import type { Backend } from "../backends/backend.ts";
import type { Gram } from "../program/job.ts";
import { isOfVectors } from "../program/program.ts";
import { choose } from "../backends/choose.ts";
import { reference } from "../backends/reference/backend.ts";
import { DOUBLED_OPERATIONS, OPERATIONS } from "../backends/reference/budget.ts";
import { pairCount } from "../pairs.ts";
import { answering } from "../pause.ts";
import { warnOnce } from "../warn_once.ts";
import { BackendUnavailableError } from "../errors.ts";
import type { Compiled, Loss } from "./compile.ts";
import type { Entries } from "./execute.ts";
import { type Prepared, rounded } from "./prepared.ts";
import type { KernelOptions } from "./kernel.ts";
import { EPSILON } from "../linalg/precision.ts";
import { type Separation, separationsOf } from "./separation.ts";

/** What a kernel may be off by, relative to its size, without a word. */
const WANTED: Readonly<Record<DType, number>> = { float32: 2e-6, float64: 1e-10 };

/** What is lost is at most so many times its order: of twelve inputs by ten networks, at most 1.3 and 0.4. */
const LOSS: Readonly<Record<DType, number>> = { float64: 1.5, float32: 0.5 };

/**
 * What rounding in `precision` takes of a kernel, relative to its size: the most of all pairs of inputs, and of each the mean over
 * positions. An angle is never wrong by more than √ε, and nothing by more than itself.
 */
export function lossIn(precision: DType, separations: readonly Separation[][], loss: Loss): number {
  const epsilon = EPSILON[precision];
  const of = (separation: Separation) =>
    loss === "angles"
      ? Math.min(epsilon / Math.sqrt(separation), Math.sqrt(epsilon))
      : Math.min(epsilon / separation, 1);
  const mean = (all: readonly Separation[]) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  if (loss === "nothing") return 0;
  return LOSS[precision] * Math.max(0, ...separations.filter(({ length }) => length > 0).map(mean));
}

/** Which backend computes a kernel, and in which precision. */
interface Choice {
  readonly backend: Backend;
  readonly dtype: DType;
}

/**
 * The backend that is asked for, and the precision in which it keeps these inputs apart. Where none of its own does, it is the
 * reference backend, with twice the digits if it must be, for what it computes in a minute or so.
 */
export async function chooseFor(
  compiled: Compiled,
  input: Prepared,
  { backend: name, dtype, signal }: Pick<Required<KernelOptions>, "backend" | "dtype" | "signal">,
): Promise<Choice> {
  const { program } = compiled;
  const on = (precision: DType) => choose(name, precision, program, input.n1 * input.n2, signal);
  const backend = await on(dtype);
  const precision = backend.precisionOf(dtype, !isOfVectors(program));
  const separations = separationsOf(input, program);
  const keeps = (precision: DType, loss: Loss) => lossIn(precision, separations, loss) <= WANTED[dtype];
  // Most inputs are far apart, for which nothing more is compiled.
  if (keeps(precision, "distances")) return { backend, dtype };
  const loss = await compiled.loss(signal);
  const isEnough = (precision: DType) => keeps(precision, loss);
  if (isEnough(precision)) return { backend, dtype };
  const wider = precision === "float32" ? await on("float64").catch(nullIfUnavailable) : null;
  const own: Choice = wider ? { backend: wider, dtype: "float64" } : { backend, dtype };
  const widest = wider ? "float64" : precision;
  if (isEnough(widest)) return own;
  const other = await slowerFor(compiled, input, isEnough("float64"), signal);
  if (!other) warnOfCloseness(widest, own.backend);
  return other ?? own;
}

/** The reference backend, with twice the digits unless float64 is enough, if it computes this kernel in a minute or so. */
async function slowerFor(
  { program, numerical }: Compiled,
  input: Prepared,
  isFloat64Enough: boolean,
  signal: AbortSignal,
): Promise<Choice | null> {
  // Tables of coefficients have no more digits.
  if (!isFloat64Enough && numerical.length > 0) return null;
  const { doubled, operationsOf } = await import("../backends/reference/doubled.ts");
  const operations = await answering(operationsOf(program), { signal }) * pairCount(input);
  if (operations > (isFloat64Enough ? OPERATIONS : DOUBLED_OPERATIONS)) return null;
  return { backend: isFloat64Enough ? reference : doubled, dtype: "float64" };
}

function nullIfUnavailable(error: unknown): null {
  if (error instanceof BackendUnavailableError) return null;
  throw error;
}

function warnOfCloseness(precision: DType, { name }: Backend): void {
  const remedy = precision === "float32" ? ', or use { backend: "reference" }' : "";
  warnOnce(
    `Inputs lie so close together, seen from the origin, that ${precision} on ${name} loses digits of the kernel: ` +
      `subtract their mean${remedy}`,
    `closeness in ${precision} on ${name}`,
  );
}

/** What was computed of a kernel in some precision. */
interface Computed {
  readonly entries: Entries;
}

/** What `compute` makes of the input in a precision, rounded to `dtype`; where that cannot hold it, what it makes in `dtype`. */
export async function inPrecision<T extends Computed>(
  precision: DType,
  dtype: DType,
  input: Prepared,
  compute: (input: Prepared, dtype: DType) => Promise<T>,
): Promise<T> {
  if (precision === dtype) return await compute(input, dtype);
  const wide = await compute(widened(input), precision);
  const entries = roundedEntries(wide.entries, dtype);
  return entries ? { ...wide, entries } : await compute(input, dtype);
}

/** The input with its numbers in double precision. */
function widened(input: Prepared): Prepared {
  const { x1, x2, ...source } = input.source as Gram;
  const wide1 = Float64Array.from(x1);
  const wide2 = x2 === x1 ? wide1 : Float64Array.from(x2);
  return { ...input, source: { ...source, x1: wide1, x2: wide2 } };
}

/** The entries in a precision; null if one is beyond its range. */
function roundedEntries({ nngp, ntk, cov1, cov2 }: Entries, dtype: DType): Entries | null {
  const arrays = [nngp, ntk, cov1, cov2].map((a) => a && new NdArray(rounded(a, dtype), a.shape));
  if (arrays.some((a) => a && !a.data.every(Number.isFinite))) return null;
  const [first, second, own1, own2] = arrays;
  return { nngp: first!, ntk: second, cov1: own1!, cov2: own2 };
}
