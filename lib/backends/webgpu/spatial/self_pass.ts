/**
 * Every input with itself, a block of rows at a time: the variances of all nodes, which the features of the maps after them
 * need, and the outputs.
 *
 * Within a chain only the diagonal is followed, node by node, by the shader that computes the chain; at its end, if positions
 * are pooled there, all of it.
 */
import { allocate } from "../../../array/dtype.ts";
import type { Program } from "../../../program.ts";
import type { Values } from "../../backend.ts";
import { Buffers, bytesOf } from "../buffers.ts";
import { guarded } from "../errors.ts";
import type { ChainKernel } from "./chain_kernel.ts";
import { run } from "./executor.ts";
import { type FeatureBuffer, type Packed, uploadFeatures } from "./features.ts";
import { uploadGiven } from "./given.ts";
import type { Dispatch, Features, PairBlock } from "./kernel.ts";
import { readback } from "./outputs.ts";
import type { ChainInstruction } from "./plan.ts";
import type { Region } from "./regions.ts";
import { type CompiledStep, positionsAfter, type Session } from "./session.ts";
import { type Strip, uploadInputs, type Variances } from "./sides.ts";

/** Rows at once: each step waits for the device, which has to be worth it, and for the host, which has to stay answerable. */
const MOST_ROWS = 64;

/** Fills in the variances of all rows and returns the output `nngp` of every row with itself. */
export async function selfPass(session: Session, variances: Variances): Promise<Values> {
  const { job: { n1, n2, symmetric, dtype }, plan, capacity } = session;
  const rows = symmetric ? n1 : n1 + n2;
  const own = allocate(rows * plan.output.entries, dtype);
  for (let first = 0; first < rows;) {
    const end = first < n1 ? n1 : rows;
    const strip = { first, count: Math.min(MOST_ROWS, capacity, end - first) };
    const buffers = new Buffers(session.gpu.device);
    try {
      own.set(await new SelfBlock(session, variances, strip, buffers).compute(), first * plan.output.entries);
    } finally {
      buffers.destroy();
    }
    first += strip.count;
  }
  return own;
}

class SelfBlock {
  readonly #block: PairBlock;

  constructor(
    readonly session: Session,
    readonly variances: Variances,
    readonly strip: Strip,
    readonly buffers: Buffers,
  ) {
    const { job, capacity } = session;
    const rows = Uint32Array.from({ length: 2 * strip.count }, (_, k) => Math.floor(k / 2));
    const inputs = uploadInputs(job, strip, buffers);
    const pairs = buffers.upload(rows, GPUBufferUsage.STORAGE);
    this.#block = { count: strip.count, pairs, capacity, inputs: inputs && [inputs, inputs] };
  }

  /** The outputs of the rows. */
  async compute(): Promise<Values> {
    const { steps, job } = this.session;
    if (job.source.kind === "given") {
      const rows = Array.from({ length: this.strip.count }, (_, k) => this.strip.first + k);
      await uploadGiven(this.session, job.source, [job.source.own, null], rows, 0);
    }
    for (const step of steps) await this.#step(step);
    return await this.#output();
  }

  async #step(compiled: CompiledStep): Promise<void> {
    const { step, stages, chain, dispatches } = compiled;
    const packed = new Map<Program, Packed>();
    const instruction = step.instructions.find(({ kind }) => kind === "chain") as
      | ChainInstruction
      | undefined;
    if (chain) await this.#chain(chain, instruction!, packed);
    else for (const stage of stages) packed.set(stage.program, this.variances.features(stage, this.strip));
    const features = this.#features(packed);
    for (const dispatch of dispatches) await this.#run(dispatch(this.#block, features), features);
    const known = instruction?.chain.end.kind === "shift";
    if (known) return;
    const id = step.nodes.at(-1)?.id ?? 0;
    const positions = positionsAfter(compiled, product(this.session.job.program.inputPositions));
    this.variances.set(id, this.strip, await this.#diagonal(step.result, positions));
  }

  /** The variances of a chain's nodes, and the features of all of them. */
  async #chain(
    kernel: ChainKernel,
    { chain, fromInputs, sources }: ChainInstruction,
    packed: Map<Program, Packed>,
  ): Promise<void> {
    const { geometries, nodes, shifts } = chain;
    let [into, other] = this.session.plan.variances;
    let from = sources;
    const keep = async (
      id: number,
      sizes: readonly number[],
      dispatch: (sink: Region) => Dispatch,
      features: Features | null,
    ) => {
      const sink = { start: into.start, size: product(sizes) };
      await this.#run(dispatch(sink), features);
      this.variances.set(id, this.strip, await this.#diagonal(sink, sink.size));
      [from, into, other] = [[sink], other, into];
    };
    if (fromInputs) await keep(0, geometries[0].sizes, (sink) => kernel.inputs(this.#block, sink), null);
    for (const [k, { id, program }] of nodes.entries()) {
      const stage = { program, positions: product(geometries[k].sizes) };
      packed.set(program, this.variances.features(stage, this.strip));
      if (k === shifts.length) return;
      const features = this.#features(new Map([[program, packed.get(program)!]]));
      await keep(
        id,
        geometries[k + 1].sizes,
        (sink) => kernel.node(this.#block, features, k, from, sink),
        features,
      );
    }
  }

  #features(packed: ReadonlyMap<Program, Packed>): Features {
    const features: FeatureBuffer = uploadFeatures(packed, this.session.job.dtype, this.buffers);
    return [features, features];
  }

  async #run(dispatch: Dispatch, features: Features | null): Promise<void> {
    const { arena, submissions } = this.session;
    await run(dispatch, this.#block, features, arena, submissions, 0);
  }

  /** The first `count` values of every row in a region, without their NTK. */
  async #diagonal(region: Region, count: number): Promise<Values> {
    const { arena, capacity, valueBytes, job: { dtype } } = this.session;
    const bytes = count * valueBytes;
    const pieces = region.size === count ? 1 : this.strip.count;
    const values = await readback(
      this.session,
      this.strip.count * bytes,
      this.buffers,
      (encoder, staging) => {
        for (let piece = 0; piece < pieces; piece++) {
          const from = (region.start * capacity + piece * region.size) * valueBytes;
          const length = pieces === 1 ? this.strip.count * bytes : bytes;
          encoder.copyBufferToBuffer(arena.values, from, staging, piece * length, length);
        }
      },
    );
    const step = valueBytes / bytesOf[dtype];
    return step === 1 ? values : values.filter((_, k) => k % step === 0);
  }

  /** The output of each row. */
  async #output(): Promise<Values> {
    const { output, outputStage, plan, job: { dtype, program }, gpu: { device } } = this.session;
    const packed = new Map([[outputStage.program, this.variances.features(outputStage, this.strip)]]);
    const features = this.#features(packed);
    const bytes = this.strip.count * plan.output.entries * bytesOf[dtype];
    const all = bytes * Object.keys(program.output.map).length;
    const outputs = await guarded(
      device,
      () => this.buffers.create(all, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
    );
    await this.#run(output(this.#block, features, outputs), features);
    return await readback(this.session, bytes, this.buffers, (encoder, staging) => {
      encoder.copyBufferToBuffer(outputs, 0, staging, 0, bytes);
    });
  }
}

const product = (lengths: readonly number[]) => lengths.reduce((total, length) => total * length, 1);
