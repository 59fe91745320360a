/**
 * Runs the steps of feature maps (steps.ts) on a GPU, pass by pass (passes.ts) for a batch of images at once. In: a program and images.
 * Out: the features of both kernels; errors as those of kernels where the device is lost or has too little memory.
 *
 * One array on the device has all values of the images of a batch, where layout.ts says. A batch is uploaded to the place of the input,
 * the passes run, and both features are copied from their places into the staging buffer, which is read when it is full.
 */
import { allocate, bytesOf, type DType, type Values } from "../../../array/dtype.ts";
import type { NdArray } from "../../../array/mod.ts";
import { ARENA_BYTES, STAGING_BYTES, SUBMISSIONS_PER_BLOCK } from "../../../backends/webgpu/budget.ts";
import type { Gpu } from "../../../backends/webgpu/device/device.ts";
import { DoesNotFitError, guarded } from "../../../backends/webgpu/device/errors.ts";
import { inSmallerBuffers } from "../../../backends/webgpu/device/memory.ts";
import { encodeDispatch, pipelineOf } from "../../../backends/webgpu/device/pipeline.ts";
import { assertRepresentable } from "../../../backends/webgpu/device/representable.ts";
import { Buffers, Readback, Submissions } from "../../../backends/webgpu/device/submissions.ts";
import { addParts, type Part } from "../../../backends/webgpu/run/parts.ts";
import { pacer, type Watch } from "../../../pause.ts";
import type { FeatureProgram, Value } from "../steps.ts";
import { type DeviceMap, deviceMap, type Pass } from "./passes.ts";
import { workStruct } from "./structs.ts";

/** Whether there are shaders for all steps: nonlinearities have to be expressions. */
export const hasShaders = ({ steps }: FeatureProgram): boolean =>
  steps.every((step) => step.kind !== "nonlinearity" || step.forward.exprs !== null);

/** What is computed, and who watches. */
interface Job extends Watch {
  readonly program: FeatureProgram;
  readonly x: NdArray;
  readonly dtype: DType;
}

/** The features of all images. */
interface Features {
  readonly nngp: Values;
  readonly ntk: Values;
}

const NAMES = ["nngp", "ntk"] as const;

/** The features of all images. */
export const runOnGpu = (gpu: Gpu, job: Job): Promise<Features> =>
  inSmallerBuffers(gpu, job, attempt, () => Promise.resolve("reference"));

/** One try with the memory that `gpu` may use; it leaves nothing on the device. */
async function attempt(gpu: Gpu, job: Job): Promise<Features> {
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, job.x.shape[0]));
  try {
    return await allBatches(await openSession(job, submissions, buffers));
  } finally {
    submissions.close();
    buffers.destroy();
  }
}

/** A try under way. */
interface Session {
  readonly job: Job;
  readonly map: DeviceMap;
  readonly pipelines: readonly GPUComputePipeline[];
  /** Terms, words, reals, values, as shaders/features/head.wgsl binds them */
  readonly bound: readonly GPUBuffer[];
  /** The last of these */
  readonly values: GPUBuffer;
  /** Images that there is room for */
  readonly capacity: number;
  readonly submissions: Submissions;
}

const bindings = { reads: 3, writes: 1 };

/** Compiles a map; everything that is made on the device is in `buffers`. */
async function openSession(job: Job, submissions: Submissions, buffers: Buffers): Promise<Session> {
  const { gpu, gpu: { device } } = submissions;
  const map = deviceMap(job.program, job.dtype, gpu.limits);
  const pipelines: GPUComputePipeline[] = [];
  for (const { text } of map.passes) {
    pipelines.push(await pipelineOf(device, text, bindings));
    job.signal?.throwIfAborted();
  }
  const capacity = capacityOf(map, job, gpu);
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  return await guarded(device, () => {
    const { terms, words, reals } = map.tables;
    const tables = [terms, words, reals].map((table) => buffers.upload(table, STORAGE));
    const bytes = capacity * map.layout.size * bytesOf[job.dtype];
    const values = buffers.create(bytes, STORAGE | COPY_SRC | COPY_DST);
    return { job, map, pipelines, bound: [...tables, values], values, capacity, submissions };
  });
}

