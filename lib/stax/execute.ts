/** Runs a program: the row stage here, the map on a backend. */
import { type DType } from "../array.ts";
import type { Backend, Job, Values } from "../backends/backend.ts";
import type { Program } from "../program.ts";
import { type Column, evaluateRows } from "../rows.ts";
import type { Prepared } from "./inputs.ts";

/** What a program computed. */
export interface Executed {
  /** The outputs of the map, row-major (n1, n2) */
  readonly matrices: Readonly<Record<string, Values>>;
  /** The variance of every row's output: the rows of x1, then those of x2 unless symmetric */
  readonly variances: Values;
  /** The largest error that a coefficient table reported */
  readonly numericalError: number;
}

/** The largest finite number of each precision. */
const LARGEST: Record<DType, number> = { float64: Number.MAX_VALUE, float32: 3.4028234663852886e38 };

/** Computes the rows, checks them, and has the backend compute the pairs. */
export async function execute(
  program: Program,
  { source, n1, n2, symmetric, rows }: Prepared,
  backend: Backend,
  { dtype, onProgress, signal }: Pick<Job, "dtype" | "onProgress" | "signal">,
): Promise<Executed> {
  const count = symmetric ? n1 : n1 + n2;
  const roots = [...program.features, program.rows.cov, ...program.checks.map((check) => check.variance)];
  const columns = evaluateRows(roots, rows, count);
  checkRows(program, columns, dtype);
  const features = program.features.map((feature) => columns.get(feature)!);
  const hasMap = Object.keys(program.map).length > 0;
  const job: Job = { program, source, n1, n2, symmetric, features, dtype, onProgress, signal };
  const matrices = hasMap ? await backend.run(job) : {};
  const variances = columns.get(program.rows.cov) as Float64Array;
  return {
    matrices,
    variances: dtype === "float32" ? Float32Array.from(variances) : variances,
    numericalError: Math.max(
      0,
      ...features.map((column) => column instanceof Float64Array ? 0 : column.error),
    ),
  };
}

/** Overflow and divergence are errors at once: a NaN would only surface layers later. */
function checkRows({ checks }: Program, columns: Map<unknown, Column>, dtype: DType): void {
  for (const { layer, variance, limit } of checks) {
    const values = columns.get(variance) as Float64Array;
    const bad = values.findIndex((value) => !(value <= LARGEST[dtype]));
    if (bad >= 0) {
      throw new RangeError(
        `Cannot compute ${layer} as the variance of every row must be finite in ${dtype}: current value is ${
          values[bad]
        } ` +
          `at row ${bad}, lower wStd or put LayerNorm() before it`,
      );
    }
    const beyond = limit ? values.findIndex((value) => value >= limit.value) : -1;
    if (limit && beyond >= 0) {
      throw new RangeError(
        `Cannot compute ${layer} as the variance of every row must be below ${limit.value}, where ${limit.reason}: ` +
          `current value is ${values[beyond]} at row ${beyond}`,
      );
    }
  }
}
