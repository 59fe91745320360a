/** Rows of inputs on the device, with what the steps read of them. */
import { allocate, countOf, type Values } from "../../../../array/dtype.ts";
import type { Program } from "../../../../program/program.ts";
import { isMixing } from "../../../../program/nodes.ts";
import type { SpatialJob } from "../../../../program/job.ts";
import { Buffers } from "../../device/buffers.ts";
import { DoesNotFitError, guarded } from "../../device/errors.ts";
import { assertRepresentable } from "../../vectors/features.ts";
import { joined, type Packed } from "./features.ts";
import type { Operands } from "./kernel.ts";
import type { Stage, Strip } from "../plan/row_state.ts";
import type { CompiledStep, Session } from "./session.ts";

/** A strip of rows. */
export class Side {
  readonly inputs: GPUBuffer | null;
  /** For every step and, last, for the output */
  readonly operands: Operands[] = [];
  #bytes = 0;

  private constructor(readonly session: Session, readonly strip: Strip, readonly buffers: Buffers) {
    const inputs = inputsOf(session.job, strip);
    this.inputs = inputs && this.#upload(inputs);
  }

  /** The rows, with their inputs. */
  static open(session: Session, strip: Strip): Promise<Side> {
    const { device } = session.gpu;
    return guarded(device, () => new Side(session, strip, new Buffers(device)));
  }

  /** The rows with all operands; their variances have to be known. */
  static async of(session: Session, strip: Strip): Promise<Side> {
    const side = await Side.open(session, strip);
    try {
      for (const step of session.steps) {
        side.operands.push(await side.stepOperands(step, await side.pack(step.pairs ? step.stages : [])));
        await session.submissions.rest();
      }
      side.operands.push(await side.make(await side.pack([session.plan.output])));
      return side;
    } catch (error) {
      side.destroy();
      throw error;
    }
  }

  /** Bytes on the device. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The features of stages. */
  async pack(stages: readonly Stage[]): Promise<Map<Program, Packed>> {
    const all = new Map<Program, Packed>();
    for (const stage of stages) {
      all.set(stage.program, (await this.session.known.features(stage, this.strip)).packed);
    }
    return all;
  }

  /** What a step reads. */
  stepOperands({ step }: CompiledStep, packed: ReadonlyMap<Program, Packed>): Promise<Operands> {
    const mixing = step.nodes.find(({ map }) => isMixing(map));
    return this.make(packed, mixing?.id);
  }

  /** These features, and the matrices of node `mixing`, on the device. */
  make(packed: ReadonlyMap<Program, Packed>, mixing?: number): Promise<Operands> {
    const { gpu: { device }, job: { dtype }, known } = this.session;
    const { values, places } = joined(packed, dtype);
    return guarded(device, () => ({
      inputs: this.inputs,
      features: { buffer: this.#upload(values), places },
      matrices: mixing === undefined ? null : this.#upload(known.matrices(mixing, this.strip)),
    }));
  }

  #upload(values: Values): GPUBuffer {
    const { bindingBytes, bufferBytes } = this.session.gpu.limits;
    const room = Math.min(bindingBytes, bufferBytes);
    if (values.byteLength > room) {
      throw new DoesNotFitError("what a step reads of an input", values.byteLength, room);
    }
    this.#bytes += values.byteLength;
    return this.buffers.upload(values, GPUBufferUsage.STORAGE);
  }

  /** Frees everything. */
  destroy(): void {
    this.buffers.destroy();
  }
}

/** The inputs of some rows, or null if the job continues a kernel. */
function inputsOf({ source, program, n1, dtype }: SpatialJob, { first, count }: Strip): Values | null {
  if (source.kind === "given") return null;
  const size = countOf(program.inputPositions) * source.depth;
  const values = allocate(count * size, dtype);
  const end = first + count;
  values.set(source.x1.subarray(first * size, Math.min(end, n1) * size));
  const second = source.x2.subarray(Math.max(first - n1, 0) * size, Math.max(end - n1, 0) * size);
  values.set(second, values.length - second.length);
  assertRepresentable(values, dtype);
  return values;
}
