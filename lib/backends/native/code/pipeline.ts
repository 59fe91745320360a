/**
 * A software pipeline: a loop over points whose statements are cut into stages, of which each works on the point after the one
 * of the next stage.
 *
 * In: the statements of a piece (statements.ts). Out, for points.ts: the body of its loop. With √x in stage 0 and its use in
 * stage 1,
 *
 *     const vector t0_at0 = …x of point i…;
 *     const vector t1 = vsqrt(t0_at0);
 *     const vector t2 = t1_1 * …;          // of point i − 1
 *     …store t2 at point i − 1…
 *     t1_1 = t1;
 *
 * The operations of a layer wait for each other for some 150 cycles, and a processor has registers for less than two points on
 * the way. Stages of neighbouring points do not wait for each other, so that square roots and divisions of one point overlap
 * with the polynomials of another (`MOST_STAGES` in budget.ts has what it gains).
 */
import type { Expr } from "../../../expr/expr.ts";
import { LOAD_CYCLES, STAGE_CYCLES } from "../budget.ts";
import type { Statement } from "./statements.ts";

/** A statement and when it starts, in cycles after the first one of its point; its stage. */
interface Slot {
  readonly statement: Statement;
  readonly start: number;
  stage: number;
}

/** The text of a loop body; the loop is to run `stages − 1` more times than there are points. */
export interface Pipeline {
  readonly stages: number;
  /** Declarations before the loop */
  readonly carried: readonly string[];
  readonly body: readonly string[];
}

/** What the pipeline reads and writes. */
interface Ports {
  readonly mostStages: number;
  /** The text that loads a leaf at the point of a stage */
  readonly load: (leaf: Expr, stage: number) => string;
  /** The statement that stores a value at the point of a stage */
  readonly store: (output: string, name: string, stage: number) => string;
}

/** The pipeline that computes `outputs`. */
export function pipelineOf(
  statements: readonly Statement[],
  outputs: Readonly<Record<string, Expr>>,
  ports: Ports,
): Pipeline {
  const slots = scheduled(statements, ports);
  const stages = Math.max(1, ...[...slots.values()].map(({ stage }) => stage + 1));
  const writer = new Writer(slots, ports);
  const ordered = [...slots.values()].toSorted((a, b) => localStart(a) - localStart(b));
  for (const slot of ordered) writer.compute(slot);
  for (const [output, value] of Object.entries(outputs)) writer.store(output, value, stages - 1);
  return { stages, carried: writer.declarations(), body: [...writer.lines, ...writer.shifts()] };
}

const localStart = ({ start, stage }: Slot) => start - stage * STAGE_CYCLES;

/**
 * Every statement as early as what it reads allows, and in the stage of that time. With x loaded at cycle 6, √x starts at 6 and
 * takes 20, so that y / √x starts at 26 and √(y / √x) at 40: the first two are in stage 0, the last one in stage 1
 * (`STAGE_CYCLES` is 40).
 */
function scheduled(statements: readonly Statement[], { mostStages }: Ports): Map<Expr, Slot> {
  const slots = new Map<Expr, Slot>();
  const ready = (read: Expr) => {
    const slot = slots.get(read);
    return slot ? slot.start + slot.statement.latency : LOAD_CYCLES;
  };
  for (const statement of statements) {
    const start = Math.max(0, ...statement.reads.map(ready));
    slots.set(statement.node, { statement, start, stage: 0 });
  }
  const total = Math.max(0, ...[...slots.keys()].map(ready));
  const stages = Math.min(mostStages, Math.max(1, Math.round(total / STAGE_CYCLES)));
  for (const slot of slots.values()) slot.stage = Math.min(stages - 1, Math.floor(slot.start / STAGE_CYCLES));
  sink(slots);
  return slots;
}

/**
 * Moves statements into the stage that needs them first, so that they do not wait in a register: those that read leaves alone,
 * and comparisons of values that wait until then anyway, as masks have few registers.
 */
function sink(slots: Map<Expr, Slot>): void {
  const uses = new Map<Expr, number[]>();
  for (const slot of [...slots.values()].reverse()) {
    const { statement } = slot;
    const inner = statement.reads.filter((read) => slots.has(read));
    const first = Math.min(...uses.get(statement.node) ?? [slot.stage]);
    const isThere = (read: Expr) =>
      statement.type === "mask" && (uses.get(read) ?? []).some((use) => use >= first);
    if (inner.every(isThere)) slot.stage = first;
    for (const read of inner) uses.set(read, [...uses.get(read) ?? [], slot.stage]);
  }
}

/**
 * Writes statements, and knows which values wait for how many points. A value that stage 0 makes and stage 2 reads is t3 when it
 * is made; one point later t3_1, two points later t3_2, which is what stage 2 reads; `shifts` moves all of them on at the end of
 * a turn.
 */
class Writer {
  readonly lines: string[] = [];
  readonly #names = new Map<Expr, string>();
  readonly #loaded = new Set<string>();
  readonly #waits = new Map<Expr, number>();

  constructor(readonly slots: Map<Expr, Slot>, readonly ports: Ports) {}

  compute({ statement, stage }: Slot): void {
    const { node, reads, rare, lines } = statement;
    const names = reads.map((read) => this.#read(read, stage));
    const loads = (rare ?? []).map((leaf) => this.ports.load(leaf, stage));
    this.lines.push(...lines(this.#name(node), names, stage, loads));
  }

  store(output: string, value: Expr, stage: number): void {
    this.lines.push(this.ports.store(output, this.#read(value, stage), stage));
  }

  declarations(): string[] {
    const delayed = this.#delayed().map(([node, d]) =>
      `${this.slots.get(node)!.statement.type} ${this.#name(node)}_${d} = {0};`
    );
    const carried = [...this.slots.values()].flatMap(({ statement: { node, carried } }) =>
      carried?.(this.#name(node)) ?? []
    );
    return [...delayed, ...carried];
  }

  shifts(): string[] {
    return this.#delayed().map(([node, d]) => {
      const name = this.#name(node);
      return `${name}_${d} = ${d === 1 ? name : `${name}_${d - 1}`};`;
    });
  }

  /** Values and delays, the longest delay of each first. */
  #delayed(): [Expr, number][] {
    return [...this.#waits].flatMap(([node, most]) =>
      Array.from({ length: most }, (_, k) => [node, most - k] as [Expr, number])
    );
  }

  #name(node: Expr): string {
    if (!this.#names.has(node)) this.#names.set(node, `t${this.#names.size}`);
    return this.#names.get(node)!;
  }

  #read(node: Expr, stage: number): string {
    const slot = this.slots.get(node);
    if (!slot) return this.#load(node, stage);
    const delay = stage - slot.stage;
    if (delay === 0) return this.#name(node);
    this.#waits.set(node, Math.max(delay, this.#waits.get(node) ?? 0));
    return `${this.#name(node)}_${delay}`;
  }

  #load(leaf: Expr, stage: number): string {
    const key = `${this.#name(leaf)}_at${stage}`;
    if (!this.#loaded.has(key)) {
      this.#loaded.add(key);
      this.lines.push(`const vector ${key} = ${this.ports.load(leaf, stage)};`);
    }
    return key;
  }
}
