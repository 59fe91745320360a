/**
 * One block of pairs of vectors on the device: what its shader binds, and the commands that compute it.
 *
 * In: a block (plan/blocks.ts) and the compiled shader of the job (wgsl/block_text.ts). Out: commands, which end with the copy of
 * the block's results to where the host reads them. Bindings, as shaders/block.wgsl has them: the uniforms, inputs of the rows and
 * of the columns (or cov and ntk), features of the rows and of the columns, results.
 */
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import { secondRow } from "../../../pairs.ts";
import type { Given, Gram, VectorJob } from "../../../program/job.ts";
import { SLAB, TILE } from "../budget.ts";
import type { Buffers } from "../device/buffers.ts";
import { assertRepresentable } from "../device/representable.ts";
import type { Block } from "../plan/blocks.ts";
import { type FeatureLayout, packFeatures } from "../plan/features.ts";
import { blockStruct } from "../wgsl/parameters.ts";

/** What all blocks of a job share. */
export interface BlockKernel {
  readonly job: VectorJob;
  readonly pipeline: GPUComputePipeline;
  readonly rows: VectorRows;
  readonly outputs: number;
}

/** Adds to `encoder` the dispatch of a block and the copy of its outputs into `staging` at byte `offset`. */
export function encodeBlock(
  { job, pipeline, rows, outputs }: BlockKernel,
  block: Block,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
  staging: GPUBuffer,
  offset: number,
): void {
  const bytes = block.rows * block.cols * outputs * bytesOf[job.dtype];
  const result = scratch.create(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  const { source } = job;
  const buffers = [
    scratch.upload(parameters(job, block), GPUBufferUsage.UNIFORM),
    ...source.kind === "gram" ? rows.inputs(source, block) : covariances(source, block, job, scratch),
    ...rows.features(block),
    result,
  ];
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    scratch.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
  );
  pass.dispatchWorkgroups(Math.ceil(block.cols / TILE), Math.ceil(block.rows / TILE));
  pass.end();
  encoder.copyBufferToBuffer(result, 0, staging, offset, bytes);
}

/** What the shader is told. */
function parameters({ source, symmetric }: VectorJob, { rows, cols, row, col }: Block): Uint32Array {
  const depth = source.kind === "gram" ? source.depth : 0;
  // √depth products a partial sum and √depth partial sums: the error of both grows alike.
  const slabsPerSum = Math.max(1, Math.round(Math.sqrt(depth) / SLAB));
  const triangle = symmetric ? 1 : 0;
  return Uint32Array.from(
    blockStruct.words({ rows, cols, row, col, depth, slabs_per_sum: slabsPerSum, triangle }, {}),
  );
}

/** The block of cov and of ntk (zeros where there is none). */
function covariances(
  { cov, ntk }: Given,
  block: Block,
  { n2, dtype }: VectorJob,
  scratch: Buffers,
): [GPUBuffer, GPUBuffer] {
  const packed = (matrix: Values | null) => {
    const values = allocate(block.rows * block.cols, dtype);
    for (let i = 0; matrix && i < block.rows; i++) {
      const start = (block.row + i) * n2 + block.col;
      values.set(matrix.subarray(start, start + block.cols), i * block.cols);
    }
    return scratch.upload(values, GPUBufferUsage.STORAGE);
  };
  return [packed(cov), packed(ntk)];
}

/**
 * The rows of a job on the device: uploaded strip by strip when a block first needs them, shared by all its blocks. Of 4000 × 4000
 * pairs in 9 blocks every row is uploaded once instead of three times.
 */
export class VectorRows {
  readonly #strips = new Map<string, GPUBuffer>();

  constructor(readonly job: VectorJob, readonly layout: FeatureLayout, readonly buffers: Buffers) {}

  /** The inputs of the block's rows and of its columns. */
  inputs({ x1, x2, depth }: Gram, { row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    return [
      this.#strip("inputs", row, rows, () => slice(x1, row, rows, depth)),
      this.#strip(this.job.symmetric ? "inputs" : "inputs2", col, cols, () => slice(x2, col, cols, depth)),
    ];
  }

  /** The features of the block's rows and of its columns. */
  features({ row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    return [this.#features(row, rows), this.#features(secondRow(this.job, col), cols)];
  }

  #features(first: number, count: number): GPUBuffer {
    const { features, dtype } = this.job;
    const options = { first, count, positions: 1, by: "columns", dtype } as const;
    return this.#strip("features", first, count, () => packFeatures(features, this.layout, options));
  }

  #strip(kind: string, start: number, count: number, values: () => Values): GPUBuffer {
    const key = `${kind} ${start} ${count}`;
    const known = this.#strips.get(key);
    if (known) return known;
    const made = this.buffers.upload(values(), GPUBufferUsage.STORAGE);
    this.#strips.set(key, made);
    return made;
  }
}

function slice(x: Values, start: number, count: number, depth: number): Values {
  const rows = x.subarray(start * depth, (start + count) * depth);
  if (rows instanceof Float32Array) assertRepresentable(rows, "float32");
  return rows;
}
