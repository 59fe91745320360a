/** A job on a device: its plan, its compiled shaders, its memory. */
import type { Program } from "../../../program.ts";
import { outSizeOf, sizeOf } from "../../../spatial/program.ts";
import type { SpatialJob } from "../../spatial_job.ts";
import { type Buffers, bytesOf } from "../buffers.ts";
import type { Gpu } from "../device.ts";
import { guarded } from "../errors.ts";
import type { Submissions } from "../submissions.ts";
import { compileAxis, compileTotal } from "./axis.ts";
import { type ChainKernel, compileChain } from "./chain_kernel.ts";
import { compileInputs, compileMap, type EntrywiseKernel } from "./entrywise.ts";
import type { Arena } from "./executor.ts";
import type { Context, Dispatch, Features, PairBlock } from "./kernel.ts";
import { type Plan, planOf, type Step } from "./plan.ts";

/** A stage whose features a step reads. */
export interface Stage {
  readonly program: Program;
  readonly positions: number;
}

/** A step's shaders. */
export interface CompiledStep {
  readonly step: Step;
  readonly stages: readonly Stage[];
  /** Only needed for the variances, not for pairs */
  readonly selfOnly: boolean;
  readonly chain: ChainKernel | null;
  readonly dispatches: readonly ((block: PairBlock, features: Features) => Dispatch)[];
}

/** The job under way. */
export interface Session {
  readonly gpu: Gpu;
  readonly job: SpatialJob;
  readonly plan: Plan;
  readonly steps: readonly CompiledStep[];
  readonly output: EntrywiseKernel;
  readonly outputStage: Stage;
  readonly arena: Arena;
  /** Pairs that the arena has room for */
  readonly capacity: number;
  /** Bytes of a value of a pair */
  readonly valueBytes: number;
  readonly buffers: Buffers;
  readonly submissions: Submissions;
}

/** The arena takes at most this much, enough pairs to fill a large device. */
const ARENA_BYTES = 2 ** 29;
/** More pairs at once make nothing faster, but their rows need memory. */
const MOST_PAIRS = 4096;

/** Plans and compiles a job; everything that it makes on the device is in `buffers`. */
export async function openSession(
  gpu: Gpu,
  job: SpatialJob,
  buffers: Buffers,
  submissions: Submissions,
): Promise<Session> {
  const { program, source, dtype } = job;
  const withNtk = "ntk" in program.output.map;
  const valueBytes = bytesOf[dtype] * (withNtk ? 2 : 1);
  const plan = planOf(
    program,
    source.kind === "given",
    Math.floor(gpu.limits.workgroupBytes / valueBytes / 2) - 1,
  );
  const capacity = capacityOf(gpu, job, plan, valueBytes);
  const { arena, context } = await guarded(gpu.device, () => ({
    arena: {
      values: buffers.create(
        plan.size * capacity * valueBytes,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      ),
      unread: buffers.create(16, GPUBufferUsage.STORAGE),
      unwritten: buffers.create(16, GPUBufferUsage.STORAGE),
    },
    context: {
      device: gpu.device,
      type: { dtype, withNtk },
      depth: source.kind === "gram" ? source.depth : 0,
    },
  }));
  const steps: CompiledStep[] = [];
  for (const step of plan.steps) steps.push(await compileStep(step, context, buffers));
  const output = await compileMap(plan.output, context);
  const outputStage = { program: plan.output.program, positions: plan.output.positions };
  return { gpu, job, plan, steps, output, outputStage, arena, capacity, valueBytes, buffers, submissions };
}

function capacityOf(
  { limits }: Gpu,
  { program, n1, n2, dtype }: SpatialJob,
  plan: Plan,
  valueBytes: number,
): number {
  const most = Math.min(limits.bindingBytes, limits.bufferBytes, ARENA_BYTES);
  const outputBytes = Object.keys(program.output.map).length * plan.output.entries * bytesOf[dtype];
  const bytes = Math.max(plan.size * valueBytes, outputBytes);
  if (bytes > most) {
    throw new RangeError(
      `Cannot compute a kernel on webgpu as a pair of inputs must fit in a buffer of ${most} bytes: ` +
        `current value is ${bytes} bytes, use { backend: "reference" }`,
    );
  }
  return Math.min(Math.floor(most / bytes), MOST_PAIRS, Math.max(n1 * n2, n1, n2));
}

async function compileStep(step: Step, context: Context, buffers: Buffers): Promise<CompiledStep> {
  let chain: ChainKernel | null = null;
  const dispatches: CompiledStep["dispatches"][number][] = [];
  for (const instruction of step.instructions) {
    switch (instruction.kind) {
      case "inputs":
        dispatches.push(await compileInputs(instruction.positions, instruction.sink, context));
        break;
      case "chain": {
        const kernel = await compileChain(instruction, context);
        dispatches.push((block, features) => kernel.run(block, features));
        chain = kernel;
        break;
      }
      case "map": {
        const kernel = await compileMap(instruction, context);
        dispatches.push((block, features) => kernel(block, features, null));
        break;
      }
      case "axis":
        dispatches.push(await compileAxis(instruction, context, buffers));
        break;
      case "total":
        dispatches.push(await compileTotal(instruction.source, instruction.sink, context));
    }
  }
  const stages = step.nodes.map(({ program, map }) => ({ program, positions: sizeOf(map) }));
  return { step, stages, selfOnly: step.nodes.some(({ pairs }) => !pairs), chain, dispatches };
}

/** The stages of every step and, last, of the output. */
export const stagesOf = ({ steps, outputStage }: Session): (readonly Stage[])[] => [
  ...steps.map(({ selfOnly, stages }) => selfOnly ? [] : stages),
  [outputStage],
];

/** Number of positions after a step. */
export function positionsAfter({ step: { nodes } }: CompiledStep, inputs: number): number {
  return nodes.length === 0 ? inputs : outSizeOf(nodes[nodes.length - 1].map);
}
