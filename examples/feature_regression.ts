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

/** Features that are kept so that all images are fitted in the end: beyond these bytes, only those of training are. */
const KEPT = 2 ** 29;

/** Fits the training images with every regularization, chooses one by validation, fits all of both with it and tests that. */
export async function featureRegression(
  mapImages: MapImages,
  { train, validation, test }: Task,
  options: FeatureRegressionOptions,
): Promise<Outcome> {
  const start = performance.now();
  const mapped = batchesOf(mapImages, options);
  const kept = new Kept();
  const chosenModel = await predict.ridge(kept.of(mapped(train)), {
    regularizations,
    absoluteScale: true,
    validation: kept.of(mapped(validation)),
  });
  const { regularization: best } = chosenModel;
  const model = kept.batches
    ? await predict.ridge(kept.batches, { regularizations: best, absoluteScale: true })
    : chosenModel;
  let right = 0;
  for await (const { features, targets } of mapped(test)) {
    right += hits(await model.predict(features), targets);
  }
  const rows = chosenModel.table.map(({ regularization, validationError, validationAccuracy }) => ({
    regularization,
    error: validationError!,
    accuracy: 100 * validationAccuracy!,
  }));
  return {
    rows,
    chosen: rows.find(({ regularization }) => regularization === best)!,
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

/** Batches that are seen again if they do not take too much memory. */
class Kept {
  /** All that were seen; null if they are too many */
  batches: predict.FeatureBatch[] | null = [];
  #bytes = 0;

  /** The batches, which are kept as they are seen. */
  async *of(batches: AsyncIterable<{ features: NdArray; targets: NdArray }>) {
    for await (const batch of batches) {
      this.#bytes += batch.features.data.byteLength;
      if (this.#bytes > KEPT) this.batches = null;
      this.batches?.push(batch);
      yield batch;
    }
  }
}
