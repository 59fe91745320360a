/** Images of MNIST or CIFAR-10 for a regression. */
import { rowRange } from "../lib/array/mod.ts";
import { loadCifar10 } from "./cifar10.ts";
import { loadMnistImages } from "./mnist_images.ts";
import { type Labelled, type Task } from "./regression.ts";
import { imageNormalization, zcaWhitening } from "./zca.ts";

/** Strength of the regularization of the whitening, that of the reference. */
const ZCA_REG = 0.1;

/** Which images, and how many. */
export interface ImageTaskOptions {
  readonly train: number;
  readonly test: number;
  /** Pixels a side of the digits. */
  readonly size: number;
  /** Folder of CIFAR-10's binary files, or "" for MNIST. */
  readonly cifar10: string;
  /** Whether images are whitened; auto: CIFAR-10's are, digits are not, as a kernel of 2000 of them loses 4 points by it. */
  readonly whiten: "auto" | "yes" | "no";
}

/** The images, centred and scaled, and whitened if they are to be; the last fifth of these is for validation. */
export async function loadImageTask(options: ImageTaskOptions): Promise<Task> {
  const images = options.cifar10 ? loadCifar10(options.cifar10, options) : loadMnistImages(options);
  const isWhitened = options.whiten === "yes" || options.whiten === "auto" && options.cifar10 !== "";
  const change = isWhitened ? await zcaWhitening(images.xTrain, ZCA_REG) : imageNormalization(images.xTrain);
  const [xTrain, xTest] = [await change(images.xTrain), await change(images.xTest)];
  const part = (start: number, end: number): Labelled => ({
    x: rowRange(xTrain, start, end),
    y: rowRange(images.yTrain, start, end),
  });
  const split = options.train - Math.round(options.train / 5);
  return {
    train: part(0, split),
    validation: part(split, options.train),
    test: { x: xTest, y: images.yTest },
  };
}
