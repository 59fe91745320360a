/** A kernel over points, or over points and positions, as one matrix. */
import { countOf } from "../array/dtype.ts";
import { assertFinite, NdArray } from "../array/mod.ts";

/**
 * A kernel of shape [r₀, c₀, r₁, c₁, …] as the matrix of shape [r₀·r₁·…, c₀·c₁·…].
 *
 * A network that ends without pooling or flattening has outputs at positions, and its kernel relates every pair of
 * (point, position): axis 2a runs over the first of the pair, axis 2a + 1 over the second.
 */
export interface KernelMatrix {
  readonly matrix: NdArray;
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

/** The matrix of a kernel, whose entries must be finite; a kernel of two axes is not copied. */
export function kernelMatrix(kernel: NdArray, name: string): KernelMatrix {
  const { shape } = kernel;
  if (shape.length < 2 || shape.length % 2 !== 0) {
    throw new TypeError(
      `Cannot predict as the number of axes of ${name} must be 2, or 2 more for each axis of positions: ` +
        `current value is ${shape.length}`,
    );
  }
  assertFinite(kernel, name);
  const rows = shape.filter((_, axis) => axis % 2 === 0);
  const cols = shape.filter((_, axis) => axis % 2 === 1);
  if (shape.length === 2) return { matrix: kernel, rows, cols };
  const data = kernel.data.slice();
  forEachEntry(rows, cols, (inKernel, inMatrix) => data[inMatrix] = kernel.data[inKernel]);
  return { matrix: new NdArray(data, [size(rows), size(cols)]), rows, cols };
}

/** The kernel of a matrix: the inverse of `kernelMatrix`. */
export function kernelArray(
  matrix: NdArray<Float64Array>,
  rows: readonly number[],
  cols: readonly number[],
): NdArray<Float64Array> {
  if (rows.length === 1) return matrix;
  const data = new Float64Array(matrix.size);
  forEachEntry(rows, cols, (inKernel, inMatrix) => data[inKernel] = matrix.data[inMatrix]);
  return new NdArray(data, rows.flatMap((row, axis) => [row, cols[axis]]));
}

/** Refuses axes of a kernel that do not run over the points that they should. */
export function requireAxes(is: readonly number[], must: readonly number[], what: string): void {
  if (is.length === must.length && is.every((axis, i) => axis === must[i])) return;
  throw new TypeError(
    `Cannot predict as ${what} must be [${must.join(", ")}]: current value is [${is.join(", ")}]`,
  );
}

function size(shape: readonly number[]): number {
  return countOf(shape);
}

/** Calls `visit` with the place of every entry in the kernel and in its matrix. */
function forEachEntry(
  rows: readonly number[],
  cols: readonly number[],
  visit: (inKernel: number, inMatrix: number) => void,
): void {
  const width = size(cols);
  let inKernel = 0;
  const descend = (axis: number, row: number, col: number): void => {
    if (axis === rows.length) return visit(inKernel++, row * width + col);
    for (let i = 0; i < rows[axis]; i++) {
      for (let j = 0; j < cols[axis]; j++) descend(axis + 1, row * rows[axis] + i, col * cols[axis] + j);
    }
  };
  descend(0, 0, 0);
}
