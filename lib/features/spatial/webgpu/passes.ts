/**
 * The steps of a feature map as passes, each of one shader over all rows of all images of a batch. In: a program. Out: passes, their
 * tables, and where values are; what of them depends on a device is how long a row its workgroups can transform.
 *
 * A projection of a longer row takes several passes a round, with 8192 columns where 4096 fit into a workgroup
 *
 *     gather, signs, transforms of both halves     shaders/features/gather.wgsl
 *     the sum and the difference of the halves     shaders/features/across.wgsl, which scales and shifts in the last round
 */
import { bytesOf, type DType } from "../../../array/dtype.ts";
import { LEAST_THREADS, MOST_THREADS } from "../../../backends/webgpu/budget.ts";
import type { Limits } from "../../../backends/webgpu/device/device.ts";
import type { Divisible } from "../../../backends/webgpu/run/parts.ts";
import { mapOperations } from "../../../backends/webgpu/wgsl/text.ts";
import { topological } from "../../../expr/graph.ts";
import { remembered } from "../../../remembered.ts";
import { type Layout, layoutOf } from "../layout.ts";
import type { FeatureProgram, FeatureStep, Gather, Term, Value } from "../steps.ts";
import { operationsOf, turnsOf } from "./costs.ts";
import { noWork, type Work } from "./structs.ts";
import { type TableData, Tables } from "./tables.ts";
import {
  acrossShader,
  gatherShader,
  nonlinearityShader,
  normaliseShader,
  productShader,
  type Share,
} from "./text.ts";

/** One shader over all rows of a value; workgroups are counted by image. */
export interface Pass extends Divisible {
  readonly text: string;
  /** Its uniforms, but for those that depend on the batch */
  readonly work: Work;
}

/** A map as a device runs it. */
export interface DeviceMap {
  readonly passes: readonly Pass[];
  readonly tables: TableData;
  readonly layout: Layout;
}

/** Columns that a workgroup transforms at most, 16 a thread: more do not stay in registers. */
const SEGMENT = 4096;
/** Columns of a thread that is to transform them, where there are enough: three levels without workgroup memory. */
const EACH = 8;
/** Columns of a workgroup that only gathers: each of 64 threads has four. */
const COPIED: Share = { threads: 64, each: 4 };
/** Columns that a thread combines across segments at most. */
const RADIX = 16;

const maps = remembered((_program: FeatureProgram) => new Map<string, DeviceMap>());

/** The map of a program in a precision, made once for devices whose workgroups have as much memory. */
export function deviceMap(program: FeatureProgram, dtype: DType, { workgroupBytes }: Limits): DeviceMap {
  const segment = Math.min(SEGMENT, 2 ** Math.floor(Math.log2(workgroupBytes / bytesOf[dtype])));
  const known = maps(program);
  const name = `${dtype} ${segment}`;
  if (!known.has(name)) known.set(name, made(program, dtype, segment));
  return known.get(name)!;
}

function made(program: FeatureProgram, dtype: DType, segment: number): DeviceMap {
  const layout = layoutOf(program);
  const tables = new Tables(layout);
  const writer = new Writer(layout, tables, dtype, segment);
  const passes = program.steps.flatMap((step) => writer.step(step));
  return { passes, tables: tables.data(dtype), layout };
}

/** Writes steps as passes. */
class Writer {
  constructor(
    readonly layout: Layout,
    readonly tables: Tables,
    readonly dtype: DType,
    readonly segment: number,
  ) {}

