/**
 * Programs, what a network is for a backend: a list of nodes, each a map at every pair of positions followed by a linear map of
 * positions, and one map more. Layers build the nodes (nodes.ts), `lib/network/compile.ts` has them compiled, and backends run them.
 *
 * For a pair of inputs the covariance is a matrix over position × position. Between two linear maps everything is entrywise, so it
 * is one fused expression (entrywise.ts). Vectors have no positions, and so no nodes: their network is the last map alone, whatever
 * its depth. There are two kinds of linear maps:
 *
 * - a `PositionMap` is the same for all inputs and a product over axes: convolution, pooling, resizing, flattening, …;
 * - a `Mixing` has a matrix over positions for every input: attention, whose weights follow from the input's own covariance,
 *   and aggregation over a graph, whose edges come with the input.
 *
 * The variables of an entrywise map are `cov<id>` and `ntk<id>` of earlier nodes at (p, q), `offset` (0 where p = q, else
 * anything but 0), and row variables at p (scope row1) or q (row2): `var<id>`, and those that come with the job (`index`, the
 * number of the row; masks; coordinates of positions).
 */
import { countOf } from "../array/dtype.ts";
import type { Entries } from "../pairs.ts";
import { type Expr, type Variable } from "../expr/expr.ts";
import { topologicalSteps } from "../expr/graph.ts";
import { type Check, compileSteps, type Entrywise } from "./entrywise.ts";
import { finished, type Steps } from "../steps.ts";
import { isMixing, type Mixing, type NodeExpr, outSizeOf, type PositionMap } from "./nodes.ts";
import type { OwnNtk } from "../rows/own_ntk.ts";
import { keepsDiagonal } from "../spatial/axis.ts";

/** Which entries of a covariance over positions exist: all pairs (P, Q), or only P = Q. */
export type Layout = "full" | "diagonal";

/** One compiled node; its outputs are the variables `cov<id>`, `ntk<id>` of a pair and `var<id>` of a position. */
export interface Node {
  readonly id: number;
  /** The entrywise map before the linear one: entries `nngp` and, if some output is an NTK, `ntk`. */
  readonly program: Entrywise;
  readonly map: PositionMap | Mixing;
  /** The entries that the entrywise map has to give. */
  readonly layoutIn: Layout;
  /** The entries that later nodes read. */
  readonly layoutOut: Layout;
  /** False if nothing reads its covariance of a pair of inputs: only its variances are needed (`LayerNorm`). */
  readonly pairs: boolean;
}

/** A compiled network; node 0 is the input, K(p, q) = ⟨x1ₚ, x2_q⟩ / channels or a kernel computed before. */
export interface Program {
  readonly inputPositions: readonly number[];
  readonly inputLayout: Layout;
  /** Node 0 is a kernel that was computed before, with an `ntk0`. */
  readonly continues: boolean;
  readonly nodes: readonly Node[];
  /** For every node, the input first, conditions on expressions of its variances. */
  readonly checks: readonly (readonly Check[])[];
  /** The entrywise map after the last node, and its variance as the row output `cov`. */
  readonly output: Entrywise;
  readonly outputPositions: readonly number[];
  readonly outputLayout: Layout;
  /** Of vectors, what more their backends may ask for; else null */
  readonly vectors: VectorParts | null;
}

/** What a program of vectors has besides its map. */
export interface VectorParts {
  /** The map of the same outputs that reads `gap` and `apart` too, compiled when first asked for; null if it reads a given kernel */
  readonly near: ((signal?: AbortSignal) => Promise<Entrywise>) | null;
  /** What bounds the NTK, or null where it may be infinite, or is that of a kernel to start with */
  readonly ownNtk: OwnNtk | null;
}

/** True for a program of vectors: no positions and no nodes, all checks are those of its map. */
export const isOfVectors = ({ vectors }: Program): boolean => vectors !== null;

/** The program of vectors with one map, whose variables are `cov`, `ntk`, and `var`, `id`, `index` of rows. */
export const vectorProgram = (
  output: Entrywise,
  { near = null, ownNtk = null }: Partial<VectorParts> = {},
): Program => ({
  inputPositions: [],
  inputLayout: "diagonal",
  continues: false,
  nodes: [],
  checks: [],
  output,
  outputPositions: [],
  outputLayout: "diagonal",
  vectors: { near, ownNtk },
});

/** How many entries a pair of inputs has over so many positions: all pairs of them, or the diagonal. */
export const entriesOf = (positions: number, layout: Layout): number =>
  layout === "full" ? positions ** 2 : positions;

/** The entries of its output for a pair of inputs. */
export function outputEntries({ outputPositions, outputLayout }: Program): Entries {
  const positions = countOf(outputPositions);
  return { count: entriesOf(positions, outputLayout), side: outputLayout === "full" ? positions : null };
}

/** What a program of inputs with positions has to compute. */
export interface ProgramOutput {
  readonly maps: Readonly<Record<string, Expr>>;
  readonly variance: Expr;
  readonly checks: readonly Check[];
  readonly positions: readonly number[];
  readonly layout: Layout;
}

