/** Runs the program of a network on a backend, and shapes its results. */
import { NdArray } from "../array/mod.ts";
import type { Values } from "../array/dtype.ts";
import { owning } from "../array/spare.ts";
import type { Backend } from "../backends/backend.ts";
import { Ledger } from "../expr/table.ts";
import { rowCount } from "../pairs.ts";
import { breather } from "../pause.ts";
import type { Job, RowVariable } from "../program/job.ts";
import { isOfVectors, type Program } from "../program/program.ts";
import { requireFiniteNtk } from "../rows/own_ntk.ts";
import { inTurns, type Steps, stepsOf } from "../steps.ts";
import type { Compiled } from "./compile.ts";
import type { Kernel } from "./kernel.ts";
import { interleaved } from "./position_order.ts";
import type { Prepared } from "./prepared.ts";

/** The entries of a kernel that a program computes. */
export type Entries = Pick<Kernel, "nngp" | "ntk" | "cov1" | "cov2">;

/** Entries of matrices that are mirrored in a step. */
const STEP_ENTRIES = 2 ** 18;

/** What of a compiled network its execution needs. */
type Executable = Pick<Compiled, "program" | "variables" | "matrices" | "hasFiniteNtk">;

/** Computes the kernel of inputs; with positions, a full covariance has the shape (n1, n2, X, X, Y, Y, …). */
export async function execute(
  { program, variables, matrices, hasFiniteNtk }: Executable,
  input: Prepared,
  backend: Backend,
  { dtype, onProgress, signal }: Pick<Job, "dtype" | "onProgress" | "signal">,
  ledger: Ledger = new Ledger(dtype),
): Promise<Entries> {
  const { n1, n2, symmetric, requireFinite } = input;
  const breathe = breather({ signal });
  const result = await backend.run({
    program,
    source: sourceOf(program, input),
    ...{ n1, n2, symmetric, dtype, onProgress, signal, ledger, requireFinite },
    rowVariables: await inTurns(rowVariablesOf(variables, input), breathe),
    matrices: new Map([...matrices].map(([id, of]) => [id, of(input.facts)])),
  });
  const { own } = result;
  const entries = own.length / rowCount(input);
  if (program.outputLayout === "full") {
    await inTurns(mirror(own, entries, entries), breathe);
    if (symmetric) {
      for (const values of Object.values(result.matrices)) {
        await inTurns(mirror(values, entries, (n1 + 1) * entries), breathe);
      }
    }
  }
  const { nngp, ntk } = result.matrices;
  // Of vectors, the NTKs of the rows bound all others.
  if (ntk && hasFiniteNtk && !isOfVectors(program)) requireFiniteNtk(ntk, n2 * entries, dtype);
  const shaped = (values: Values, batch: readonly number[]) =>
    inTurns(shape(values, batch, program), breathe);
  const matrix = async (values: Values | undefined) => values && owning(await shaped(values, [n1, n2]));
  return {
    nngp: (await matrix(nngp))!,
    ntk: await matrix(ntk) ?? null,
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
function* rowVariablesOf(
  variables: Compiled["variables"],
  { facts, rowVariables }: Prepared,
): Steps<Job["rowVariables"]> {
  const all: Record<string, RowVariable> = { ...rowVariables };
  for (const [name, of] of Object.entries(variables)) all[name] = yield* stepsOf(of(facts));
  return all;
}

function sourceOf(program: Program, { source }: Prepared): Job["source"] {
  if (source.kind === "given" && source.layout === "diagonal" && program.inputLayout === "full") {
    throw new TypeError(
      "Cannot continue a kernel as diagonalSpatial must be false: current value is true, compute it without that option",
    );
  }
  return source;
}

/** The array of values over (…batch, P, Q), or (…batch, P), with position axes in the order X, X, Y, Y of the Python library. */
function* shape(
  values: Values,
  batch: readonly number[],
  { outputPositions, outputLayout }: Program,
): Steps<NdArray> {
  if (outputLayout === "diagonal") return new NdArray(values, [...batch, ...outputPositions]);
  const twice = outputPositions.flatMap((length) => [length, length]);
  return new NdArray(yield* interleaved(values, outputPositions), [...batch, ...twice]);
}
