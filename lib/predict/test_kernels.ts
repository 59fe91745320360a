/** Kernels that involve the points to predict at, checked against those of the training points. */
import { type KernelMatrix, kernelMatrix, requireAxes } from "./kernel_matrix.ts";
import { type KernelName, type Kernels, selectKernel } from "./kernels.ts";
import type { TrainKernel } from "./train_kernel.ts";
import { inUnits } from "./units.ts";

/** Kernels that involve the points to predict at, `testTest` for the covariance; without `testTrain`, the training points. */
export type TestKernels =
  | { readonly testTrain: Kernels; readonly testTest: Kernels | null }
  | { readonly testTrain: null; readonly testTest: true | null };

/** A kernel divided by `unit`. */
export interface ScaledMatrix extends KernelMatrix {
  readonly unit: number;
}

/**
 * The test–train kernel called `name` in the unit of the training kernel, whose points its columns have to be; `null` stands for
 * these.
 */
export function testTrainMatrix(
  testTrain: Kernels | null,
  name: KernelName,
  train: TrainKernel,
): ScaledMatrix {
  if (testTrain === null) return { ...train.kernel, unit: train.unit };
  const kernel = kernelMatrix(selectKernel(testTrain, name, "kTestTrain"), "kTestTrain");
  requireAxes(kernel.cols, train.kernel.cols, "the column axes of kTestTrain");
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

function inUnit(kernel: KernelMatrix, unit: number): ScaledMatrix {
  return { ...kernel, matrix: inUnits(kernel.matrix, unit), unit };
}