/** What it starts from. */
export interface ProgramInput {
  readonly positions: readonly number[];
  readonly continues: boolean;
}

/** The program of a list of nodes and an output, in steps. */
export function* compileProgram(
  input: ProgramInput,
  nodes: readonly NodeExpr[],
  output: ProgramOutput,
): Steps<Program> {
  const needed = yield* neededLayouts(nodes, output);
  const live = yield* liveNodes(nodes, output);
  const compiled: Node[] = [];
  for (const [k, node] of nodes.entries()) {
    compiled.push(yield* compileNode(k + 1, node, needed[k + 1], live.has(k + 1), "ntk" in output.maps));
    // Short ones have no step of their own.
    yield;
  }
  return {
    inputPositions: input.positions,
    inputLayout: needed[0],
    continues: input.continues,
    nodes: compiled,
    checks: yield* checksOfNodes(output.checks, [
      countOf(input.positions),
      ...nodes.map(({ map }) => outSizeOf(map)),
    ]),
    output: yield* compileSteps(output.maps, { cov: output.variance }, []),
    outputPositions: output.positions,
    outputLayout: output.layout,
    vectors: null,
  };
}

function* compileNode(
  id: number,
  { nngp, ntk, variance, map }: NodeExpr,
  layoutOut: Layout,
  pairs: boolean,
  withNtk: boolean,
): Steps<Node> {
  return {
    id,
    program: yield* compileSteps(withNtk ? { nngp, ntk } : { nngp }, { cov: variance }, []),
    map: yield* compileMap(map),
    layoutIn: layoutOfInput(map, layoutOut),
    layoutOut,
    pairs,
  };
}

function* compileMap(map: NodeExpr["map"]): Steps<Node["map"]> {
  if (!isMixing(map)) return map;
  if (!map.attention) return { ...map, attention: null };
  const { weight, softmax } = map.attention;
  return { ...map, attention: { weight: yield* compileSteps({ weight }, {}, []), softmax } };
}

/** For the input and every node the entries of its output that are read: the backward pass. */
function* neededLayouts(nodes: readonly NodeExpr[], output: ProgramOutput): Steps<Layout[]> {
  const needed = Array<Layout>(nodes.length + 1).fill("diagonal");
  const demand = function* (roots: readonly Expr[], layout: Layout): Steps<void> {
    if (layout === "full") { for (const id of yield* nodesReadSteps(roots)) needed[id] = "full"; }
  };
  yield* demand(Object.values(output.maps), output.layout);
  for (let k = nodes.length - 1; k >= 0; k--) {
    yield* demand([...rootsOf(nodes[k]), ...weightsOf(nodes[k])], layoutOfInput(nodes[k].map, needed[k + 1]));
    yield;
  }
  return needed;
}

function layoutOfInput(map: PositionMap | Mixing<unknown>, layoutOut: Layout): Layout {
  if (isMixing(map)) return "full";
  return (layoutOut === "diagonal" || map.local) && map.axes.every(keepsDiagonal) ? "diagonal" : "full";
}

/** The nodes whose covariances of pairs of inputs the output depends on. */
function* liveNodes(nodes: readonly NodeExpr[], output: ProgramOutput): Steps<Set<number>> {
  const live = yield* nodesReadSteps(Object.values(output.maps));
  for (let id = nodes.length; id > 0; id--) {
    if (live.has(id)) { for (const read of yield* nodesReadSteps(rootsOf(nodes[id - 1]))) live.add(read); }
    yield;
  }
  return live;
}

const rootsOf = ({ nngp, ntk }: NodeExpr) => [nngp, ntk];

const weightsOf = ({ map }: NodeExpr) => isMixing(map) && map.attention ? [map.attention.weight] : [];

/**
 * Each check with the node whose variances it needs last: they are the ones at its positions. One that needs none, as after
 * σ_W = 0, is with the first node of as many positions, since masks may still tell them apart.
 */
function* checksOfNodes(checks: readonly Check[], sizes: readonly number[]): Steps<Check[][]> {
  const { checks: compiled } = yield* compileSteps({}, {}, checks);
  const owners: number[] = [];
  for (const { variance, positions } of compiled) {
    const read = yield* idsIn([variance], /^var\d+$/);
    owners.push(read.size > 0 ? Math.max(...read) : sizes.indexOf(positions));
    yield;
  }
  return sizes.map((_, id) => compiled.filter((_, k) => owners[k] === id));
}

/** The ids of the nodes whose covariances an expression reads. */
export const nodesRead = (roots: readonly Expr[]): Set<number> => finished(nodesReadSteps(roots));

/** The same, in steps. */
const nodesReadSteps = (roots: readonly Expr[]) => idsIn(roots, /^(cov|ntk)\d+$/);

function* idsIn(roots: readonly Expr[], pattern: RegExp): Steps<Set<number>> {
  const leaves = (yield* topologicalSteps(roots)).filter((node) => node.kind === "variable");
  const names = leaves.map((leaf) => (leaf.payload as Variable).name);
  return new Set(names.filter((name) => pattern.test(name)).map((name) => Number(name.slice(3))));
}
