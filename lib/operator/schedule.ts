/**
 * The order in which tiles are multiplied. A tile adds to the results of both of its blocks, so that two that share a block wait for
 * each other: first come the tiles of the diagonal, then rounds in which every block meets one other, as in a tournament (the circle
 * method). Each waits for the ones before it at its blocks, so the sums of a block have one order, whatever the threads do.
 */
import { numberOf } from "./layout.ts";

/** A tile, its blocks, and how many tiles are before it at each of them. */
export interface Task {
  readonly tile: number;
  readonly row: number;
  readonly col: number;
  readonly beforeRow: number;
  readonly beforeCol: number;
}

/** The tasks of so many blocks. */
export function scheduleOf(blocks: number): Task[] {
  const seen = new Array<number>(blocks).fill(0);
  return meetings(blocks).map(([row, col]) => {
    const task = { tile: numberOf(row, col), row, col, beforeRow: seen[row], beforeCol: seen[col] };
    seen[row]++;
    if (row !== col) seen[col]++;
    return task;
  });
}

/** All pairs (row, col), col ≤ row, in rounds. */
function meetings(blocks: number): [row: number, col: number][] {
  const found = Array.from({ length: blocks }, (_, block): [number, number] => [block, block]);
  // With an odd number, one that is not there has nobody else to meet.
  const seats = blocks + blocks % 2;
  for (let round = 0; round < seats - 1; round++) {
    for (let k = 0; k < seats / 2; k++) {
      const a = k === 0 ? seats - 1 : (round + k) % (seats - 1);
      const b = (round - k + seats - 1) % (seats - 1);
      if (Math.max(a, b) < blocks) found.push([Math.max(a, b), Math.min(a, b)]);
    }
  }
  return found;
}
