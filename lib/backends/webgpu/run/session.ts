/**
 * A job with positions on a device: its plan (plan/plan.ts), a compiled shader for each instruction, and its memory, the *arena*.
 *
 * The passes run the steps of a session over pairs: of rows with themselves (run/diagonal_pass.ts), then of all others
 * (run/pair_pass.ts).
 */
import { bytesOf } from "../../../array/dtype.ts";
import { rowCount } from "../../../pairs.ts";
import type { Job } from "../../../program/job.ts";
import { sizeOf } from "../../../program/nodes.ts";
import { ARENA_BYTES, BLOCK_PAIRS } from "../budget.ts";
import type { Buffers } from "../device/buffers.ts";
import type { Gpu } from "../device/device.ts";
import { DoesNotFitError, guarded } from "../device/errors.ts";
import type { Submissions } from "../device/submissions.ts";
import type { ChainInstruction, Instruction, Plan, Step } from "../plan/instructions.ts";
import { planOf } from "../plan/plan.ts";
import { type ChainKernel, compileChain } from "./chain_kernel.ts";
import type { Arena, Context, Kernel } from "./dispatch.ts";
import { compileInputs, compileMap, type MapKernel } from "./entrywise.ts";
import type { Guess } from "./host_variances.ts";
import { compileAxis, compileMix, compileTotal } from "./linear.ts";
import type { RowState, Stage } from "./row_state.ts";

/** A step's shaders. */
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
  // A tile has two halves.
  const slots = Math.floor(gpu.limits.workgroupBytes / valueBytes / 2);
  const plan = planOf(program, source.kind === "given", slots);
  await submissions.rest();
  const outputBytes = Object.keys(program.output.map).length * plan.output.entries * bytesOf[dtype];
  const capacity = capacityOf(gpu, state.job, Math.max(plan.size * valueBytes, outputBytes));
  const arena = await guarded(gpu.device, () => makeArena(plan.size * capacity * valueBytes, buffers));
  const context = { device: gpu.device, type, depth: source.kind === "gram" ? source.depth : 0 };
  const steps: CompiledStep[] = [];
  for (const step of plan.steps) {
    steps.push(await compileStep(step, context, buffers));
    // Hundreds of layers take a tenth of a second to plan, and their text as long to write.
    await submissions.rest();
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
