/** A strided window on a matrix, so that one product kernel serves blocks and transposes alike. */

/** Entry (i, j) is `data[offset + i·rowStride + j·colStride]`. */
export interface MatrixView {
  readonly data: Float64Array;
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
  readonly rowStride: number;
  readonly colStride: number;
}

/** The row-major `rows` × `cols` matrix stored in `data`. */
export function matrixView(data: Float64Array, rows: number, cols: number): MatrixView {
  return { data, offset: 0, rows, cols, rowStride: cols, colStride: 1 };
}

/** The transpose, without moving an entry. */
export function transposed(a: MatrixView): MatrixView {
  return { ...a, rows: a.cols, cols: a.rows, rowStride: a.colStride, colStride: a.rowStride };
}

/** Rows `row` … `rowEnd` − 1 and columns `col` … `colEnd` − 1. */
export function block(a: MatrixView, row: number, rowEnd: number, col: number, colEnd: number): MatrixView {
  const offset = a.offset + row * a.rowStride + col * a.colStride;
  return { ...a, offset, rows: rowEnd - row, cols: colEnd - col };
}
