/** Regression with the exact NTK: every pair of images, and one factorization for each regularization. */
import { type NdArray, NotPositiveDefiniteError, predict, type stax } from "../mod.ts";
import { progress } from "./progress.ts";
import { hits, type Labelled, type Outcome, regularizations, type Row, type Task } from "./regression.ts";

/** How the kernel is computed. */
export interface KernelRegressionOptions {
  readonly backend: string;
  readonly dtype: "float64" | "float32";
}

/** Fits the training images with every regularization, chooses one by validation and tests it. */
export async function kernelRegression(
  network: stax.Network,
  { train, validation, test }: Task,
  options: KernelRegressionOptions,
): Promise<Outcome> {
  const start = performance.now();
  const kernel = kernelOf(network, options);
  const trainTrain = await kernel(train.x, null, "train × train");
  const validationTrain = await kernel(validation.x, train.x, "validation × train");
  const testTrain = await kernel(test.x, train.x, "test × train");

  const row = async (regularization: number, testTrain: NdArray, { y }: Labelled): Promise<Row> => {
    const regularizer = { diagReg: regularization, diagRegAbsoluteScale: true };
    const predictFn = predict.gpInference({ ntk: trainTrain }, train.y, regularizer);
    const outputs = await predictFn({ get: "ntk", kTestTrain: { ntk: testTrain } });
    const squares = outputs.data.reduce((sum, value, i) => sum + (value - y.data[i]) ** 2, 0);
    return { regularization, error: squares / y.size, accuracy: 100 * hits(outputs, y) / y.shape[0] };
  };
  const rows: Row[] = [];
  for (const regularization of regularizations) {
    const found = await row(regularization, validationTrain, validation).catch(unlessTooSmall);
    if (found) rows.push(found);
  }
  const chosen = rows.reduce((a, b) => b.error < a.error ? b : a);
  const { accuracy } = await row(chosen.regularization, testTrain, test);
  return { rows, chosen, accuracy, seconds: (performance.now() - start) / 1000 };
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
