/**
 * How a program with positions runs on the device: which nodes become chains, and where their values are kept.
 *
 * In: the nodes of a program (lib/program/program.ts). Out: the plan as data, which run/session.ts compiles: steps of
 * instructions, each one shader that runs over all pairs of a block, and the map that gives the outputs. A residual block of two
 * convolutions on 6 × 6 positions between convolutions, then pooling:
 *
 *     nodes 1      chain of 36 classes of offsets, from the inputs
 *     nodes 2, 3   chain of 36
 *     nodes 4, 5   chain of 36, which ends with the map of 5; axis, axis: the pooling of 5
 *
 * Between instructions values stay in *regions* of the arena:
 *
 *     { kind: "map", program, positions: 64, entries: 4096, sources: [{ start: 128, size: 4096 }], sink: { start: 4224, … } }
 *     { kind: "axis", axis, outer: 1, inner: 8, local: false, source: { start: 4224, … }, sink: { start: 8320, … } }
 */
import { countOf } from "../../../array/dtype.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import { isMixing, outSizeOf, sizeOf } from "../../../program/nodes.ts";
import { entriesOf, type Node, nodesRead, type Program } from "../../../program/program.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import { finished, type Steps } from "../../../steps.ts";
import { type Chain, chainFrom, readersOf } from "./chain.ts";

/**
 * Where the values of a pair are in the arena, one buffer for all pairs of a block: the region of pair k among `pairs` starts at
 * start · pairs + size · k. It is used again when its values are no longer read.
 */
export interface Region {
  /** Values a pair before it */
  readonly start: number;
  /** Values a pair in it */
  readonly size: number;
}

/** An entrywise map, of a node or of the output. */
export interface MapInstruction {
  readonly kind: "map";
  readonly program: Entrywise;
  readonly positions: number;
  /** Values that it computes a pair */
  readonly entries: number;
  readonly sources: readonly Region[];
  /** Null: the outputs */
  readonly sink: Region | null;
}

/** One shader over all pairs. */
export type Instruction =
  | { readonly kind: "inputs"; readonly positions: number; readonly sink: Region }
  | ChainInstruction
  | MapInstruction
  | AxisInstruction
  | MixInstruction
  | { readonly kind: "total"; readonly source: Region; readonly sink: Region };

/** A chain of nodes. */
export interface ChainInstruction {
  readonly kind: "chain";
  readonly chain: Chain;
  /** It begins at the inputs, not at `sources` */
  readonly fromInputs: boolean;
  readonly sources: readonly Region[];
  readonly sink: Region;
  /** Classes of offsets, from 0 on */
  readonly classes: number;
}

/** A linear map along one axis. */
export interface AxisInstruction {
  readonly kind: "axis";
  readonly axis: AxisMap;
  /** Positions around the axis */
  readonly outer: number;
  readonly inner: number;
  readonly local: boolean;
  readonly source: Region;
  readonly sink: Region;
}

/** The sum over the positions of x1 (side 1) or of x2 in a linear map with matrices of the inputs. */
export interface MixInstruction {
  readonly kind: "mix";
  readonly side: 1 | 2;
  readonly positions: number;
  readonly source: Region;
  readonly sink: Region;
}

/** The instructions that compute the covariances of a node, or of all nodes of a chain. */
export interface Step {
  /** Empty for the input */
  readonly nodes: readonly Node[];
  /** What gives the matrices of a node with attention, for inputs with themselves and before the instructions */
  readonly weights: MapInstruction | null;
  readonly instructions: readonly Instruction[];
  /** Where the covariances of the last of them are */
  readonly result: Region;
}

/** The steps of a program. */
export interface Plan {
  /** The input's covariances, or null where a chain begins at the inputs */
  readonly input: Region | null;
  readonly steps: readonly Step[];
  readonly output: MapInstruction;
  /** Two regions for the variances of a chain's nodes */
  readonly variances: readonly [Region, Region];
  /** Values a pair of all regions */
  readonly size: number;
}

