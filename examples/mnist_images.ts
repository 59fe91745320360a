/** The MNIST digits as images with one channel. */
import { NdArray } from "../lib/array/mod.ts";
import { loadMnist } from "./mnist_data.ts";

type Images = NdArray<Float64Array>;

const digitSide = 28;

/**
 * Digits of `size` × `size` pixels, shape [count, size, size, 1], and their labels. A `size` above 28 puts a frame of zeros around them;
 * one below must divide 28, and they shrink.
 */
export function loadMnistImages({ train, test, size }: { train: number; test: number; size: number }) {
  const { xTrain, yTrain, xTest, yTest } = loadMnist({ train, test });
  const sized = (x: Images) => size < digitSide ? shrunk(centred(x, digitSide), size) : centred(x, size);
  return { xTrain: sized(xTrain), yTrain, xTest: sized(xTest), yTest };
}

/** Rows of 784 pixels as images of `size` × `size`, an even number: in a frame of zeros, or without their borders. */
export function centred({ data, shape: [count] }: Images, size: number): Images {
  const border = (size - digitSide) / 2;
  const kept = Math.min(size, digitSide);
  const [fromCorner, toCorner] = [Math.max(0, -border), Math.max(0, border)];
  const pixels = new Float64Array(count * size * size);
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < kept; row++) {
      const from = (i * digitSide + fromCorner + row) * digitSide + fromCorner;
      pixels.set(data.subarray(from, from + kept), (i * size + toCorner + row) * size + toCorner);
    }
  }
  return new NdArray(pixels, [count, size, size, 1]);
}

/** Images of `size` × `size` pixels, of larger ones with one channel: blocks of pixels are averaged. */
export function shrunk({ data, shape: [count, side] }: Images, size: number): Images {
  const block = side / size;
  if (!Number.isInteger(block)) {
    throw new RangeError(
      `Cannot shrink images as size must divide their ${side} pixels a side: current value is ${size}`,
    );
  }
  const pixels = new Float64Array(count * size * size);
  for (let k = 0; k < data.length; k++) {
    const [row, column] = [Math.floor(k / side), k % side];
    // Images lie one below the other, and so do those that become of them.
    pixels[Math.floor(row / block) * size + Math.floor(column / block)] += data[k] / block ** 2;
  }
  return new NdArray(pixels, [count, size, size, 1]);
}
