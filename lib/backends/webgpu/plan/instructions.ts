/**
 * The plan of a network with positions as data: steps of instructions, each one shader that runs over all pairs of a block.
 *
 * plan/plan.ts makes it, run/session.ts compiles it. Between instructions values stay in *regions* of the arena:
 *
 *     { kind: "map", program, positions: 64, entries: 4096, sources: [{ start: 128, size: 4096 }], sink: { start: 4224, … } }
 *     { kind: "axis", axis, outer: 1, inner: 8, local: false, source: { start: 4224, … }, sink: { start: 8320, … } }
 */
import type { Entrywise } from "../../../program/entrywise.ts";
import type { Node } from "../../../program/program.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import type { Chain } from "./chain.ts";

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
