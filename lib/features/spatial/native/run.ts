/**
 * Runs the steps of feature maps (steps.ts) in C, an image a thread at a time. In: a program and a batch. Out: the features of both
 * kernels; an `Obstacle` where no code can be compiled and loaded.
 */
import { address, alignedArray, holding, Memories, whole } from "../../../ffi/memory.ts";
import { allocate, bytesOf, type DType, type Values } from "../../../array/dtype.ts";
import type { NdArray } from "../../../array/mod.ts";
import { inSlices, stoppedBy } from "../../../backends/native/time_slices.ts";
import { findToolchain } from "../../../ffi/compiler.ts";
import { type Guard, openGuard } from "../../../ffi/guard.ts";
import { loadObject } from "../../../ffi/objects.ts";
import { processors } from "../../../ffi/pool.ts";
import { remembered } from "../../../remembered.ts";
import { ofEach, Shared } from "../../../shared.ts";
import type { Watch } from "../../../pause.ts";
import type { Forward } from "../forward.ts";
import { type Layout, layoutOf } from "../layout.ts";
import type { FeatureProgram, FeatureStep, Links, Term, Value } from "../steps.ts";
import * as c from "./structs.ts";
import { featuresText } from "./text.ts";

const symbols = {
  run: { parameters: ["i32", "buffer", "i32"], result: "i32", nonblocking: true },
} as const;

type Code = Deno.DynamicLibrary<typeof symbols>["symbols"];

/** A compiled map: what C reads of its program. */
export interface NativeMap {
  readonly code: Code;
  readonly guard: Guard;
  readonly program: FeatureProgram;
  readonly dtype: DType;
  readonly layout: Layout;
  readonly steps: BigInt64Array<ArrayBuffer>;
  /** What the steps point to */
  readonly owners: readonly unknown[];
}

const toolchain = new Shared(findToolchain);
const memories = new Memories();

/** The map of a program in a precision, compiled once; throws an `Obstacle` if that cannot be compiled or loaded here. */
export const compiledMap = (
  program: FeatureProgram,
  dtype: DType,
  signal?: AbortSignal,
): Promise<NativeMap> => maps(program)[dtype].get(signal);

const maps = remembered((program: FeatureProgram) =>
  ofEach((dtype) => new Shared((signal) => compiled(program, dtype, signal)))
);

async function compiled(program: FeatureProgram, dtype: DType, signal: AbortSignal): Promise<NativeMap> {
  const found = await toolchain.get(signal);
  const forwards = forwardsOf(program);
  const [guard, { symbols: code }] = await Promise.all([
    openGuard(found, signal),
    loadObject(found, featuresText(forwards, dtype), symbols, signal),
  ]);
  const layout = layoutOf(program);
  const writer = new Writer(layout, dtype, forwards);
  const steps = BigInt64Array.from(c.step.list(program.steps.map((step) => writer.step(step))), BigInt);
  return { code, guard, program, dtype, layout, steps, owners: writer.owners };
}

/** The nonlinearities of a program, each once. */
const forwardsOf = ({ steps }: FeatureProgram): Forward[] => [
  ...new Set(steps.flatMap((step) => step.kind === "nonlinearity" ? [step.forward] : [])),
];

/** Whether C can be written for all steps: nonlinearities that are expressions, and products of few factors. */
export const isWritable = (program: FeatureProgram): boolean =>
  program.steps.every((step) =>
    step.kind === "nonlinearity"
      ? step.forward.exprs !== null
      : step.kind !== "product" || step.factors.length <= c.FACTORS
  );

/** Writes steps as structs, and the arrays that they point to. */
class Writer {
  readonly owners: unknown[] = [];
  readonly #links = new Map<Links, Record<"starts" | "at" | "taps" | "weights", bigint>>();
  readonly #layout: Layout;
  readonly #dtype: DType;
  readonly #forwards: readonly Forward[];

  constructor(layout: Layout, dtype: DType, forwards: readonly Forward[]) {
    this.#layout = layout;
    this.#dtype = dtype;
    this.#forwards = forwards;
  }

  step(step: FeatureStep): Parameters<typeof c.step.words>[0] {
    const value = "to" in step ? step.to : step.z;
    return {
      ...none,
      to: this.#place(value),
      positions: value.positions,
      columns: value.columns,
      ...this.#membersOf(step),
    };
  }

