/**
 * A job with positions under way: its plan, its compiled shaders and the arena that values of pairs are kept in.
 *
 * In: a job and the device. Out: a `Session`, which all passes over rows and pairs share, and `uploadGiven`, which puts the
 * covariances of a kernel that the network continues where a plan expects those of the inputs.
 */
import { allocate, bytesOf, countOf, type Values } from "../../../array/dtype.ts";
import { rowCount } from "../../../pairs.ts";
import type { Given, Job } from "../../../program/job.ts";
import { breather } from "../../../pause.ts";
import { sizeOf } from "../../../program/nodes.ts";
import { entriesOf } from "../../../program/program.ts";
import { inTurns } from "../../../steps.ts";
import { ARENA_BYTES, BLOCK_PAIRS } from "../budget.ts";
import type { Gpu } from "../device/device.ts";
import { DoesNotFitError, guarded } from "../device/errors.ts";
import type { Buffers, Submissions } from "../device/submissions.ts";
import { type ChainInstruction, type Instruction, type Plan, planOf, type Step } from "../plan/plan.ts";
import { type ChainKernel, compileChain, type Guess } from "./chain_kernel.ts";
import type { Arena, Context, Kernel } from "./dispatch.ts";
import {
  compileAxis,
  compileInputs,
  compileMap,
  compileMix,
  compileTotal,
  type MapKernel,
} from "./kernels.ts";
import type { RowState, Stage } from "./row_state.ts";

/**
 * A step's shaders: what a step of the plan has become, ready to be run over any block of pairs and over any rows with
 * themselves.
 */
export interface CompiledStep {
  readonly step: Step;
  readonly stages: readonly Stage[];
  /** False if only its variances are needed */
  readonly pairs: boolean;
  readonly weights: MapKernel | null;
  /** The chain that it begins with */
  readonly chain: { readonly instruction: ChainInstruction; readonly kernel: ChainKernel } | null;
  readonly kernels: readonly Kernel[];
}

/** The job under way: what all passes share. */
export interface Session {
  readonly gpu: Gpu;
  readonly job: Job;
  readonly plan: Plan;
  readonly steps: readonly CompiledStep[];
  readonly output: MapKernel;
  readonly arena: Arena;
  /** Pairs that the arena has room for */
  readonly capacity: number;
  /** Bytes of a value of a pair */
  readonly valueBytes: number;
  /** Bytes of the outputs of a pair */
  readonly outputBytes: number;
  readonly state: RowState;
  readonly guess: Guess;
  readonly submissions: Submissions;
}

/** Plans and compiles a job; everything that it makes on the device is in `buffers`. */
export async function openSession(
  submissions: Submissions,
  state: RowState,
  guess: Guess,
  buffers: Buffers,
): Promise<Session> {
  const { gpu } = submissions;
  const { program, source, dtype } = state.job;
  const type = { dtype, withNtk: "ntk" in program.output.map };
  const valueBytes = bytesOf[dtype] * (type.withNtk ? 2 : 1);
  // What a workgroup may share decides how long chains are; a tile has two halves.
  const slots = Math.floor(gpu.limits.workgroupBytes / valueBytes / 2);
  const breathe = breather(state.job);
  const plan = await inTurns(planOf(program, source.kind === "given", slots), breathe);
  const outputBytes = Object.keys(program.output.map).length * plan.output.entries * bytesOf[dtype];
  // Of all pairs at once the arena has the regions, and a buffer of its own the outputs: either has to fit
  const capacity = capacityOf(gpu, state.job, Math.max(plan.size * valueBytes, outputBytes));
  const arena = await guarded(gpu.device, () => makeArena(plan.size * capacity * valueBytes, buffers));
  const context = { device: gpu.device, type, depth: source.kind === "gram" ? source.depth : 0, breathe };
  const steps: CompiledStep[] = [];
  for (const step of plan.steps) {
    steps.push(await compileStep(step, context, buffers));
    await breathe();
  }
  const output = await compileMap(plan.output, context);
  const memory = { arena, capacity, valueBytes, outputBytes };
  return { gpu, job: state.job, plan, steps, output, ...memory, state, guess, submissions };
}

/** The values of the pairs under way, with something to bind where a shader reads or writes nothing. */
function makeArena(bytes: number, buffers: Buffers): Arena {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  return {
    values: buffers.create(bytes, STORAGE | COPY_SRC | COPY_DST),
    unread: buffers.create(16, STORAGE),
    unwritten: buffers.create(16, STORAGE),
  };
}

/** How many pairs of so many bytes are computed at once: a buffer of all of them has to fit, and to be worth it. */
function capacityOf({ limits }: Gpu, job: Job, bytes: number): number {
  const room = Math.min(limits.bindingBytes, limits.bufferBytes);
  if (bytes > room) throw new DoesNotFitError("a pair of inputs", bytes, room);
  const affordable = Math.max(1, Math.floor(Math.min(room, ARENA_BYTES) / bytes));
  // Every input with itself is a pair too.
  return Math.min(affordable, BLOCK_PAIRS, Math.max(job.n1 * job.n2, rowCount(job)));
}

/** A step with its shaders. A chain comes first in a step: its kernel also computes variances (run/diagonal_pass.ts). */
async function compileStep(step: Step, context: Context, buffers: Buffers): Promise<CompiledStep> {
  const [first] = step.instructions;
  const chain = first?.kind === "chain"
    ? { instruction: first, kernel: await compileChain(first, context) }
    : null;
  const kernels = chain ? [chain.kernel.run] : [];
  for (const instruction of step.instructions.slice(kernels.length)) {
    kernels.push(await compileInstruction(instruction, context, buffers));
  }
  return {
    step,
    stages: step.nodes.map(({ program, map }) => ({ program, positions: sizeOf(map) })),
    pairs: step.nodes.every(({ pairs }) => pairs),
    weights: step.weights && await compileMap(step.weights, context),
    chain,
    kernels,
  };
}

function compileInstruction(instruction: Instruction, context: Context, buffers: Buffers): Promise<Kernel> {
  switch (instruction.kind) {
    case "inputs":
      return compileInputs(instruction.positions, instruction.sink, context);
    case "map":
      return compileMap(instruction, context);
    case "axis":
      return compileAxis(instruction, context, buffers);
    case "mix":
      return compileMix(instruction, context);
    case "total":
      return compileTotal(instruction.source, instruction.sink, context);
    case "chain":
      return compileChain(instruction, context).then(({ run }) => run);
  }
}

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

/**
 * The covariances of some pairs as the arena has them, by offset (shaders/pairs.wgsl), with their NTKs beside them. Of two
 * positions the covariances k₀₀ k₀₁ k₁₀ k₁₁, row by row, become k₀₀ k₁₁ k₀₁ k₁₀; of a diagonal k₀₀ k₁₁ they stay as they are.
 */
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
