/** Rows of inputs on the device, with the features that shaders read. */
import { allocate } from "../../../array/dtype.ts";
import { topological } from "../../../expr/graph.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import type { Program } from "../../../program.ts";
import type { Values } from "../../backend.ts";
import type { SpatialJob } from "../../spatial_job.ts";
import { checkPositions, featuresOf, largestError, type Rows } from "../../spatial_rows.ts";
import { type Buffers, bytesOf } from "../buffers.ts";
import { assertRepresentable } from "../features.ts";
import { type Packed, packFeatures } from "./features.ts";
import type { Stage } from "./session.ts";

/** Consecutive rows of x1, or of x2, counted through x1 and then x2. */
export interface Strip {
  readonly first: number;
  readonly count: number;
}

/** The variances of all rows, node by node, in the precision of the job. */
export class Variances {
  readonly #values = new Map<number, Values>();
  readonly #job: SpatialJob;
  readonly #strides = new Map<Program, number>();
  /** The largest error that a coefficient table reported */
  numericalError = 0;

  constructor(job: SpatialJob) {
    this.#job = job;
  }

  /** Keeps the variances of rows at node `id`, and refuses rows that violate a check on them. */
  set(id: number, { first, count }: Strip, values: Values): void {
    const { n1, n2, symmetric, dtype, program } = this.#job;
    const positions = values.length / count;
    if (!this.#values.has(id)) {
      this.#values.set(id, allocate((symmetric ? n1 : n1 + n2) * positions, dtype));
    }
    this.#values.get(id)!.set(values, first * positions);
    const checks = program.checks[id];
    const rows = this.#rows({ first, count }, checks.map(({ variance }) => variance));
    checkPositions(checks, positions, rows, this.#job);
  }

  /** The features of a stage for some rows. */
  features({ program, positions }: Stage, strip: Strip): Packed {
    const columns = featuresOf(program, positions, this.#rows(strip, program.features), this.#job);
    this.numericalError = Math.max(this.numericalError, largestError(columns));
    const packed = packFeatures(program, columns, { count: strip.count, positions, dtype: this.#job.dtype });
    this.#strides.set(program, Math.max(packed.stride, this.#strides.get(program) ?? 0));
    return packed;
  }

  /** Bytes of all features of a row, at most. */
  get rowBytes(): number {
    return bytesOf[this.#job.dtype] * this.#strides.values().reduce((sum, stride) => sum + stride, 1);
  }

  #rows({ first, count }: Strip, roots: readonly Expr[]): Rows {
    const names = topological(roots).filter(({ kind }) => kind === "variable")
      .map(({ payload }) => (payload as Variable).name);
    const known = [...this.#values].filter(([id]) => names.includes(`var${id}`));
    const { n1, n2, symmetric } = this.#job;
    const variances = new Map(known.map(([id, values]) => {
      const positions = values.length / (symmetric ? n1 : n1 + n2);
      return [id, Float64Array.from(values.subarray(first * positions, (first + count) * positions))];
    }));
    return { first, count, variances };
  }
}

/** The inputs of some rows, or null if the job continues a kernel. */
export function uploadInputs(job: SpatialJob, { first, count }: Strip, buffers: Buffers): GPUBuffer | null {
  const { source, program, n1, symmetric } = job;
  if (source.kind === "given") return null;
  const size = program.inputPositions.reduce((product, length) => product * length, 1) * source.depth;
  const [x, at] = !symmetric && first >= n1 ? [source.x2, first - n1] : [source.x1, first];
  const values = x.subarray(at * size, (at + count) * size);
  assertRepresentable(values, job.dtype);
  return buffers.upload(values, GPUBufferUsage.STORAGE);
}
