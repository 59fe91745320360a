/**
 * Rows with positions on the device: their inputs, and for every step what it reads of them (features, matrices).
 *
 * In: what is known of the rows (run/row_state.ts). Out: the operands of dispatches (run/dispatch.ts). Strips of rows are kept
 * while there is room, since every block of pairs reads two of them: three strips of either batch are packed and uploaded once
 * instead of three times.
 */
import { allocate, countOf, type DType, type Values } from "../../../array/dtype.ts";
import type { Job } from "../../../program/job.ts";
import { isMixing } from "../../../program/nodes.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import { ROWS_BUFFERS, ROWS_BYTES } from "../budget.ts";
import { Buffers } from "../device/submissions.ts";
import { DoesNotFitError, guarded } from "../device/errors.ts";
import { assertRepresentable } from "../device/representable.ts";
import type { FeatureBuffer, FeaturePlace, Operands } from "./dispatch.ts";
import type { Packed, Stage, Strip } from "./row_state.ts";
import type { CompiledStep, Session } from "./session.ts";

/**
 * A strip of rows, with one `Operands` for every step: the buffers that its dispatches bind for this side of pairs. All of it is
 * freed together; `bytes` tells `RowsCache` what that would free.
 */
export class DeviceRows {
  readonly inputs: GPUBuffer | null;
  /** For every step and, last, for the output */
  readonly operands: Operands[] = [];
  #bytes = 0;

  private constructor(readonly session: Session, readonly strip: Strip, readonly buffers: Buffers) {
    const inputs = inputsOf(session.job, strip);
    this.inputs = inputs && this.#upload(inputs);
  }

  /** The rows, with their inputs. */
  static open(session: Session, strip: Strip): Promise<DeviceRows> {
    return Buffers.open(session.gpu.device, (buffers) => new DeviceRows(session, strip, buffers));
  }

  /** The rows with all operands; their variances have to be known. */
  static async of(session: Session, strip: Strip): Promise<DeviceRows> {
    const rows = await DeviceRows.open(session, strip);
    try {
      for (const step of session.steps) {
        rows.operands.push(await rows.stepOperands(step, await rows.pack(step.pairs ? step.stages : [])));
        await session.submissions.rest();
      }
      rows.operands.push(await rows.make(await rows.pack([session.plan.output])));
      return rows;
    } catch (error) {
      rows.destroy();
      throw error;
    }
  }

  /** Bytes on the device. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The features of stages. */
  async pack(stages: readonly Stage[]): Promise<Map<Entrywise, Packed>> {
    const all = new Map<Entrywise, Packed>();
    for (const stage of stages) {
      all.set(stage.program, (await this.session.state.features(stage, this.strip)).packed);
    }
    return all;
  }

  /** What a step reads. */
  stepOperands({ step }: CompiledStep, packed: ReadonlyMap<Entrywise, Packed>): Promise<Operands> {
    const mixing = step.nodes.find(({ map }) => isMixing(map));
    return this.make(packed, mixing?.id);
  }

  /** These features, and the matrices of node `mixing`, on the device. */
  make(packed: ReadonlyMap<Entrywise, Packed>, mixing?: number): Promise<Operands> {
    const { gpu: { device }, job: { dtype }, state } = this.session;
    const { values, places } = joined(packed, dtype);
    return guarded(device, () => ({
      inputs: this.inputs,
      features: { buffer: this.#upload(values), places },
      matrices: mixing === undefined ? null : this.#upload(state.matrices(mixing, this.strip)),
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
function inputsOf({ source, program, n1, dtype }: Job, { first, count }: Strip): Values | null {
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

/** The features of several programs in one buffer, one after the other, and where each of them starts. */
function joined(
  packed: ReadonlyMap<Entrywise, Packed>,
  dtype: DType,
): { values: Values; places: FeatureBuffer["places"] } {
  const places = new Map<Entrywise, FeaturePlace>();
  let start = 0;
  for (const [program, { values, stride, tables }] of packed) {
    places.set(program, { start, stride, tables });
    start += values.length;
  }
  const values = allocate(start, dtype);
  for (const [program, part] of packed) values.set(part.values, places.get(program)!.start);
  return { values, places };
}

/** The strips of a job: those that were used last stay on the device, as long as they fit in `ROWS_BYTES`. */
export class RowsCache {
  /** In the order of their last use, by their first row */
  readonly #strips = new Map<number, DeviceRows>();

  constructor(readonly session: Session) {}

  /** Adds a strip, or makes it the last used. */
  put(rows: DeviceRows): void {
    this.#strips.delete(rows.strip.first);
    this.#strips.set(rows.strip.first, rows);
    this.#makeRoom();
  }

  /** The strip, made anew if there was no room for it. */
  async get(strip: Strip): Promise<DeviceRows> {
    const rows = this.#strips.get(strip.first) ?? await DeviceRows.of(this.session, strip);
    this.put(rows);
    return rows;
  }

  /** Frees everything. */
  destroy(): void {
    for (const rows of this.#strips.values()) rows.destroy();
    this.#strips.clear();
  }

  /** Gives up the strips that were not used for longest, but never the last two: a block of pairs has two of them. */
  #makeRoom(): void {
    const most = Math.min(ROWS_BYTES, ROWS_BUFFERS * this.session.gpu.limits.bufferBytes);
    let sum = this.#strips.values().reduce((total, { bytes }) => total + bytes, 0);
    for (const rows of [...this.#strips.values()].slice(0, -2)) {
      if (sum <= most) return;
      this.#strips.delete(rows.strip.first);
      this.session.submissions.retire(rows.buffers);
      sum -= rows.bytes;
    }
  }
}