/** How many images are computed at once. */
function capacityOf({ layout, tables }: DeviceMap, { x, dtype }: Job, { limits }: Gpu): number {
  const room = Math.min(limits.bindingBytes, limits.bufferBytes);
  const ofTables = Math.max(...Object.values(tables).map(({ byteLength }) => byteLength));
  if (ofTables > room) throw new DoesNotFitError("what the steps of a map read", ofTables, room);
  const bytes = layout.size * bytesOf[dtype];
  if (bytes > room) throw new DoesNotFitError("what is known of an image", bytes, room);
  return Math.min(x.shape[0], Math.max(1, Math.floor(Math.min(room, ARENA_BYTES) / bytes)));
}

/** The features of all images, batch by batch. */
async function allBatches(session: Session): Promise<Features> {
  const { job: { program, x: { shape: [count] }, dtype }, submissions } = session;
  const widths = NAMES.map((name) => program[name].columns);
  const [nngp, ntk] = widths.map((width) => allocate(count * width, dtype));
  const bytes = (widths[0] + widths[1]) * bytesOf[dtype];
  const room = Math.min(STAGING_BYTES, submissions.gpu.limits.bufferBytes);
  const most = Math.max(session.capacity, Math.floor(room / bytes));
  const readback = await Readback.open(submissions, Math.min(count, most) * bytes);
  const waiting: Batch[] = [];
  const collect = async () => {
    await readback.read(dtype, (values) => unpack(waiting.splice(0), values, [nngp, ntk], widths));
  };
  try {
    for (let first = 0; first < count;) {
      const batch = { first, count: Math.min(affordable(session), count - first) };
      if (!readback.hasRoom(batch.count * bytes)) await collect();
      await addBatch(session, batch);
      for (const name of NAMES) {
        await readback.add(session.values, rangeOf(session, program[name], batch), first + batch.count);
      }
      waiting.push(batch);
      first += batch.count;
    }
    await collect();
    await submissions.pause(count);
  } finally {
    readback.close();
  }
  return { nngp, ntk };
}

/** Images that are computed at once. */
interface Batch {
  readonly first: number;
  readonly count: number;
}

/** How many images make a batch: as many as there is room for, but not so many that progress is rare. */
function affordable({ map, capacity, submissions: { gpu } }: Session): number {
  const operations = map.passes.reduce((sum, pass) => sum + pass.units * pass.operations, 0);
  return Math.min(capacity, Math.ceil(SUBMISSIONS_PER_BLOCK * gpu.pace.operations / operations));
}

/** Where a value of the images of a batch is in the buffer of all values. */
function rangeOf({ job: { dtype }, map, capacity }: Session, value: Value, { count }: Batch) {
  const { id, positions, columns } = value;
  const from = map.layout.places.get(id)! * capacity * bytesOf[dtype];
  return { from, bytes: count * positions * columns * bytesOf[dtype] };
}

/** Uploads the images of a batch and runs all passes over them. */
async function addBatch(session: Session, batch: Batch): Promise<void> {
  const { job: { program: { input }, x, dtype }, map, values, submissions } = session;
  const size = input.positions * input.columns;
  const images = allocate(batch.count * size, dtype);
  images.set(x.data.subarray(batch.first * size, (batch.first + batch.count) * size));
  assertRepresentable(images, dtype);
  const { from, bytes } = rangeOf(session, input, batch);
  await submissions.add({
    operations: images.length,
    done: batch.first,
    encode: (encoder, scratch) => {
      encoder.copyBufferToBuffer(scratch.upload(images, GPUBufferUsage.COPY_SRC), 0, values, from, bytes);
    },
  });
  for (const [k, pass] of map.passes.entries()) {
    await addParts(pass, batch.count, submissions, batch.first, (part, encoder, scratch) => {
      encodePart(session, pass, session.pipelines[k], part, encoder, scratch);
    });
  }
}

function encodePart(
  { capacity, bound }: Session,
  { work }: Pass,
  pipeline: GPUComputePipeline,
  { item, items, unit, units }: Part,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
): void {
  const words = workStruct.words({ ...work, capacity, first_image: item, first_unit: unit }, {});
  const uniforms = scratch.upload(Uint32Array.from(words), GPUBufferUsage.UNIFORM);
  encodeDispatch(scratch.device, encoder, pipeline, [uniforms, ...bound], [units, items]);
}

/** Copies the features of batches, those of the NNGP before those of the NTK of each, to their places among all. */
function unpack(
  batches: readonly Batch[],
  packed: Values,
  features: readonly Values[],
  widths: readonly number[],
): void {
  let at = 0;
  for (const { first, count } of batches) {
    features.forEach((values, k) => {
      values.set(packed.subarray(at, at += count * widths[k]), first * widths[k]);
    });
  }
}
