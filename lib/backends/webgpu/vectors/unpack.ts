/** From the packed results of blocks to matrices on the host. */
import type { Values } from "../../../array/dtype.ts";
import type { Block } from "./blocks.ts";

/** Side of the squares in which a block is transposed, so that both sides stay in the cache. */
const SQUARE = 32;

/** Copies a block of one output, packed row by row, into the matrix of row length `n2`. */
export function unpack(packed: Values, { row, rows, col, cols }: Block, output: Values, n2: number): void {
  for (let i = 0; i < rows; i++) {
    output.set(packed.subarray(i * cols, (i + 1) * cols), (row + i) * n2 + col);
  }
}

/** Copies what a block has above the diagonal of an n × n matrix to below it. */
export function mirror({ row, rows, col, cols }: Block, output: Values, n: number): void {
  for (let i0 = row; i0 < row + rows; i0 += SQUARE) {
    for (let j0 = col; j0 < col + cols; j0 += SQUARE) {
      const iEnd = Math.min(i0 + SQUARE, row + rows);
      const jEnd = Math.min(j0 + SQUARE, col + cols);
      for (let i = i0; i < iEnd; i++) {
        for (let j = Math.max(j0, i + 1); j < jEnd; j++) output[j * n + i] = output[i * n + j];
      }
    }
  }
}
