/**
 * The first step of planning: a program as the native backend sees it, all nodes with the same number of axes, convolutions
 * recognised. In: a program. Out, for plan.ts: its nodes. Conv → ReLU → Flatten is node 0, the input; node 1, the convolution,
 * with boxes; and node 2, the output, with the map of ReLU.
 */
import type { Entrywise } from "../../../../program/entrywise.ts";
import { type AxisMap, identity, modulo } from "../../../../spatial/axis.ts";
import { type Node, nodesRead, type Program } from "../../../../program/program.ts";
import { isMixing, type Mixing, type PositionMap } from "../../../../program/nodes.ts";
import { AXES, MOST_MIXED } from "../../budget.ts";

/**
 * A convolution along an axis: K′(P, Q) = scale · Σₜ K(p, q) over t < taps with p = stride · P + first + t and the same for q; 0
 * outside unless it wraps around.
 */
export interface Box {
  readonly size: number;
  readonly outSize: number;
  readonly stride: number;
  readonly first: number;
  readonly taps: number;
  readonly wrap: boolean;
  readonly scale: number;
}

/**
 * A node: its map, then a linear map of positions. The input has neither, the output no linear map; and what gives the matrices
 * of a mixing node from inputs with themselves is a node of its own.
 */
export interface NetworkNode {
  /** The number of the node: that of the program; after the output those of attention */
  readonly id: number;
  readonly program: Entrywise | null;
  /** The nodes that the map reads */
  readonly reads: readonly number[];
  /** Lengths of the axes before and after the linear map */
  readonly size: readonly number[];
  readonly out: readonly number[];
  readonly axes: readonly AxisMap[];
  /** Only equal positions have a covariance afterwards */
  readonly local: boolean;
  /** The axes of a convolution, or null */
  readonly boxes: readonly Box[] | null;
  /** Each input has a matrix of its own, which may follow from the node `attention` */
  readonly mixes: boolean;
  readonly attention: number | null;
  readonly softmax: boolean;
  /** Its covariance of pairs is read */
  readonly pairs: boolean;
  /** All pairs of positions are needed afterwards whatever reads them */
  readonly full: boolean;
}

/** All nodes, and how many values a pair of positions has: NNGP, and NTK if some output is one. */
export interface Network {
  readonly nodes: readonly NetworkNode[];
  /** The number of the output; only nodes of attention come after it */
  readonly output: number;
  readonly axes: number;
  readonly width: 1 | 2;
}

const product = (lengths: readonly number[]) => lengths.reduce((a, b) => a * b, 1);

/** The network of a program. */
export function networkOf(program: Program): Network {
  const { nodes, inputPositions, outputPositions, output, outputLayout } = program;
  const last = nodes.length + 1;
  const attentive = nodes.filter(({ map }) => isMixing(map) && map.attention);
  const axes = axesOf(program);
  const plain = (
    id: number,
    program: Entrywise | null,
    lengths: readonly number[],
    full: boolean,
  ): NetworkNode => {
    const maps = padded(lengths.map(identity), axes);
    const size = maps.map((axis) => axis.size);
    return {
      ...{ id, program, reads: program ? readsOf(program) : [], size, out: size, axes: maps, local: false },
      ...{ boxes: null, mixes: false, attention: null, softmax: false, pairs: true, full },
    };
  };
  return {
    nodes: [
      plain(0, null, inputPositions, false),
      ...nodes.map((node) => inner(node, axes, last + 1 + attentive.indexOf(node))),
      plain(last, output, outputPositions, outputLayout === "full"),
      ...attentive.map(({ map }, k) => {
        const { size, attention } = map as Mixing;
        return { ...plain(last + 1 + k, attention!.weight, [size], true), pairs: false };
      }),
    ],
    output: last,
    axes,
    width: "ntk" in output.map ? 2 : 1,
  };
}

/** The most axes of positions at any place of a program. */
const axesOf = ({ nodes, inputPositions, outputPositions }: Program): number =>
  Math.max(
    1,
    inputPositions.length,
    outputPositions.length,
    ...nodes.map(({ map }) => isMixing(map) ? 1 : map.axes.length),
  );

function inner({ id, program, map, pairs }: Node, count: number, attention: number): NetworkNode {
  const mixing = isMixing(map);
  const axes = padded(mixing ? [identity(map.size)] : map.axes, count);
  const boxes = axes.map(boxOf);
  const local = !mixing && (map as PositionMap).local;
  return {
    ...{ id, program, reads: readsOf(program), axes, local, pairs, mixes: mixing, full: mixing },
    size: axes.map((axis) => axis.size),
    out: axes.map((axis) => axis.outSize),
    boxes: mixing || local || boxes.includes(null) ? null : boxes as Box[],
    attention: mixing && map.attention ? attention : null,
    softmax: mixing && (map.attention?.softmax ?? false),
  };
}

const readsOf = ({ map }: Entrywise) => [...nodesRead(Object.values(map))].sort((a, b) => a - b);

/** The convolution that a map of an axis is: shifts to neighbours, one after the other; or null. */
function boxOf({ size, outSize, scale, shifts }: AxisMap): Box | null {
  if (!shifts) return null;
  const { stride, taps, circular: wrap } = shifts;
  if (!taps.every((tap, k) => tap === taps[0] + k) || (wrap && outSize * stride !== size)) return null;
  // Of the equal places on a circle, the one next to the first position.
  const first = wrap ? modulo(taps[0] + (size >> 1), size) - (size >> 1) : taps[0];
  return { size, outSize, stride, first, taps: taps.length, wrap, scale };
}

/** A convolution that changes nothing, so that it goes along with wrapped axes and others. */
export const isIdentity = ({ size, outSize, stride, first, taps, scale }: Box): boolean =>
  size === outSize && stride === 1 && first === 0 && taps === 1 && scale === 1;

/** The box that reads the same position of an axis. */
export const identityBox = (size: number): Box => ({
  size,
  outSize: size,
  stride: 1,
  first: 0,
  taps: 1,
  wrap: false,
  scale: 1,
});

/** The maps of as many axes as wanted: those in front have one position. */
const padded = (axes: readonly AxisMap[], count: number): AxisMap[] => [
  ...Array.from({ length: count - axes.length }, () => identity(1)),
  ...axes,
];

/** Positions before and after the linear map of a node. */
export const positionsOf = ({ size }: NetworkNode): number => product(size);
export const resultsOf = ({ out }: NetworkNode): number => product(out);

/** What of a program it has not, as messages name it; null if it has all of it. */
export function unsupported(program: Program): string | null {
  if (program.nodes.some(({ map }) => isMixing(map) && map.size > MOST_MIXED)) {
    return `attention or aggregation over more than ${MOST_MIXED} positions`;
  }
  return axesOf(program) > AXES ? `more than ${AXES} axes of positions` : null;
}
