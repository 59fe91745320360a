/**
 * Conjugate gradients for several right-hand sides at once: Hestenes & Stiefel 1952; preconditioned as in Golub & Van Loan, §11.5. Every
 * column has step sizes of its own, all share the product with the matrix, and those that are done drop out. In: products with A and
 * with the inverse of a preconditioner; out: A⁻¹·B, and residuals that were computed anew from it.
 */
import { NotPositiveDefiniteError } from "../errors.ts";
import { answering, type Watch } from "../pause.ts";
import { inRanges } from "../steps.ts";

/** A map of n rows of so many numbers, which gives others. */
export type RowMap = (v: Float64Array, columns: number, stop: Pick<Watch, "signal">) => Promise<Float64Array>;

/** A system A·X = B of n unknowns. */
export interface System {
  readonly n: number;
  /** A·v, for a positive definite A */
  readonly apply: RowMap;
  /** M⁻¹·v, for a positive definite M that is near A; the identity by default */
  readonly precondition?: RowMap;
}

/** When to stop, and who watches. */
export interface IterationOptions extends Pick<Watch, "signal"> {
  /** ‖b − A·x‖/‖b‖ of every column */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Told of every iteration the largest residual relative to that of x = 0 */
  readonly onIteration?: (iteration: number, residual: number) => void;
}

/** What was reached. */
export interface Iterated {
  /** n rows of a number each column */
  readonly x: Float64Array;
  readonly iterations: number;
  /** ‖b − A·x‖/‖b‖ of every column, computed from x; 0 where b is 0 */
  readonly residuals: Float64Array;
}

/** A recurrence drifts from the residual that it stands for: it is begun anew as long as that makes the residual so much smaller. */
const GAIN = 0.5;

/** A⁻¹·B for B of n rows of so many columns, as far as the iterations allow: whether that is enough is for the caller to say. */
export async function conjugateGradients(
  system: System,
  b: Float64Array,
  columns: number,
  options: IterationOptions,
): Promise<Iterated> {
  const { tolerance, maxIterations, signal } = options;
  const norms = await squaredNorms(b, columns, signal);
  const x = new Float64Array(b.length);
  let active = Array.from(norms.keys()).filter((column) => norms[column] > 0);
  let residual = await columnsOf(b, columns, active, signal);
  const residuals = new Float64Array(columns);
  active.forEach((column) => residuals[column] = 1);
  let iterations = 0;
  for (;;) {
    const before = iterations;
    const targets = active.map((column) => tolerance ** 2 * norms[column]);
    iterations = await iterate(system, { x, columns, active, residual, targets, norms, iterations }, options);
    residual = await trueResidual(system, b, x, columns, active, signal);
    const found = await squaredNorms(residual, active.length, signal);
    const previous = active.map((column) => residuals[column]);
    active.forEach((column, k) => residuals[column] = Math.sqrt(found[k] / norms[column]));
    const keep = [...active.keys()].filter((k) => {
      const now = residuals[active[k]];
      return now > tolerance && now < GAIN * previous[k];
    });
    if (keep.length === 0 || iterations >= maxIterations || iterations === before) break;
    residual = await columnsOf(residual, active.length, keep, signal);
    active = keep.map((k) => active[k]);
  }
  return { x, iterations, residuals };
}

/** Columns that are being solved for, from a residual on. */
interface Pass {
  readonly x: Float64Array;
  readonly columns: number;
  readonly active: readonly number[];
  readonly residual: Float64Array;
  /** Squared norms at which columns are done, and those of all columns of B */
  readonly targets: readonly number[];
  readonly norms: Float64Array;
  readonly iterations: number;
}

