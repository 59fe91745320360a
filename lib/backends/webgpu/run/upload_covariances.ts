/**
 * Covariances of a kernel that the network continues, put into the arena as its shaders read them: by offset (shaders/pairs.wgsl).
 * Of two positions the covariances k₀₀ k₀₁ k₁₀ k₁₁, row by row, become k₀₀ k₁₁ k₀₁ k₁₀.
 */
import { allocate, countOf, type Values } from "../../../array/dtype.ts";
import type { Given, Job } from "../../../program/job.ts";
import { entriesOf } from "../../../program/program.ts";
import type { Session } from "./session.ts";

/** Puts given matrices, by their place among all of them, into the arena's region for the input; `done` pairs are done before. */
export async function uploadGiven(
  { job, plan, arena, capacity, valueBytes, submissions }: Session,
  { layout }: Given,
  matrices: readonly [cov: Values, ntk: Values | null],
  indices: readonly number[],
  done: number,
): Promise<void> {
  const values = givenValues(job, layout, matrices, indices);
  await submissions.add({
    operations: values.length,
    done,
    encode: (encoder, scratch) => {
      const from = scratch.upload(values, GPUBufferUsage.COPY_SRC);
      const to = plan.input!.start * capacity * valueBytes;
      encoder.copyBufferToBuffer(from, 0, arena.values, to, values.byteLength);
    },
  });
}

function givenValues(
  { program, dtype }: Job,
  layout: Given["layout"],
  [cov, ntk]: readonly [Values, Values | null],
  indices: readonly number[],
): Values {
  const positions = countOf(program.inputPositions);
  const given = entriesOf(positions, layout);
  const entries = entriesOf(positions, program.inputLayout);
  const width = "ntk" in program.output.map ? 2 : 1;
  const out = allocate(indices.length * entries * width, dtype);
  indices.forEach((index, k) => {
    for (let entry = 0; entry < entries; entry++) {
      // The place in the arena is offset · positions + p.
      const p = entry % positions;
      const q = (p + Math.floor(entry / positions)) % positions;
      const from = index * given + (layout === "full" ? p * positions + q : p);
      const to = (k * entries + entry) * width;
      out[to] = cov[from];
      if (width === 2) out[to + 1] = ntk ? ntk[from] : 0;
    }
  });
  return out;
}
