/** How a program runs on the device: instructions, each one shader over all pairs of a block, and where they keep their values. */
import type { Program } from "../../../program.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import {
  isMixing,
  type Layout,
  type Node,
  nodesRead,
  outSizeOf,
  sizeOf,
  type SpatialProgram,
} from "../../../spatial/program.ts";
import { type Chain, chainFrom, readersOf } from "./chain.ts";
import { type Region, Regions } from "./regions.ts";

/** An entrywise map, of a node or of the output. */
export interface MapInstruction {
  readonly kind: "map";
  readonly program: Program;
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

/** The plan of a program whose chains have at most `slots` slots; `given` is true if its input was computed before. */
export function planOf(program: SpatialProgram, given: boolean, slots: number): Plan {
  const builder = new Builder(program, given, slots);
  for (let id = 1; id <= program.nodes.length;) id = builder.addStep(id);
  return builder.finish();
}

class Builder {
  readonly #regions = new Regions();
  readonly #steps: Step[] = [];
  readonly #results = new Map<number, Region>();
  readonly #lastReaders: ReadonlyMap<number, number>;
  readonly #variances: readonly [Region, Region];
  readonly #input: Region | null;

  constructor(readonly program: SpatialProgram, given: boolean, readonly slots: number) {
    const { inputPositions, inputLayout } = program;
    const readers = readersOf(program);
    this.#lastReaders = new Map([...readers].map(([id, by]) => [id, Math.max(id, ...by)]));
    const positions = [product(inputPositions), ...program.nodes.map(({ map }) => outSizeOf(map))];
    const most = Math.max(...positions);
    this.#variances = [this.#regions.take(most), this.#regions.take(most)];
    const inChain = !given && [...readers.get(0)!].join() === "1" && chainFrom(program, 1, slots) !== null;
    this.#input = inChain ? null : this.#regions.take(entriesOf(positions[0], inputLayout));
    if (!this.#input) return;
    this.#results.set(0, this.#input);
    const inputs = { kind: "inputs", positions: positions[0], sink: this.#input } as const;
    this.#steps.push({ nodes: [], weights: null, instructions: given ? [] : [inputs], result: this.#input });
  }

  /** Adds the step that computes node `id` and returns the node after it. */
  addStep(id: number): number {
    const chain = chainFrom(this.program, id, this.slots);
    const nodes = chain?.nodes ?? [this.program.nodes[id - 1]];
    const last = nodes[nodes.length - 1];
    const result = this.#regions.take(entriesOf(outSizeOf(last.map), last.layoutOut));
    const instructions = chain ? this.#chain(chain, result) : this.#single(last, result);
    this.#steps.push({ nodes, weights: this.#weights(last), instructions, result });
    this.#results.set(last.id, result);
    for (const [known, region] of this.#results) {
      if (this.#lastReaders.get(known)! > last.id) continue;
      this.#regions.free(region);
      this.#results.delete(known);
    }
    return last.id + 1;
  }

  finish(): Plan {
    const { output, outputPositions, outputLayout } = this.program;
    const positions = product(outputPositions);
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

  #chain(chain: Chain, result: Region): Instruction[] {
    const { nodes, geometries, end } = chain;
    const [first, last] = [nodes[0], nodes[nodes.length - 1]];
    const diagonal = first.layoutIn === "diagonal" || (end.kind === "sum" && end.diagonal);
    const classes = diagonal ? 1 : product(geometries[geometries.length - 1].frame);
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

  /** The weights of attention; what they are kept in is not in use before the node's own covariances. */
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
      const [outer, inner] = [product(lengths.slice(0, at)), product(lengths.slice(at + 1))];
      lengths[at] = axis.outSize;
      const sink = isLast ? result : this.#regions.take(entriesOf(product(lengths), layoutIn));
      instructions.push({ kind: "axis", axis, outer, inner, local: map.local && isLast, source, sink });
      if (source !== mapped) this.#regions.free(source);
      source = sink;
    }
    return instructions;
  }

  #mix(positions: number, mapped: Region, result: Region): Instruction[] {
    const half = this.#regions.take(positions ** 2);
    this.#regions.free(half);
    return [
      { kind: "mix", side: 2, positions, source: mapped, sink: half },
      { kind: "mix", side: 1, positions, source: half, sink: result },
    ];
  }

  #sourcesOf({ map }: Program): Region[] {
    const reads = [...nodesRead(Object.values(map))].sort((a, b) => a - b);
    return reads.map((id) => this.#results.get(id)!);
  }
}

const product = (lengths: readonly number[]) => lengths.reduce((total, length) => total * length, 1);

const entriesOf = (positions: number, layout: Layout) => layout === "full" ? positions ** 2 : positions;
