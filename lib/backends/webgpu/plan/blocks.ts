/**
 * How the pairs of vectors are split: into blocks, each one dispatch, and blocks into groups, each one readback.
 *
 * In: what a row and a pair cost, and the limits of the device. Out: rectangles that cover the matrix, or the part of a symmetric
 * one from the block on the diagonal rightwards: 5000 × 5000 pairs in blocks of 4096 × 4096 are
 * { row: 0, rows: 4096, col: 0, cols: 4096 }, { row: 0, rows: 4096, col: 4096, cols: 904 }, …
 */
import { firstPartner, type Pairs } from "../../../pairs.ts";
import { STAGING_BYTES, TILE } from "../budget.ts";
import type { Limits } from "../device/device.ts";
import { DoesNotFitError } from "../device/errors.ts";

/** The pairs of `rows` rows of x1 from `row` on with `cols` rows of x2 from `col` on. */
export interface Block {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

/** A block of a group, with the number of pairs in the group's blocks before it. */
export interface Placed extends Block {
  readonly before: number;
}

/** What a pair and a row cost. */
export interface Costs extends Pairs {
  /** Bytes of the largest binding that grows with the rows of a block */
  readonly bytesPerRow: number;
  /** Bytes of the largest binding that grows with its pairs, the outputs of all of them */
  readonly bytesPerPair: number;
  readonly operationsPerPair: number;
}

/** The number of pairs of these blocks. */
export function pairsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
}

/** The blocks of all pairs, row by row; no binding, buffer or dispatch exceeds `limits`. */
export function blocksOf(costs: Costs, limits: Limits): Block[] {
  const { n1, n2 } = costs;
  const [height, width] = shapeOf(costs, limits);
  const blocks: Block[] = [];
  for (let row = 0; row < n1; row += height) {
    for (let col = firstPartner(costs, row); col < n2; col += width) {
      blocks.push({ row, rows: Math.min(height, n1 - row), col, cols: Math.min(width, n2 - col) });
    }
  }
  return blocks;
}

/** The blocks in groups whose results fit in one buffer. */
export function groupsOf(blocks: readonly Block[], { bytesPerPair }: Costs, limits: Limits): Placed[][] {
  const capacity = Math.floor(Math.min(limits.bufferBytes, STAGING_BYTES) / bytesPerPair);
  const groups: Placed[][] = [];
  let before = Infinity;
  for (const block of blocks) {
    const pairs = block.rows * block.cols;
    if (before + pairs > capacity) {
      groups.push([]);
      before = 0;
    }
    groups[groups.length - 1].push({ ...block, before });
    before += pairs;
  }
  return groups;
}

/** Rows and columns of a block: as square as the matrix allows, since a block reads rows + columns for rows · columns pairs. */
function shapeOf(costs: Costs, limits: Limits): [height: number, width: number] {
  const bytes = Math.min(limits.bindingBytes, limits.bufferBytes);
  const most = Math.min(Math.floor(bytes / costs.bytesPerRow), limits.workgroups * TILE);
  const pairs = Math.min(
    Math.floor(Math.min(bytes, STAGING_BYTES) / costs.bytesPerPair),
    Math.max(limits.operations / costs.operationsPerPair, TILE * TILE),
  );
  assertFits(costs, most, pairs, bytes);
  const side = Math.floor(Math.sqrt(pairs));
  const height = tiled(Math.min(costs.n1, most, Math.max(side, Math.floor(pairs / costs.n2))));
  if (costs.symmetric) return [height, height];
  return [height, tiled(Math.min(costs.n2, most, Math.floor(pairs / height)))];
}

/** Whole tiles, where there is at least one. */
const tiled = (count: number) => count < TILE ? count : count - count % TILE;

function assertFits(costs: Costs, rows: number, pairs: number, bytes: number): void {
  if (rows >= 1 && pairs >= 1) return;
  const needed = rows < 1 ? costs.bytesPerRow : costs.bytesPerPair;
  throw new DoesNotFitError("a row", needed, bytes);
}
