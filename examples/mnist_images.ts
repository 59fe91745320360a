/** The MNIST digits as images with one channel. */
import { NdArray } from "../lib/array/mod.ts";
import { loadMnist } from "./mnist_data.ts";

const digitSide = 28;

/** Digits of `size` × `size` pixels, shape [count, size, size, 1], in a frame of zeros if `size` is above 28; and their labels. */
export function loadMnistImages({ train, test, size }: { train: number; test: number; size: number }) {
  const { xTrain, yTrain, xTest, yTest } = loadMnist({ train, test });
  return { xTrain: framed(xTrain, size), yTrain, xTest: framed(xTest, size), yTest };
}

function framed({ data, shape: [count] }: NdArray<Float64Array>, size: number): NdArray<Float64Array> {
  const border = (size - digitSide) / 2;
  const pixels = new Float64Array(count * size * size);
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < digitSide; row++) {
      const from = (i * digitSide + row) * digitSide;
      const to = (i * size + row + border) * size + border;
      pixels.set(data.subarray(from, from + digitSide), to);
    }
  }
  return new NdArray(pixels, [count, size, size, 1]);
}
