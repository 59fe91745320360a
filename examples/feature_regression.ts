/** Regression on features of the NTK that are computed batch by batch, used and forgotten. */
import { rowRange } from "../lib/array/mod.ts";
import { type NdArray, predict } from "../mod.ts";
import { hits, type Labelled, type Outcome, regularizations, type Task } from "./regression.ts";

/** Features of images, shape [n, features]; `onDone` is told how many of them are there. */
export type MapImages = (x: NdArray, onDone: (done: number) => void) => Promise<NdArray>;

/** How images are mapped. */
export interface FeatureRegressionOptions {
  /** Images that are mapped at a time. */
  readonly batchSize: number;
  /** Is told how many images of the task are mapped. */
  readonly onDone: (done: number) => void;
}

/** Fits the training images with every regularization, chooses one by validation and tests it. */
export async function featureRegression(
  mapImages: MapImages,
  { train, validation, test }: Task,
  options: FeatureRegressionOptions,
): Promise<Outcome> {
  const start = performance.now();
  const mapped = batchesOf(mapImages, options);
  const model = await predict.ridge(mapped(train), {
    regularizations,
    absoluteScale: true,
    validation: mapped(validation),
  });
  let right = 0;
  for await (const { features, targets } of mapped(test)) {
    right += hits(await model.predict(features), targets);
  }
  const rows = model.table.map(({ regularization, validationError, validationAccuracy }) => ({
    regularization,
    error: validationError!,
    accuracy: 100 * validationAccuracy!,
  }));
  return {
    rows,
    chosen: rows.find(({ regularization }) => regularization === model.regularization)!,
    accuracy: 100 * right / test.x.shape[0],
    seconds: (performance.now() - start) / 1000,
  };
}

/** A function that maps images batch by batch; `onDone` counts those of all its calls. */
function batchesOf(mapImages: MapImages, { batchSize, onDone }: FeatureRegressionOptions) {
  let before = 0;
  return async function* ({ x, y }: Labelled) {
    for (let start = 0; start < x.shape[0]; start += batchSize) {
      const end = Math.min(start + batchSize, x.shape[0]);
      const features = await mapImages(rowRange(x, start, end), (done) => onDone(before + done));
      before += end - start;
      onDone(before);
      yield { features, targets: rowRange(y, start, end) };
    }
  };
}
