/**
 * Inputs that lie so close together, seen from the origin, that their covariances have lost what tells them apart.
 *
 * Pairs of vectors have their gaps summed from differences (`lib/gaps.ts`). Where a network does not carry gaps from layer to
 * layer, as over positions, all that helps is a wider precision: rounding takes a share ε/(1 − |ρ|) of √(var1·var2) − |cov|.
 */
import { countOf, type Values } from "../array/dtype.ts";
import { type DType, NdArray } from "../array/mod.ts";
import type { Backend } from "../backends/backend.ts";
import type { Gram } from "../program/job.ts";
import { isOfVectors } from "../program/program.ts";
import { choose } from "../backends/choose.ts";
import { warnOnce } from "../warn_once.ts";
import { BackendUnavailableError } from "../errors.ts";
import type { Compiled } from "./compile.ts";
import type { Entries } from "./execute.ts";
import { type Prepared, rounded } from "./prepared.ts";
import type { KernelOptions } from "./kernel.ts";
import { EPSILON } from "../linalg/precision.ts";

/** What a kernel may be off by, relative to its size, without a word. */
const WANTED: Readonly<Record<DType, number>> = { float32: 2e-6, float64: 1e-10 };

/** Whether rounding in `precision` may take more than is wanted of `dtype`: of ε/(1 − |ρ|) a thirty-second, as found. */
const isTooNarrow = (precision: DType, least: number, dtype: DType): boolean =>
  EPSILON[precision] > 32 * least * WANTED[dtype];

/** Rows that are closer are compared entry by entry, whether they are equal; no precision is too narrow for others. */
const CLOSE = 2 ** -8;

/** Products of entries to look at, 0.1 ms of them, and the least number of pairs. */
const PRODUCTS = 2 ** 16;
const PAIRS = 16;

/** The backend that is asked for, and the precision in which it keeps these inputs apart. */
export async function chooseFor(
  { program, cancels }: Compiled,
  input: Prepared,
  { backend: name, dtype, signal }: Pick<Required<KernelOptions>, "backend" | "dtype" | "signal">,
): Promise<{ readonly backend: Backend; readonly dtype: DType }> {
  const on = (precision: DType) => choose(name, precision, program, input.n1 * input.n2, signal);
  const backend = await on(dtype);
  const precision = backend.precisionOf(dtype, !isOfVectors(program));
  const least = closeness(input);
  if (!isTooNarrow(precision, least, dtype) || !await cancels(signal)) return { backend, dtype };
  const wider = precision === "float32" ? await on("float64").catch(nullIfUnavailable) : null;
  const widest = wider ? "float64" : precision;
  if (isTooNarrow(widest, least, dtype)) warnOfCloseness(widest, wider ?? backend);
  return wider ? { backend: wider, dtype: "float64" } : { backend, dtype };
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

/**
 * The least 1 − |ρ| of two inputs that differ, and of the positions of one that do. All pairs are looked at if they are few, else a
 * sample of them: what holds for most pairs, as for inputs with a large mean, is found.
 */
export function closeness({ source, n1, n2, symmetric, positions }: Prepared): number {
  if (source.kind !== "gram") return Infinity;
  const { x1, x2 } = source as Gram;
  const length = x1.length / n1;
  const most = Math.max(PAIRS, Math.floor(PRODUCTS / length));
  const all = n1 * n2;
  // Steps of about the golden section of all pairs, with which they share no factor, visit each one once.
  const step = coprime(Math.floor(0.618 * all), all);
  const seen = new Set<number>();
  let least = Infinity;
  for (let k = 0, pair = 0; k < Math.min(all, most); k++, pair = (pair + step) % all) {
    const [i, j] = [Math.floor(pair / n2), pair % n2];
    const [first, second] = [rowOf(x1, i, length), rowOf(x2, j, length)];
    if (!symmetric || i !== j) least = Math.min(least, angleOf(first, second));
    if (positions.length === 0 || seen.has(i)) continue;
    seen.add(i);
    least = Math.min(least, spreadOf(first, length / countOf(positions)));
  }
  return least;
}

const rowOf = (x: Values, i: number, length: number): Values => x.subarray(i * length, (i + 1) * length);

/** The next number from `start` on that shares no factor with `modulus`. */
function coprime(start: number, modulus: number): number {
  const common = (a: number, b: number): number => b === 0 ? a : common(b, a % b);
  let candidate = Math.max(1, start);
  while (common(candidate, modulus) !== 1) candidate++;
  return candidate;
}

/** 1 − |ρ| of two rows; infinite where one is zero, and where they are equal or opposite, which rounding keeps. */
function angleOf(x: Values, y: Values): number {
  let xx = 0, xy = 0, yy = 0;
  for (let k = 0; k < x.length; k++) {
    xx += x[k] * x[k];
    xy += x[k] * y[k];
    yy += y[k] * y[k];
  }
  const angle = 1 - Math.abs(xy) / (Math.sqrt(xx) * Math.sqrt(yy));
  if (!(angle < CLOSE)) return Number.isNaN(angle) ? Infinity : angle;
  const sign = Math.sign(xy);
  return x.every((entry, k) => entry === sign * y[k]) ? Infinity : Math.max(0, angle);
}

/** The same for the positions of a row with so many channels: what they spread about their mean, of all; infinite for none. */
function spreadOf(x: Values, channels: number): number {
  let spread = 0, all = 0;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let k = channel; k < x.length; k += channels) sum += x[k];
    const mean = sum * channels / x.length;
    for (let k = channel; k < x.length; k += channels) {
      spread += (x[k] - mean) * (x[k] - mean);
      all += x[k] * x[k];
    }
  }
  // Rounding of the mean of equal positions is no spread.
  return spread <= all * Number.EPSILON ** 2 * x.length ? Infinity : spread / all;
}
