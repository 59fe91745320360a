/**
 * Programs of networks with positions (convolutional ones): a list of nodes, each a map at every pair of positions followed by
 * a linear map of positions.
 *
 * For a pair of inputs the covariance is a matrix over position × position. Between two linear maps everything is entrywise,
 * so it is one fused expression, as in a fully connected network; `lib/program.ts` compiles it.
 */
import { constant, type Expr, type Variable, variable } from "../expr/expr.ts";
import { topological } from "../expr/graph.ts";
import { type Check, compile, type Program } from "../program.ts";
import { type AxisMap, keepsDiagonal } from "./axis.ts";

/** What a layer does to positions: a product of maps of the axes. */
export interface PositionMap {
  readonly axes: readonly AxisMap[];
  /** Weights of different output positions are independent (`ConvLocal`): K′ is 0 off its diagonal. */
  readonly local: boolean;
}

/** Which entries of a covariance over positions exist: all pairs (P, Q), or only P = Q. */
export type Layout = "full" | "diagonal";

/** One node as layers build it: the covariances of its input, and the map of positions. */
export interface NodeExpr {
  readonly nngp: Expr;
  readonly ntk: Expr;
  readonly variance: Expr;
  readonly map: PositionMap;
  readonly checks: readonly Check[];
}

/** One compiled node; its outputs are the variables `cov<id>`, `ntk<id>` of a pair and `var<id>` of a position. */
export interface Node {
  readonly id: number;
  /** The entrywise map before the linear one: entries `nngp` and, if some output is an NTK, `ntk`. */
  readonly program: Program;
  readonly map: PositionMap;
  /** The entries that the entrywise map has to give. */
  readonly layoutIn: Layout;
  /** The entries that later nodes read. */
  readonly layoutOut: Layout;
}

/** A compiled network with positions; node 0 is the input, K(p, q) = ⟨x1ₚ, x2_q⟩ / channels. */
export interface SpatialProgram {
  readonly inputPositions: readonly number[];
  readonly inputLayout: Layout;
  readonly nodes: readonly Node[];
  /** The entrywise map after the last node, and its variance as the row output `cov`. */
  readonly output: Program;
  readonly outputPositions: readonly number[];
  readonly outputLayout: Layout;
}

/** What a spatial program has to compute. */
export interface SpatialOutput {
  readonly maps: Readonly<Record<string, Expr>>;
  readonly variance: Expr;
  readonly checks: readonly Check[];
  readonly positions: readonly number[];
  readonly layout: Layout;
}

/** The variables that a node's output stands for; `ntk` is 0 if that of its input is. */
export function nodeVariables(id: number, ntk: boolean): { nngp: Expr; ntk: Expr; var1: Expr; var2: Expr } {
  return {
    nngp: variable(`cov${id}`),
    ntk: ntk ? variable(`ntk${id}`) : constant(0),
    var1: variable(`var${id}`, "row1"),
    var2: variable(`var${id}`, "row2"),
  };
}

/** The program of a list of nodes and an output. */
export function compileSpatial(
  inputPositions: readonly number[],
  nodes: readonly NodeExpr[],
  output: SpatialOutput,
): SpatialProgram {
  const needed = neededLayouts(nodes, output);
  const withNtk = "ntk" in output.maps;
  return {
    inputPositions,
    inputLayout: needed[0],
    nodes: nodes.map(({ nngp, ntk, variance, map, checks }, k) => ({
      id: k + 1,
      program: compile(withNtk ? { nngp, ntk } : { nngp }, { cov: variance }, checks),
      map,
      layoutIn: layoutOfInput(map, needed[k + 1]),
      layoutOut: needed[k + 1],
    })),
    output: compile(output.maps, { cov: output.variance }, output.checks),
    outputPositions: output.positions,
    outputLayout: output.layout,
  };
}

/** For the input and every node the entries of its output that are read: the backward pass. */
function neededLayouts(nodes: readonly NodeExpr[], output: SpatialOutput): Layout[] {
  const needed = Array<Layout>(nodes.length + 1).fill("diagonal");
  const demand = (roots: readonly Expr[], layout: Layout) => {
    if (layout === "full") { for (const id of nodesRead(roots)) needed[id] = "full"; }
  };
  demand(Object.values(output.maps), output.layout);
  for (let k = nodes.length - 1; k >= 0; k--) {
    demand([nodes[k].nngp, nodes[k].ntk], layoutOfInput(nodes[k].map, needed[k + 1]));
  }
  return needed;
}

function layoutOfInput({ axes, local }: PositionMap, layoutOut: Layout): Layout {
  return (layoutOut === "diagonal" || local) && axes.every(keepsDiagonal) ? "diagonal" : "full";
}

/** The ids of the nodes whose covariances an expression reads. */
export function nodesRead(roots: readonly Expr[]): Set<number> {
  const names = topological(roots).filter((node) => node.kind === "variable").map((node) =>
    (node.payload as Variable).name
  );
  return new Set(names.filter((name) => /^(cov|ntk)\d+$/.test(name)).map((name) => Number(name.slice(3))));
}
