/** ZCA whitening of images that are centred and scaled one by one before, as for kernels by Shankar et al. 2020 (arXiv:2003.02237). */
import { NdArray } from "../lib/array/mod.ts";
import { diagonalize } from "../lib/linalg/factor.ts";
import { gramOfColumns, gramOfRows, multiply } from "../lib/linalg/products.ts";

/** Changes images of the shape of those of training, but for their number. */
export type ChangeImages = (images: NdArray<Float64Array>) => Promise<NdArray<Float64Array>>;

/**
 * Instead of whitening: channels are standardized, each image is centred and scaled to a mean square of 1, at which nonlinearities that
 * are smooth are not nearly linear.
 */
export function imageNormalization(train: NdArray<Float64Array>): ChangeImages {
  const standardize = standardization(train);
  return (images) => {
    const root = Math.sqrt(images.size / images.shape[0]);
    const data = unitRows(images, standardize).data.map((value) => root * value);
    return Promise.resolve(new NdArray(data, images.shape));
  };
}

/**
 * The whitening of images, shape [n, height, width, channels]: their channels are standardized, each image is centred and scaled to
 * norm 1, and multiplied with (C + r·I)^(−1/2), where C is the covariance of the training images and r is `reg` > 0 times the mean of
 * its diagonal. Of fewer images than pixels, the directions that C lacks keep their lengths.
 */
export async function zcaWhitening(train: NdArray<Float64Array>, reg: number): Promise<ChangeImages> {
  const standardize = standardization(train);
  // As in the reference, C is that of the images without standardized channels; for one channel both are the same.
  const transform = await inverseRoot(unitRows(train, (value) => value), reg);
  return async (images) => {
    const { data } = await multiply(unitRows(images, standardize), transform);
    return new NdArray(data, images.shape);
  };
}

/** What a value of a channel becomes. */
type OfChannel = (value: number, channel: number) => number;

/** Subtracts the mean of a channel over all pixels and images, and divides by its standard deviation. */
function standardization({ data, shape }: NdArray<Float64Array>): OfChannel {
  const channels = shape[shape.length - 1];
  const pixels = data.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[i % channels] += data[i] / pixels;
  for (let i = 0; i < data.length; i++) {
    variance[i % channels] += (data[i] - mean[i % channels]) ** 2 / pixels;
  }
  return (value, channel) => (value - mean[channel]) / Math.sqrt(variance[channel]);
}

/** The images as rows of mean 0 and norm 1, after `change` of every value. */
function unitRows({ data, shape }: NdArray<Float64Array>, change: OfChannel): NdArray<Float64Array> {
  const channels = shape[shape.length - 1];
  const rows = new NdArray(data.map((value, i) => change(value, i % channels)), [
    shape[0],
    data.length / shape[0],
  ]);
  for (let i = 0; i < shape[0]; i++) {
    const row = rows.data.subarray(i * rows.shape[1], (i + 1) * rows.shape[1]);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const norm = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    if (!(norm > 0)) {
      throw new RangeError(
        `Cannot whiten image ${i} as its pixels must differ: current value is the same everywhere`,
      );
    }
    for (let k = 0; k < row.length; k++) row[k] = (row[k] - mean) / norm;
  }
  return rows;
}

/** (C + r·I)^(−1/2) of the rows: U·f·Uᵀ with the eigenvectors U of C. */
async function inverseRoot(rows: NdArray<Float64Array>, reg: number): Promise<NdArray<Float64Array>> {
  const [count, size] = rows.shape;
  const { values, vectors } = await diagonalize(await regularizedCovariance(rows, reg), "the covariance");
  const halves = vectors.data.map((value, i) => {
    // In ascending order: the directions that fewer images than pixels lack come first.
    const j = i % size;
    return j < size - count ? value : value * values.data[j] ** -0.25;
  });
  return await gramOfRows(new NdArray(halves, [size, size]));
}

async function regularizedCovariance(
  rows: NdArray<Float64Array>,
  reg: number,
): Promise<NdArray<Float64Array>> {
  const [count, size] = rows.shape;
  const { data } = await gramOfColumns(rows);
  const covariance = data.map((value) => value / count);
  // Rows of norm 1 have a covariance of trace 1.
  for (let i = 0; i < size; i++) covariance[i * (size + 1)] += reg / size;
  return new NdArray(covariance, [size, size]);
}
