/** The rows of a job on the device: uploaded strip by strip when a block first needs them, shared by all its blocks. */
import { secondRow } from "../../../pairs.ts";
import type { Gram, Job } from "../../../program/job.ts";
import type { Values } from "../../../array/dtype.ts";
import type { Block } from "./blocks.ts";
import type { Buffers } from "../device/buffers.ts";
import { assertRepresentable, type FeatureLayout, packFeatures } from "./features.ts";

/** The four bindings of a block's rows and columns. */
export class Rows {
  readonly #strips = new Map<string, GPUBuffer>();

  constructor(readonly job: Job, readonly layout: FeatureLayout, readonly buffers: Buffers) {}

  /** The inputs of the block's rows and of its columns. */
  inputs({ x1, x2, depth }: Gram, { row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    return [
      this.#strip("inputs", row, rows, () => slice(x1, row, rows, depth)),
      this.#strip(this.job.symmetric ? "inputs" : "inputs2", col, cols, () => slice(x2, col, cols, depth)),
    ];
  }

  /** The features of the block's rows and of its columns. */
  features({ row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    const { features, dtype } = this.job;
    const strip = (start: number, count: number) =>
      this.#strip(
        "features",
        start,
        count,
        () => packFeatures(features, this.layout, start, count, dtype),
      );
    return [strip(row, rows), strip(secondRow(this.job, col), cols)];
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