  #membersOf(step: FeatureStep): Partial<typeof none> {
    switch (step.kind) {
      case "gather": {
        const terms = BigInt64Array.from(c.term.list(step.terms.map((term) => this.#term(term))), BigInt);
        this.owners.push(terms);
        const { rounds = [], shift = null } = step.projection ?? {};
        const [signs0, signs1, signs2] = [0, 1, 2].map((round) => this.#reals(rounds[round] ?? null));
        return {
          ...{
            kind: c.kinds.GATHER,
            terms: whole(terms),
            term_count: step.terms.length,
            rounds: rounds.length,
          },
          ...{ signs0, signs1, signs2, shift: this.#reals(shift) },
        };
      }
      case "nonlinearity":
        return {
          kind: c.kinds.NONLINEARITY,
          g: this.#place(step.g),
          forward: this.#forwards.indexOf(step.forward),
        };
      case "normalise":
        return {
          ...{ kind: c.kinds.NORMALISE, eps: step.eps },
          ...{ g: this.#place(step.g), g_columns: step.g.columns },
        };
      case "product":
        return {
          kind: c.kinds.PRODUCT,
          factors: step.factors.map((value) => this.#place(value)),
          factor_count: step.factors.length,
        };
    }
  }

  #place({ id }: Value): number {
    return this.#layout.places.get(id)!;
  }

  #term({ from, links, factor, offset, signs }: Term): Parameters<typeof c.term.words>[0] {
    return {
      from: from ? this.#place(from) : -1,
      width: from?.columns ?? 1,
      ...{ offset, factor },
      signs: this.#reals(signs),
      ...links ? this.#linked(links) : { starts: 0n, at: 0n, taps: 0n, weights: 0n },
    };
  }

  #linked(links: Links) {
    const known = this.#links.get(links);
    if (known) return known;
    const [starts, at, taps] = [links.starts, links.at, links.taps].map((list) => {
      const bytes = new Uint8Array(Int32Array.from(list).buffer);
      this.owners.push(bytes);
      return whole(bytes);
    });
    const written = { starts, at, taps, weights: this.#reals(links.weights) };
    this.#links.set(links, written);
    return written;
  }

  /** The address of numbers in the precision of the map. */
  #reals(values: Float64Array | null): bigint {
    if (values === null) return 0n;
    const own = alignedArray(values.length, this.#dtype);
    own.set(values);
    this.owners.push(own);
    return whole(own);
  }
}

/** A step without anything. */
const none = {
  ...{ kind: 0, to: 0, positions: 0, columns: 0, terms: 0n, term_count: 0, rounds: 0 },
  ...{ signs0: 0n, signs1: 0n, signs2: 0n, shift: 0n, g: 0, g_columns: 0, forward: 0, eps: 0 },
  ...{ factors: [] as readonly number[], factor_count: 0 },
};

/** The features of all images of a batch, on all threads. */
export async function runNative(
  map: NativeMap,
  x: NdArray,
  { signal, onProgress }: Watch,
): Promise<{ nngp: Values; ntk: Values }> {
  const { code, guard, program: { input, nngp, ntk }, dtype, layout, steps } = map;
  const count = x.shape[0];
  const bytes = bytesOf[dtype];
  const images = allocate(x.size, dtype);
  images.set(x.data);
  const workBytes = bytes * processors.threads * layout.size;
  const work = memories.take(workBytes, () => {});
  const [nngpOut, ntkOut] = [nngp, ntk].map(({ columns }) => allocate(count * columns, dtype));
  const struct = c.job.write({
    guard: Deno.UnsafePointer.value(guard.pointer),
    steps: whole(steps),
    step_count: map.program.steps.length,
    images: address(images, bytes * x.size),
    image_size: x.size / count,
    count,
    input: layout.places.get(input.id)!,
    work: address(work, workBytes),
    work_size: layout.size,
    nngp: layout.places.get(nngp.id)!,
    nngp_columns: nngp.columns,
    nngp_out: address(nngpOut, bytes * count * nngp.columns),
    ntk: layout.places.get(ntk.id)!,
    ntk_columns: ntk.columns,
    ntk_out: address(ntkOut, bytes * count * ntk.columns),
  });
  let done = 0;
  const run = () =>
    processors.onEach((_thread, failed) =>
      inSlices(processors, {
        signal,
        ends: () => done >= count || failed(),
        compute: (thread, most) => guard.run(() => code.run(thread, struct.memory, most)),
        report(more) {
          done += more;
          onProgress?.({ done, total: count });
        },
      })
    );
  const owners = { map, images, work, nngpOut, ntkOut, struct };
  try {
    await stoppedBy(signal, () => struct.set("stop", 1), () => holding(owners, run));
  } finally {
    memories.give(work);
  }
  return { nngp: nngpOut, ntk: ntkOut };
}
