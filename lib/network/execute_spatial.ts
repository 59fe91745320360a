/** Runs a program of a network with positions on a backend, and shapes its results. */
import { rowCount } from "../pairs.ts";
import { NdArray } from "../array/mod.ts";
import type { Backend } from "../backends/backend.ts";
import type { Job, RowVariable, SpatialJob } from "../program/job.ts";
import type { Values } from "../array/dtype.ts";
import { Ledger } from "../expr/table.ts";
import type { SpatialProgram } from "../program/spatial_program.ts";
import { breather } from "../pause.ts";
import { inTurns, type Steps, stepsOf } from "../steps.ts";
import type { Compiled } from "./compile.ts";
import type { Entries } from "./execute.ts";
import { requireFiniteNtk } from "./own_ntk.ts";
import type { Prepared } from "./prepared.ts";
import { interleaved } from "./position_order.ts";
import { indices } from "./rounding.ts";

/** Entries of matrices that are mirrored in a step. */
const STEP_ENTRIES = 2 ** 18;

/** Computes the kernel of inputs with positions; a full covariance has the shape (n1, n2, X, X, Y, Y, …). */
export async function executeSpatial(
  program: SpatialProgram,
  compiled: Compiled,
  input: Prepared,
  backend: Backend,
  options: Pick<Job, "dtype" | "onProgress" | "signal">,
  ledger: Ledger = new Ledger(options.dtype),
): Promise<Entries> {
  const { n1, n2, symmetric } = input;
  const { dtype, onProgress, signal } = options;
  const breathe = breather({ signal });
  const job = {
    program,
    ...await inTurns(rowsOf(compiled, input), breathe),
    source: sourceOf(program, input),
    n1,
    n2,
    symmetric,
    ledger,
  };
  const result = await backend.runSpatial({ ...job, dtype, onProgress, signal });
  const { matrices, own } = result;
  const entries = own.length / rowCount(input);
  if (program.outputLayout === "full") {
    await inTurns(mirror(own, entries, entries), breathe);
    if (symmetric) {
      for (const values of Object.values(matrices)) {
        await inTurns(mirror(values, entries, (n1 + 1) * entries), breathe);
      }
    }
  }
  if (matrices.ntk && compiled.hasFiniteNtk) requireFiniteNtk(matrices.ntk, n2 * entries, dtype);
  const shaped = (values: Values, batch: readonly number[]) =>
    inTurns(shape(values, batch, program), breathe);
  return {
    nngp: await shaped(matrices.nngp, [n1, n2]),
    ntk: matrices.ntk ? await shaped(matrices.ntk, [n1, n2]) : null,
    cov1: await shaped(own.slice(0, n1 * entries), [n1]),
    cov2: symmetric ? null : await shaped(own.slice(n1 * entries), [n2]),
  };
}

/**
 * Makes the covariance of every input with itself symmetric, to the last digit: what is above the diagonal is put below it. Both
 * are the same sum, but of terms in another order. From 0 on there is one of so many `entries` every `step` numbers.
 */
function* mirror(values: Values, entries: number, step: number): Steps<void> {
  const side = Math.sqrt(entries);
  let work = 0;
  for (let start = 0; start < values.length; start += step) {
    mirrorOne(values, start, side);
    if ((work += entries) < STEP_ENTRIES) continue;
    work = 0;
    yield;
  }
}

/** One of them. */
function mirrorOne(values: Values, start: number, side: number): void {
  for (let p = 1; p < side; p++) {
    for (let q = 0; q < p; q++) values[start + p * side + q] = values[start + q * side + p];
  }
}

/** What the rows of this call bring along. */
function* rowsOf(
  { variables, matrices }: Compiled,
  { facts }: Prepared,
): Steps<Pick<SpatialJob, "rowVariables" | "matrices">> {
  const index = { values: indices(facts.count), positions: 1 };
  const rowVariables: Record<string, RowVariable> = { index };
  for (const [name, of] of Object.entries(variables)) rowVariables[name] = yield* stepsOf(of(facts));
  return {
    rowVariables,
    matrices: new Map([...matrices].map(([id, of]) => [id, of(facts)])),
  };
}

function sourceOf(program: SpatialProgram, { source }: Prepared): SpatialJob["source"] {
  const positional = source as SpatialJob["source"];
  if (positional.kind === "given" && positional.layout === "diagonal" && program.inputLayout === "full") {
    throw new TypeError(
      "Cannot continue a kernel as diagonalSpatial must be false: current value is true, compute it without that option",
    );
  }
  return positional;
}

/** The array of values over (…batch, P, Q), or (…batch, P), with position axes in the order X, X, Y, Y of the Python library. */
function* shape(
  values: Values,
  batch: readonly number[],
  { outputPositions, outputLayout }: SpatialProgram,
): Steps<NdArray> {
  if (outputLayout === "diagonal") return new NdArray(values, [...batch, ...outputPositions]);
  const twice = outputPositions.flatMap((length) => [length, length]);
  return new NdArray(yield* interleaved(values, outputPositions), [...batch, ...twice]);
}