  step(step: FeatureStep): Pass[] {
    const { dtype } = this;
    switch (step.kind) {
      case "gather":
        return this.#gather(step);
      case "nonlinearity": {
        const { z, g, forward } = step;
        const text = nonlinearityShader(forward, z.columns, threadsOf(z), dtype);
        const operations = mapOperations(topological(Object.values(forward.exprs!)).length, 0);
        return [rowPass(z, text, operations, { ...this.#to(z), g: this.#place(g) })];
      }
      case "normalise": {
        const { z, g, eps } = step;
        const work = { ...this.#to(z), g: this.#place(g), g_columns: g.columns };
        return [rowPass(z, normaliseShader(eps, threadsOf(z), dtype), 4 + 2 * g.columns / z.columns, work)];
      }
      case "product": {
        const { to, factors } = step;
        const places = this.tables.words(factors.map((value) => this.#place(value)));
        const work = { ...this.#to(to), factors: places, factor_count: factors.length };
        return [rowPass(to, productShader(to.columns, threadsOf(to), dtype), 2 * factors.length, work)];
      }
    }
  }

  #gather({ to, terms, projection }: Gather): Pass[] {
    const read = this.tables.terms(terms);
    if (!projection) return [this.#gathered(to, COPIED, terms, read, [], {})];
    const share = shareOf(Math.min(to.columns, this.segment));
    const rounds = projection.rounds.map((signs) => this.tables.signs(signs));
    const end = {
      scale: this.tables.reals([1 / to.columns ** ((rounds.length - 1) / 2)]),
      shift: this.tables.reals(projection.shift),
    };
    if (to.columns <= this.segment) return [this.#gathered(to, share, terms, read, rounds, end)];
    // After the first round the row itself is what is read.
    const itself = [{ from: to, links: null, factor: 1, offset: 0, signs: null }];
    const readItself = this.tables.terms(itself);
    return rounds.flatMap((signs, r) => [
      r === 0
        ? this.#gathered(to, share, terms, read, [signs], {})
        : this.#gathered(to, share, itself, readItself, [signs], {}),
      ...this.#across(to, r === rounds.length - 1 ? end : {}),
    ]);
  }

  /** What terms read, with rounds of signs and transforms; `end` scales and shifts it. */
  #gathered(
    to: Value,
    share: Share,
    terms: readonly Term[],
    read: Partial<Work>,
    signs: readonly number[],
    end: Partial<Work>,
  ): Pass {
    const columns = share.threads * share.each;
    const segments = Math.ceil(to.columns / columns);
    const perColumn = terms.reduce((sum, term) => sum + operationsOf(term, to), 2);
    const stages = Math.ceil(Math.log2(share.threads) / 2);
    return {
      text: gatherShader(share, signs.length > 0, this.dtype),
      work: { ...this.#to(to), segments, ...read, rounds: signs.length, signs, ...end },
      units: to.positions * segments,
      operations: columns * (perColumn + 2 * signs.length * Math.log2(columns)),
      turns: terms.reduce((sum, term) => sum + turnsOf(term, to, share.each), terms.length) +
        signs.length * (1 + stages * Math.ceil(share.each / 2)),
    };
  }

  /** The levels of a transform across segments. */
  #across(to: Value, end: Partial<Work>): Pass[] {
    const passes: Pass[] = [];
    for (let stride = this.segment; stride < to.columns;) {
      const each = Math.min(RADIX, to.columns / stride);
      const share = { threads: Math.min(MOST_THREADS, to.columns / each), each };
      const segments = Math.ceil(to.columns / each / share.threads);
      const isLast = stride * each === to.columns;
      passes.push({
        text: acrossShader(share, this.dtype),
        work: { ...this.#to(to), segments, stride, ...isLast && end },
        units: to.positions * segments,
        operations: share.threads * each * (4 + Math.log2(each)),
        turns: 0,
      });
      stride *= each;
    }
    return passes;
  }

  #place({ id }: Value): number {
    return this.layout.places.get(id)!;
  }

  #to(value: Value): Work {
    return { ...noWork, to: this.#place(value), positions: value.positions, columns: value.columns };
  }
}

/** A row a workgroup, with so many operations a column. */
const rowPass = (value: Value, text: string, operations: number, work: Work): Pass => ({
  text,
  work,
  units: value.positions,
  operations: value.columns * (4 + operations),
  turns: 4 * Math.ceil(Math.max(value.columns, work.g_columns) / threadsOf(value)) *
      (1 + work.factor_count) + 8,
});

/** Threads for a row, or for as much of one as a workgroup transforms. */
const threadsOf = ({ columns }: { readonly columns: number }): number =>
  Math.min(MOST_THREADS, Math.max(LEAST_THREADS, 2 ** Math.floor(Math.log2(columns / EACH))));

/** How a workgroup shares columns that it transforms, a power of two. */
function shareOf(columns: number): Share {
  const threads = threadsOf({ columns });
  return { threads, each: columns / threads };
}
