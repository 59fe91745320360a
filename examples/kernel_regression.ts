/** Regression with the exact NTK: every pair of images, and one factorization for each regularization. */
import { NdArray, NotPositiveDefiniteError, predict, type stax } from "../mod.ts";
import { progress } from "./progress.ts";
import {
  fittedInTheEnd,
  hits,
  type Labelled,
  type Outcome,
  regularizations,
  type Row,
  type Task,
} from "./regression.ts";

/** How the kernel is computed. */
export interface KernelRegressionOptions {
  readonly backend: string;
  readonly dtype: "float64" | "float32";
}

/** Fits the training images with every regularization, chooses one by validation, fits all of both with it and tests that. */
export async function kernelRegression(
  network: stax.Network,
  task: Task,
  options: KernelRegressionOptions,
): Promise<Outcome> {
  const start = performance.now();
  const { train, validation, test } = task;
  const all = fittedInTheEnd(task);
  const kernel = kernelOf(network, options);
  const allAll = await kernel(all.x, null, "train × train");
  const testAll = await kernel(test.x, all.x, "test × train");
  const [trains, images] = [train.x.shape[0], all.x.shape[0]];
  const trainTrain = block(allAll, [0, trains], trains);
  const validationTrain = block(allAll, [trains, images], trains);

  const row = async (
    regularization: number,
    [known, fitted]: Fitted,
    testTrain: NdArray,
    { y }: Labelled,
  ) => {
    const regularizer = { diagReg: regularization, diagRegAbsoluteScale: true };
    const predictFn = predict.gpInference({ ntk: known }, fitted.y, regularizer);
    const outputs = await predictFn({ get: "ntk", kTestTrain: { ntk: testTrain } });
    const squares = outputs.data.reduce((sum, value, i) => sum + (value - y.data[i]) ** 2, 0);
    return { regularization, error: squares / y.size, accuracy: 100 * hits(outputs, y) / y.shape[0] };
  };
  const rows: Row[] = [];
  for (const regularization of regularizations) {
    const found = await row(regularization, [trainTrain, train], validationTrain, validation)
      .catch(unlessTooSmall);
    if (found) rows.push(found);
  }
  const chosen = rows.reduce((a, b) => b.error < a.error ? b : a);
  const { accuracy } = await row(chosen.regularization, [allAll, all], testAll, test);
  return { rows, chosen, accuracy, seconds: (performance.now() - start) / 1000 };
}

/** The kernel of the images that are fitted, and these. */
type Fitted = readonly [NdArray, Labelled];

/** The rows `start` … `end` − 1 of the first columns of a matrix. */
function block(
  { data, shape: [, width] }: NdArray,
  [start, end]: readonly [number, number],
  columns: number,
) {
  const entries = data.slice(0, (end - start) * columns);
  for (let i = start; i < end; i++) {
    entries.set(data.subarray(i * width, i * width + columns), (i - start) * columns);
  }
  return new NdArray(entries, [end - start, columns]);
}

/** A function that computes the NTK between images, with a display of how far it is. */
function kernelOf({ kernelFn }: stax.Network, { backend, dtype }: KernelRegressionOptions) {
  return async (x1: NdArray, x2: NdArray | null, label: string): Promise<NdArray> => {
    const pairs = x1.shape[0] * (x2 ?? x1).shape[0];
    const bar = progress(`Exact NTK, ${label}`, pairs);
    try {
      return await kernelFn(x1, x2, "ntk", {
        backend,
        dtype,
        onProgress: ({ done, total }) => bar.update(Math.round(done / total * pairs)),
      });
    } finally {
      bar.stop();
    }
  };
}

/** A regularization below the rounding errors of a kernel in float32 is left out. */
function unlessTooSmall(error: unknown): null {
  if (error instanceof NotPositiveDefiniteError) return null;
  throw error;
}