/** The plan of a program whose chains have at most `slots` slots; `given` is true if its input was computed before. In steps. */
export function* planOf(program: Program, given: boolean, slots: number): Steps<Plan> {
  const builder = new Builder(program, given, slots);
  for (let id = 1; id <= program.nodes.length;) id = yield* builder.addStep(id);
  return builder.finish();
}

/** Adds steps in the order of the nodes, so that regions can be handed out and taken back on the way. */
class Builder {
  readonly #regions = new Regions();
  readonly #steps: Step[] = [];
  /** Where the covariances are of the nodes (0: the input) that later ones read */
  readonly #results = new Map<number, Region>();
  readonly #readers: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #variances: readonly [Region, Region];
  readonly #input: Region | null;

  constructor(readonly program: Program, given: boolean, readonly slots: number) {
    const { inputPositions, inputLayout } = program;
    this.#readers = readersOf(program);
    const positions = [countOf(inputPositions), ...program.nodes.map(({ map }) => outSizeOf(map))];
    const most = Math.max(...positions);
    this.#variances = [this.#regions.take(most), this.#regions.take(most)];
    const isReadOnce = [...this.#readers.get(0)!].join() === "1";
    // Where nothing else reads them, the covariances of the inputs stay within the first chain: with a global pooling behind, 32
    // × 32 pixels keep 3073 values of a pair instead of 1 051 649.
    const inChain = !given && isReadOnce &&
      finished(chainFrom(program.nodes.slice(0, 1), this.#readers, slots)) !== null;
    this.#input = inChain ? null : this.#regions.take(entriesOf(positions[0], inputLayout));
    if (!this.#input) return;
    this.#results.set(0, this.#input);
    const inputs = { kind: "inputs", positions: positions[0], sink: this.#input } as const;
    this.#steps.push({ nodes: [], weights: null, instructions: given ? [] : [inputs], result: this.#input });
  }

  /** Adds the step that computes node `id`, with those that its chain takes along, and returns the node after it. */
  *addStep(id: number): Steps<number> {
    const rest = this.program.nodes.slice(id - 1);
    const chain = yield* chainFrom(rest, this.#readers, this.slots);
    const nodes = chain?.nodes ?? [rest[0]];
    const last = nodes[nodes.length - 1];
    const result = this.#regions.take(entriesOf(outSizeOf(last.map), last.layoutOut));
    const instructions = chain ? this.#chain(chain, result) : this.#single(last, result);
    this.#steps.push({ nodes, weights: this.#weights(last), instructions, result });
    this.#results.set(last.id, result);
    for (const [known, region] of this.#results) {
      if (Math.max(...this.#readers.get(known)!) > last.id) continue;
      this.#regions.free(region);
      this.#results.delete(known);
    }
    return last.id + 1;
  }

  /** The plan, with the map of the outputs. */
  finish(): Plan {
    const { output, outputPositions, outputLayout } = this.program;
    const positions = countOf(outputPositions);
    return {
      input: this.#input,
      steps: this.#steps,
      output: {
        kind: "map",
        program: output,
        positions,
        entries: entriesOf(positions, outputLayout),
        sources: this.#sourcesOf(output),
        sink: null,
      },
      variances: this.#variances,
      size: this.#regions.peak,
    };
  }

  /** A chain, and what its last node needs beyond: the sum over the classes, or its linear map. */
  #chain(chain: Chain, result: Region): Instruction[] {
    const { nodes, geometries, end } = chain;
    const [first, last] = [nodes[0], nodes[nodes.length - 1]];
    const diagonal = first.layoutIn === "diagonal" || (end.kind === "sum" && end.diagonal);
    const classes = diagonal ? 1 : countOf(geometries[geometries.length - 1].frame);
    const fromInputs = this.#input === null && first.id === 1;
    const sources = fromInputs ? [] : this.#sourcesOf(first.program);
    const start = { kind: "chain", chain, fromInputs, sources, classes } as const;
    if (end.kind === "shift" || classes === 1 && end.kind === "sum") return [{ ...start, sink: result }];
    const between = this.#regions.take(
      end.kind === "sum" ? classes : entriesOf(sizeOf(last.map), last.layoutIn),
    );
    const rest = end.kind === "sum"
      ? [{ kind: "total", source: between, sink: result } as const]
      : this.#linear(last, between, result);
    this.#regions.free(between);
    return [{ ...start, sink: between }, ...rest];
  }

  /** A node outside of chains: its entrywise map, then its linear map. */
  #single(node: Node, result: Region): Instruction[] {
    const { program, map, layoutIn } = node;
    const positions = sizeOf(map);
    const mapped = this.#regions.take(entriesOf(positions, layoutIn));
    const sources = this.#sourcesOf(program);
    const instructions = this.#linear(node, mapped, result);
    this.#regions.free(mapped);
    return [
      { kind: "map", program, positions, entries: mapped.size, sources, sink: mapped },
      ...instructions,
    ];
  }

  /** The weights of attention: they are read before anything else of the step is there. */
  #weights({ map }: Node): MapInstruction | null {
    if (!isMixing(map) || !map.attention) return null;
    const { weight } = map.attention;
    const sink = this.#regions.take(map.size ** 2);
    this.#regions.free(sink);
    const place = { positions: map.size, entries: map.size ** 2, sink };
    return { kind: "map", program: weight, sources: this.#sourcesOf(weight), ...place };
  }

  /** The linear map of a node, axis by axis or side by side. */
  #linear(node: Node, mapped: Region, result: Region): Instruction[] {
    const { map, layoutIn } = node;
    if (isMixing(map)) return this.#mix(map.size, mapped, result);
    const lengths = map.axes.map(({ size }) => size);
    const instructions: Instruction[] = [];
    let source = mapped;
    for (const [at, axis] of map.axes.entries()) {
      const isLast = at === map.axes.length - 1;
      const [outer, inner] = [countOf(lengths.slice(0, at)), countOf(lengths.slice(at + 1))];
      lengths[at] = axis.outSize;
      const sink = isLast ? result : this.#regions.take(entriesOf(countOf(lengths), layoutIn));
      instructions.push({ kind: "axis", axis, outer, inner, local: map.local && isLast, source, sink });
      if (source !== mapped) this.#regions.free(source);
      source = sink;
    }
    return instructions;
  }

  /** A₁·K·A₂ᵀ as two sums, over the positions of x2 and then of x1: n³ products each, not n⁴. */
  #mix(positions: number, mapped: Region, result: Region): Instruction[] {
    const half = this.#regions.take(positions ** 2);
    this.#regions.free(half);
    return [
      { kind: "mix", side: 2, positions, source: mapped, sink: half },
      { kind: "mix", side: 1, positions, source: half, sink: result },
    ];
  }

  /** Where a map finds the covariances that it reads, in the order of its parameters. */
  #sourcesOf({ map }: Entrywise): Region[] {
    const reads = [...nodesRead(Object.values(map))].sort((a, b) => a - b);
    return reads.map((id) => this.#results.get(id)!);
  }
}

/**
 * Hands out regions, each the first gap that is large enough, and takes them back when their values are no longer read: four
 * layers of attention keep a third of what they would without, Myrtle-5 5 % less.
 */
class Regions {
  readonly #used: Region[] = [];
  #peak = 0;

  /** The largest number of values a pair so far. */
  get peak(): number {
    return this.#peak;
  }

  take(size: number): Region {
    let start = 0;
    for (const region of this.#used) {
      if (region.start - start >= size) break;
      start = region.start + region.size;
    }
    const taken = { start, size };
    this.#used.push(taken);
    this.#used.sort((a, b) => a.start - b.start);
    this.#peak = Math.max(this.#peak, start + size);
    return taken;
  }

  free(region: Region): void {
    this.#used.splice(this.#used.indexOf(region), 1);
  }
}
