/** From the packed results of blocks to matrices on the host. */
import type { Values } from "../../../array/dtype.ts";
import type { Block } from "./blocks.ts";

/** Copies a block of one output, packed row by row, into the matrix of row length `n2`. */
export function unpack(packed: Values, { row, rows, col, cols }: Block, output: Values, n2: number): void {
  for (let i = 0; i < rows; i++) {
    output.set(packed.subarray(i * cols, (i + 1) * cols), (row + i) * n2 + col);
  }
}
