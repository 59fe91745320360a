/** A spatial program as the native backend sees it: all nodes with the same number of axes, convolutions recognised. */
import type { Expr } from "../../../expr/expr.ts";
import type { Program } from "../../../program.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import { type Layout, nodesRead, type PositionMap, type SpatialProgram } from "../../../spatial/program.ts";
import { identity } from "../../../spatial/axis.ts";
import { type Box, boxOf } from "./box.ts";

/** A node; node 0 is the input, and the last one the output, whose linear map is the identity. */
export interface NetworkNode {
  readonly id: number;
  /** The map before the linear one; null for the input */
  readonly program: Program | null;
  /** The nodes that the map reads */
  readonly reads: readonly number[];
  /** Lengths of the axes before and after the linear map */
  readonly size: readonly number[];
  readonly out: readonly number[];
  readonly axes: readonly AxisMap[];
  readonly local: boolean;
  /** The axes of a convolution, or null */
  readonly boxes: readonly Box[] | null;
  /** Its covariance of pairs is read */
  readonly pairs: boolean;
  readonly layoutOut: Layout;
}

/** All nodes, and how many values a pair of positions has: NNGP, and NTK if some output is one. */
export interface Network {
  readonly nodes: readonly NetworkNode[];
  readonly axes: number;
  readonly width: 1 | 2;
}

/** The network of a program. */
export function networkOf(program: SpatialProgram): Network {
  const maps = program.nodes.map(({ map }) => map as PositionMap);
  const axes = Math.max(1, program.inputPositions.length, ...maps.map((map) => map.axes.length));
  const padded = (lengths: readonly number[]) => [...Array(axes - lengths.length).fill(1), ...lengths];
  const input: NetworkNode = {
    ...{ id: 0, program: null, reads: [], axes: [], local: false, boxes: null, pairs: true },
    ...{ size: padded(program.inputPositions), out: padded(program.inputPositions) },
    layoutOut: program.inputLayout,
  };
  const inner = program.nodes.map((node, k) => ({ ...innerNode(node.program, maps[k], axes), ...node }));
  const out = padded(program.outputPositions);
  const last = { axes: out.map((length) => identity(length)), local: false };
  const output: NetworkNode = {
    ...innerNode(program.output, last, axes),
    ...{ id: maps.length + 1, boxes: null, pairs: true, layoutOut: program.outputLayout },
  };
  return {
    nodes: [
      input,
      ...inner.map(({ id, program, reads, size, out, axes, local, boxes, pairs, layoutOut }) => ({
        ...{ id, program, reads, size, out, axes, local, boxes, pairs, layoutOut },
      })),
      output,
    ],
    axes,
    width: "ntk" in program.output.map ? 2 : 1,
  };
}

function innerNode(program: Program, map: PositionMap, count: number) {
  const axes = [...Array.from({ length: count - map.axes.length }, () => identity(1)), ...map.axes];
  const boxes = axes.map(boxOf);
  return {
    program,
    reads: [...nodesRead(Object.values(program.map) as Expr[])].sort((a, b) => a - b),
    axes,
    local: map.local,
    size: axes.map((axis) => axis.size),
    out: axes.map((axis) => axis.outSize),
    boxes: map.local || boxes.includes(null) ? null : boxes as Box[],
  };
}
