/**
 * Where a program with positions starts: the covariance of two inputs over their positions.
 *
 * In: a job, and a pair of rows or one of them. Out, for images.ts and diagonal.ts: what node 0 has for them. Inputs of two positions
 * with channels (1, 2), (3, 4) and (1, 0), (0, 2), and a kernel of such inputs that is continued, whose matrices follow each other:
 *
 *     gram     K = ½ · [[1, 4], [3, 8]]        or its diagonal ½ · [1, 8], if the first layer reads no other entries
 *     given    K = values 4i … 4i + 3          of the i-th pair of rows in row-major order
 */
import { entriesOf } from "../../program/program.ts";
import { secondIndex } from "../../pairs.ts";
import { countOf, type Values } from "../../array/dtype.ts";
import { diagonalOf } from "../../spatial/apply.ts";
import type { Given, Gram, Job } from "../../program/job.ts";
import type { Steps } from "../../steps.ts";
import type { Arithmetic, Covariance } from "./arithmetic.ts";

/** Of a pair: `cov0` and, where the program continues an NTK, `ntk0` of a pair of rows, counted through x1 and then x2. */
export function* inputCovariances<V, F, C>(
  arithmetic: Arithmetic<V, F, C>,
  job: Job,
  row1: number,
  row2: number,
): Steps<Record<string, Covariance<V>>> {
  const { source, n2 } = job;
  if (source.kind === "gram") return { cov0: yield* gram(arithmetic, job, source, row1, row2) };
  // Kernels that are continued have a matrix for each pair (i, j), those below the diagonal too.
  const pair = row1 * n2 + secondIndex(job, row2);
  return {
    cov0: given(arithmetic, job, source, source.cov, pair),
    ...(source.ntk && { ntk0: given(arithmetic, job, source, source.ntk, pair) }),
  };
}

/** `cov0` of a row with itself, which kernels that are continued bring as their `cov1` and `cov2`. */
export function* ownCovariance<V, F, C>(
  arithmetic: Arithmetic<V, F, C>,
  job: Job,
  row: number,
): Steps<Covariance<V>> {
  const { source } = job;
  return source.kind === "gram"
    ? yield* gram(arithmetic, job, source, row, row)
    : given(arithmetic, job, source, source.own, row);
}

/** K(p, q) = ⟨x1ₚ, x2_q⟩ / channels, with a step after every p */
function* gram<V, F, C>(
  { zeros, covariance }: Arithmetic<V, F, C>,
  { program, n1, symmetric }: Job,
  { x1, x2, depth }: Gram,
  row1: number,
  row2: number,
): Steps<Covariance<V>> {
  const positions = countOf(program.inputPositions);
  // Rows are counted through x1 and then x2.
  const values = (row: number) => !symmetric && row >= n1 ? { x: x2, at: row - n1 } : { x: x1, at: row };
  const [first, second] = [values(row1), values(row2)];
  const layout = program.inputLayout;
  const data = zeros(entriesOf(positions, layout));
  for (let p = 0, at = 0; p < positions; p++) {
    for (let q = layout === "full" ? 0 : p; q < (layout === "full" ? positions : p + 1); q++, at++) {
      const [start1, start2] = [first.at * positions + p, second.at * positions + q];
      covariance(data, at, first.x, start1 * depth, second.x, start2 * depth, depth);
    }
    yield;
  }
  return { data, layout };
}

/** The i-th matrix of `values`, or its diagonal if the program needs no more; one that needs all of it is refused a diagonal before. */
function given<V, F, C>(
  arithmetic: Arithmetic<V, F, C>,
  { program: { inputLayout, inputPositions } }: Job,
  { layout }: Given,
  values: Values,
  i: number,
): Covariance<V> {
  const positions = countOf(inputPositions);
  const entries = entriesOf(positions, layout);
  const data = arithmetic.of(values.subarray(i * entries, (i + 1) * entries));
  return {
    data: layout === "full" && inputLayout === "diagonal" ? diagonalOf(arithmetic, data) : data,
    layout: inputLayout,
  };
}
