/** All pairs of inputs, block by block; only their outputs are kept. */
import type { SpatialResult } from "../../spatial_job.ts";
import { Buffers } from "../buffers.ts";
import { guarded } from "../errors.ts";
import { run } from "./executor.ts";
import { uploadGiven } from "./given.ts";
import type { PairBlock } from "./kernel.ts";
import { Outputs } from "./outputs.ts";
import { type PairRange, pairRanges } from "./pair_blocks.ts";
import { Results } from "./results.ts";
import type { Session } from "./session.ts";
import { type Side, SideCache } from "./side_cache.ts";
import type { Variances } from "./sides.ts";

/** Room for the features of rows. */
const FEATURE_BYTES = 2 ** 29;

/** The outputs of all pairs. */
export async function pairPass(session: Session, variances: Variances): Promise<SpatialResult["matrices"]> {
  const { job, capacity, gpu: { device, limits }, plan } = session;
  const results = new Results(job, plan.output.entries);
  const cache = new SideCache(session, variances);
  const buffers = new Buffers(device);
  // The two sides of a block are there at once, and others that are still needed.
  const bytes = Math.min(limits.bindingBytes, limits.bufferBytes, FEATURE_BYTES / 4);
  let done = 0;
  try {
    const outputs = await Outputs.open(session, results, buffers);
    for (const range of pairRanges(job, capacity, Math.max(1, Math.floor(bytes / variances.rowBytes)))) {
      const first = await cache.side(range.rows, FEATURE_BYTES);
      const second = await cache.side(range.cols, FEATURE_BYTES);
      await computeRange(session, range, [first, second], outputs, done);
      done += range.pairs.length;
    }
    await outputs.read();
    await session.submissions.pause(done);
  } finally {
    buffers.destroy();
    cache.destroy();
  }
  return results.matrices;
}

async function computeRange(
  session: Session,
  range: PairRange,
  [first, second]: readonly [Side, Side],
  outputs: Outputs,
  done: number,
): Promise<void> {
  const { gpu: { device }, steps, arena, submissions, output } = session;
  const own = new Buffers(device);
  try {
    const { block, packed } = await guarded(device, () => ({
      block: blockOf(session, range, [first, second], own),
      packed: own.create(
        range.pairs.length * outputs.bytesPerPair,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
      ),
    }));
    await uploadRange(session, range, done);
    for (const [k, { selfOnly, dispatches }] of steps.entries()) {
      if (selfOnly) continue;
      const features = [first.features[k], second.features[k]] as const;
      for (const dispatch of dispatches) {
        await run(dispatch(block, features), block, features, arena, submissions, done);
      }
    }
    const features = [first.features[steps.length], second.features[steps.length]] as const;
    await run(output(block, features, packed), block, features, arena, submissions, done);
    await outputs.add(range, packed, done + range.pairs.length);
  } finally {
    submissions.retire(own);
  }
}

function blockOf(
  { job: { symmetric, n1 }, capacity }: Session,
  { pairs, rows, cols }: PairRange,
  [first, second]: readonly [Side, Side],
  buffers: Buffers,
): PairBlock {
  const firstCol = cols.first - (symmetric ? 0 : n1);
  const local = Uint32Array.from(pairs.flatMap(([i, j]) => [i - rows.first, j - firstCol]));
  return {
    count: pairs.length,
    pairs: buffers.upload(local, GPUBufferUsage.STORAGE),
    capacity,
    inputs: first.inputs && second.inputs && [first.inputs, second.inputs],
  };
}

/** What the pairs continue, if they do. */
async function uploadRange(session: Session, { pairs }: PairRange, done: number): Promise<void> {
  const { source, n2 } = session.job;
  if (source.kind === "gram") return;
  const indices = pairs.map(([i, j]) => i * n2 + j);
  await uploadGiven(session, source, [source.cov, source.ntk], indices, done);
}