/** Adds to the active columns of x until all are done, by the recurrence, or no more iterations are left; returns how many there were. */
async function iterate(
  { n, apply, precondition }: System,
  pass: Pass,
  options: IterationOptions,
): Promise<number> {
  const { x, columns, norms } = pass;
  const { maxIterations, onIteration, signal } = options;
  const preconditioned = precondition ?? ((v: Float64Array) => Promise.resolve(v.slice()));
  let { iterations } = pass;
  let active = [...pass.active], targets = [...pass.targets], residual: Float64Array = pass.residual.slice();
  let direction = await preconditioned(residual, active.length, { signal });
  let products = await innerProducts(residual, direction, active.length, signal);
  while (active.length > 0 && iterations < maxIterations) {
    signal?.throwIfAborted();
    const image = await apply(direction, active.length, { signal });
    const curvatures = await innerProducts(direction, image, active.length, signal);
    const steps = curvatures.map((curvature, k) => products[k] / requirePositive(curvature));
    const { length } = active;
    await inRows(n, length, signal, (i) => {
      for (let k = 0, at = i * length; k < length; k++, at++) {
        x[i * columns + active[k]] += steps[k] * direction[at];
        residual[at] -= steps[k] * image[at];
      }
    });
    iterations++;
    const squares = await squaredNorms(residual, length, signal);
    onIteration?.(iterations, Math.sqrt(Math.max(...active.map((column, k) => squares[k] / norms[column]))));
    const keep = [...active.keys()].filter((k) => squares[k] > targets[k]);
    if (keep.length < length) {
      residual = await columnsOf(residual, length, keep, signal);
      direction = await columnsOf(direction, length, keep, signal);
      products = Float64Array.from(keep, (k) => products[k]);
      [active, targets] = [keep.map((k) => active[k]), keep.map((k) => targets[k])];
    }
    if (active.length === 0) break;
    const next = await preconditioned(residual, active.length, { signal });
    const nextProducts = await innerProducts(residual, next, active.length, signal);
    const ratios = nextProducts.map((product, k) => product / products[k]);
    const last = direction;
    await inRows(n, active.length, signal, (i) => {
      for (let k = 0, at = i * active.length; k < active.length; k++, at++) next[at] += ratios[k] * last[at];
    });
    [direction, products] = [next, nextProducts];
  }
  return iterations;
}

function requirePositive(curvature: number): number {
  if (curvature > 0) return curvature;
  throw new NotPositiveDefiniteError(
    `Cannot solve with a kernel as vᵀ·(K + noise)·v must be positive for all v: current value is ${
      curvature.toPrecision(3)
    } for one of them; raise noise`,
  );
}

async function trueResidual(
  { n, apply }: System,
  b: Float64Array,
  x: Float64Array,
  columns: number,
  active: readonly number[],
  signal?: AbortSignal,
): Promise<Float64Array> {
  const [residual, solution] = await Promise.all([b, x].map((a) => columnsOf(a, columns, active, signal)));
  if (active.length === 0) return residual;
  const image = await apply(solution, active.length, { signal });
  await inRows(n, active.length, signal, (i) => {
    for (let at = i * active.length; at < (i + 1) * active.length; at++) residual[at] -= image[at];
  });
  return residual;
}

/** Some columns of rows of so many numbers. */
async function columnsOf(
  rows: Float64Array,
  columns: number,
  chosen: readonly number[],
  signal?: AbortSignal,
): Promise<Float64Array> {
  const n = rows.length / columns;
  const out = new Float64Array(n * chosen.length);
  await inRows(n, chosen.length, signal, (i) => {
    for (let k = 0; k < chosen.length; k++) out[i * chosen.length + k] = rows[i * columns + chosen[k]];
  });
  return out;
}

const squaredNorms = (a: Float64Array, columns: number, signal?: AbortSignal) =>
  innerProducts(a, a, columns, signal);

/** Σᵢ aᵢₖ·bᵢₖ of every column k. */
export async function innerProducts(
  a: Float64Array,
  b: Float64Array,
  columns: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const sums = new Float64Array(columns);
  await inRows(a.length / columns, columns, signal, (i) => {
    for (let k = 0, at = i * columns; k < columns; k++, at++) sums[k] += a[at] * b[at];
  });
  return sums;
}

/** Numbers that are handled in a step, well below a millisecond. */
const STEP_NUMBERS = 2 ** 17;

/** Calls `act` for every row, in steps. */
async function inRows(
  n: number,
  columns: number,
  signal: AbortSignal | undefined,
  act: (row: number) => void,
): Promise<void> {
  const steps = inRanges(n, Math.ceil(STEP_NUMBERS / Math.max(columns, 1)), (start, end) => {
    for (let i = start; i < end; i++) act(i);
  });
  await answering(steps, { signal });
}
