/** Whitened images of MNIST or CIFAR-10 for a regression. */
import { loadCifar10 } from "./cifar10.ts";
import { loadMnistImages } from "./mnist_images.ts";
import { type Labelled, rowsOf, type Task } from "./regression.ts";
import { zcaWhitening } from "./zca.ts";

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
}

/** The images, whitened as those of training tell; the last fifth of these is for validation. */
export async function loadImageTask(options: ImageTaskOptions): Promise<Task> {
  const images = options.cifar10 ? loadCifar10(options.cifar10, options) : loadMnistImages(options);
  const whiten = await zcaWhitening(images.xTrain, ZCA_REG);
  const [xTrain, xTest] = [await whiten(images.xTrain), await whiten(images.xTest)];
  const part = (start: number, end: number): Labelled => ({
    x: rowsOf(xTrain, start, end),
    y: rowsOf(images.yTrain, start, end),
  });
  const split = options.train - Math.round(options.train / 5);
  return {
    train: part(0, split),
    validation: part(split, options.train),
    test: { x: xTest, y: images.yTest },
  };
}
