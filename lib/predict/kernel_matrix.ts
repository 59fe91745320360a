/**
 * Kernels over points, or over points and positions, as matrices; those that involve the points to predict at are checked against that
 * of the training points.
 */
import { assertFinite, countOf, NdArray } from "../array/mod.ts";
import { type KernelName, type Kernels, selectKernel } from "./kernels.ts";
import { inUnits } from "./units.ts";
import { wrongType } from "../options.ts";

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

/** A kernel divided by `unit`. */
export interface ScaledMatrix extends KernelMatrix {
  readonly unit: number;
}

/** The matrix of a kernel, whose entries must be finite; a kernel of two axes is not copied. */
export function kernelMatrix(kernel: NdArray, name: string): KernelMatrix {
  const { shape } = kernel;
  if (shape.length < 2 || shape.length % 2 !== 0) {
    throw wrongType(
      "predict",
      `the number of axes of ${name}`,
      "2, or 2 more for each axis of positions",
      shape.length,
    );
  }
  assertFinite(kernel, name);
  const rows = shape.filter((_, axis) => axis % 2 === 0);
  const cols = shape.filter((_, axis) => axis % 2 === 1);
  if (shape.length === 2) return { matrix: kernel, rows, cols };
  const data = kernel.data.slice();
  forEachEntry(rows, cols, (inKernel, inMatrix) => data[inMatrix] = kernel.data[inKernel]);
  return { matrix: new NdArray(data, [countOf(rows), countOf(cols)]), rows, cols };
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

/** Calls `visit` with the place of every entry in the kernel and in its matrix. */
function forEachEntry(
  rows: readonly number[],
  cols: readonly number[],
  visit: (inKernel: number, inMatrix: number) => void,
): void {
  const width = countOf(cols);
  let inKernel = 0;
  const descend = (axis: number, row: number, col: number): void => {
    if (axis === rows.length) return visit(inKernel++, row * width + col);
    for (let i = 0; i < rows[axis]; i++) {
      for (let j = 0; j < cols[axis]; j++) descend(axis + 1, row * rows[axis] + i, col * cols[axis] + j);
    }
  };
  descend(0, 0, 0);
}

/** Kernels that involve the points to predict at, `testTest` for the covariance; without `testTrain`, the training points. */
export type TestKernels =
  | { readonly testTrain: Kernels; readonly testTest: Kernels | null }
  | { readonly testTrain: null; readonly testTest: true | null };

/**
 * The test–train kernel called `name` in the unit of the training kernel, whose points its columns have to be; `null` stands for
 * these.
 */
export function testTrainMatrix(
  testTrain: Kernels | null,
  name: KernelName,
  train: ScaledMatrix,
): ScaledMatrix {
  if (testTrain === null) return train;
  const kernel = kernelMatrix(selectKernel(testTrain, name, "kTestTrain"), "kTestTrain");
  requireAxes(kernel.cols, train.cols, "the column axes of kTestTrain");
  return inUnit(kernel, train.unit);
}

/** The test–test kernel called `name` over the points of shape `points`, divided by `unit`. */
export function testTestMatrix(
  testTest: Kernels,
  name: KernelName,
  points: readonly number[],
  unit: number,
): ScaledMatrix {
  const kernel = kernelMatrix(selectKernel(testTest, name, "kTestTest"), "kTestTest");
  requireAxes(kernel.rows, points, "the row axes of kTestTest");
  requireAxes(kernel.cols, points, "the column axes of kTestTest");
  return inUnit(kernel, unit);
}

/** The kernel divided by `unit`. */
export function inUnit(kernel: KernelMatrix, unit: number): ScaledMatrix {
  return { ...kernel, matrix: inUnits(kernel.matrix, unit), unit };
}
