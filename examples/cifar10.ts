/** The CIFAR-10 photographs (Krizhevsky 2009) from a folder with the files of their binary version. */
import { join } from "node:path";
import { NdArray } from "../lib/array/mod.ts";
import { oneHot } from "./one_hot.ts";

const side = 32;
const channelCount = 3;
const pixelCount = side * side;
const classCount = 10;
/** A label, then the red, the green and the blue values of all pixels, rows from top to bottom. */
const recordBytes = 1 + channelCount * pixelCount;

const trainFiles = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
const testFiles = ["test_batch.bin"];

const remedy =
  "unpack cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and give its folder";

/** Photographs for training and for testing. */
export interface Cifar10 {
  /** Training images, shape [train, 32, 32, 3], float64 from 0 to 1. */
  xTrain: NdArray<Float64Array>;
  /** One-hot training labels, shape [train, 10]. */
  yTrain: NdArray<Float64Array>;
  /** Test images, shape [test, 32, 32, 3], as `xTrain`. */
  xTest: NdArray<Float64Array>;
  /** One-hot test labels, shape [test, 10]. */
  yTest: NdArray<Float64Array>;
}

/**
 * The first `train` images of the files data_batch_1.bin to data_batch_5.bin in `folder` and the first `test` images of
 * test_batch.bin. Throws if a file is missing, cut off or has other labels than 0 to 9, and if there are fewer images.
 */
export function loadCifar10(folder: string, { train, test }: { train: number; test: number }): Cifar10 {
  const [xTrain, yTrain] = readImages(folder, trainFiles, train);
  const [xTest, yTest] = readImages(folder, testFiles, test);
  return { xTrain, yTrain, xTest, yTest };
}

/** The first `count` images of all files, one file after the other, and their labels. */
function readImages(folder: string, names: string[], count: number) {
  const files = names.map((name) => join(folder, name)).map((path) => ({ path, records: recordCount(path) }));
  const total = files.reduce((sum, { records }) => sum + records, 0);
  if (!(Number.isInteger(count) && count >= 1 && count <= total)) {
    const wanted = `the number of images in ${[...new Set([names[0], names.at(-1)])].join(" to ")}`;
    throw new RangeError(
      `Cannot read ${folder} as ${wanted} must be an integer between 1 and ${total}: current value is ${count}`,
    );
  }
  const pixels = new Float64Array(count * channelCount * pixelCount);
  const labels = new Uint8Array(count);
  let done = 0;
  for (const { path, records } of files) {
    // Files behind the last image that is asked for are not read.
    if (done === count) break;
    const taken = Math.min(records, count - done);
    const bytes = Deno.readFileSync(path);
    labels.set(labelsOf(path, bytes, taken), done);
    writePixels(bytes, taken, pixels.subarray(done * channelCount * pixelCount));
    done += taken;
  }
  return [new NdArray(pixels, [count, side, side, channelCount]), oneHot(labels)] as const;
}

/** How many images a file has, by its size: also a file of which none is needed has to be there, and whole. */
function recordCount(path: string): number {
  const { size } = fileInfo(path);
  if (size > 0 && size % recordBytes === 0) return size / recordBytes;
  const wanted = `a positive multiple of ${recordBytes} bytes`;
  throw new RangeError(
    `Cannot read ${path} as its size must be ${wanted}: current value is ${size}; ${remedy}`,
  );
}

function fileInfo(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot read ${path} as it must be a file: current value is missing; ${remedy}`, {
      cause: error,
    });
  }
}

function labelsOf(path: string, bytes: Uint8Array, count: number): Uint8Array {
  const labels = Uint8Array.from({ length: count }, (_, i) => bytes[i * recordBytes]);
  const bad = labels.findIndex((label) => label >= classCount);
  if (bad < 0) return labels;
  const wanted = `an integer between 0 and ${classCount - 1}`;
  throw new RangeError(
    `Cannot read ${path} as the label of image ${bad} must be ${wanted}: current value is ${labels[bad]}`,
  );
}

/** The planes of the records, pixel by pixel. */
function writePixels(bytes: Uint8Array, count: number, pixels: Float64Array): void {
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < channelCount; channel++) {
      const from = i * recordBytes + 1 + channel * pixelCount;
      const to = i * pixelCount * channelCount + channel;
      for (let k = 0; k < pixelCount; k++) pixels[to + k * channelCount] = bytes[from + k] / 255;
    }
  }
}
