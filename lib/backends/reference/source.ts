/** Where a program with positions starts: the covariance of two inputs over their positions. */
import { entriesOf } from "../../program/program.ts";
import { secondIndex } from "../../pairs.ts";
import { countOf } from "../../array/dtype.ts";
import { diagonalOf } from "../../spatial/apply.ts";
import type { Given, Gram, Job } from "../../program/job.ts";
import { dot } from "./gram_tile.ts";
import type { Covariances } from "./maps.ts";

/** `cov0` and, where the program continues an NTK, `ntk0` of a pair of rows, counted through x1 and then x2. */
export function inputCovariances(
  job: Job,
  row1: number,
  row2: number,
): Record<string, Covariances[string]> {
  const { source, n2 } = job;
  if (source.kind === "gram") return { cov0: gram(job, source, row1, row2) };
  const pair = row1 * n2 + secondIndex(job, row2);
  return {
    cov0: given(job, source, source.cov, pair),
    ...(source.ntk && { ntk0: given(job, source, source.ntk, pair) }),
  };
}

/** `cov0` of a row with itself. */
export function ownCovariance(job: Job, row: number): Covariances[string] {
  const { source } = job;
  return source.kind === "gram" ? gram(job, source, row, row) : given(job, source, source.own, row);
}

/** K(p, q) = ⟨x1ₚ, x2_q⟩ / channels */
function gram({ program, n1, symmetric }: Job, { x1, x2, depth }: Gram, row1: number, row2: number) {
  const positions = countOf(program.inputPositions);
  const values = (row: number) => !symmetric && row >= n1 ? { x: x2, at: row - n1 } : { x: x1, at: row };
  const [first, second] = [values(row1), values(row2)];
  const entry = (p: number, q: number) =>
    dot(
      first.x,
      (first.at * positions + p) * depth,
      second.x,
      (second.at * positions + q) * depth,
      depth,
    ) / depth;
  const layout = program.inputLayout;
  const data = layout === "full"
    ? Float64Array.from({ length: positions ** 2 }, (_, k) => entry(Math.floor(k / positions), k % positions))
    : Float64Array.from({ length: positions }, (_, p) => entry(p, p));
  return { data, layout };
}

/** The i-th matrix of `values`, or its diagonal if the program needs no more. */
function given(
  { program: { inputLayout, inputPositions } }: Job,
  { layout }: Given,
  values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  i: number,
) {
  const positions = countOf(inputPositions);
  const entries = entriesOf(positions, layout);
  const data = Float64Array.from(values.subarray(i * entries, (i + 1) * entries));
  return {
    data: layout === "full" && inputLayout === "diagonal" ? diagonalOf(data) : data,
    layout: inputLayout,
  };
}
