/** Encodes the computation of one block. */
import type { Given, Job } from "../../../program/job.ts";
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import { SLAB, TILE } from "../budget.ts";
import type { Block } from "../vectors/blocks.ts";
import type { Buffers } from "./buffers.ts";
import { blockStruct } from "../wgsl/parameters.ts";
import type { Rows } from "../vectors/rows.ts";

/** What all blocks of a job share. */
export interface Kernel {
  readonly job: Job;
  readonly pipeline: GPUComputePipeline;
  readonly rows: Rows;
  readonly outputs: number;
}

/** Adds to `encoder` the dispatch of a block and the copy of its outputs into `staging` at byte `offset`. */
export function dispatch(
  { job, pipeline, rows, outputs }: Kernel,
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
function parameters({ source, symmetric }: Job, { rows, cols, row, col }: Block): Uint32Array {
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
  { n2, dtype }: Job,
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
