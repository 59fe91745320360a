/** Published values by one command: NNGP regression on MNIST as by Lee et al. 2018 (arXiv:1711.00165), table 1, beside theirs. */
import { NdArray, NotPositiveDefiniteError, predict, stax } from "../mod.ts";
import { rowRange } from "../lib/array/mod.ts";
import { largestAt } from "../lib/predict/one_hot.ts";
import { parseOptions } from "./cli.ts";
import { loadMnist } from "./mnist_data.ts";
import { progress } from "./progress.ts";

/** A network of the table: hidden layers, variances of weights and biases, and the accuracy that is published. */
interface Published {
  readonly depth: number;
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly accuracy: number;
}

/** The best networks by training digits, for both nonlinearities. */
const table: Readonly<Record<number, Readonly<Record<"relu" | "tanh", Published>>>> = {
  1000: {
    relu: { depth: 20, weightVariance: 1.45, biasVariance: 0.28, accuracy: 0.9279 },
    tanh: { depth: 20, weightVariance: 1.96, biasVariance: 0.62, accuracy: 0.9266 },
  },
  10000: {
    relu: { depth: 7, weightVariance: 0.61, biasVariance: 0.07, accuracy: 0.9765 },
    tanh: { depth: 2, weightVariance: 1.62, biasVariance: 0.28, accuracy: 0.9773 },
  },
  50000: {
    relu: { depth: 1, weightVariance: 0.1, biasVariance: 0.48, accuracy: 0.9875 },
    tanh: { depth: 1, weightVariance: 1.28, biasVariance: 0, accuracy: 0.9879 },
  },
};

const options = parseOptions({
  train: {
    type: "integers",
    default: [1000],
    min: 10,
    max: 60000,
    description: "numbers of training digits",
  },
  test: { type: "integer", default: 10000, min: 1, max: 10000, description: "number of test digits" },
  act: { type: "string", default: "tanh", choices: ["tanh", "relu"], description: "nonlinearity" },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
}, { usage: "deno run -A examples/nngp_mnist.ts [options]; --train=1000,10000,50000 is all of the table" });

/** Up to so many digits there is a Cholesky factor, and with it a noise as small as the paper's. */
const FACTORED = 10_000;

console.log("training digits | network: depth-σ²w-σ²b | noise | published | ours | seconds");
for (const train of options.train) {
  const { published, isOfTable } = closest(train);
  const start = performance.now();
  const { accuracy, noise } = await run(train, published);
  const { depth, weightVariance, biasVariance } = published;
  console.log([
    String(train).padStart(15),
    `${options.act} ${depth}-${weightVariance.toFixed(2)}-${biasVariance.toFixed(2)}`.padEnd(22),
    noise.toExponential(0),
    isOfTable ? published.accuracy.toFixed(4) : "  –   ",
    accuracy.toFixed(4),
    ((performance.now() - start) / 1000).toFixed(0),
  ].join(" | "));
}

/** The network of the table for the nearest number of digits, on a logarithmic scale. */
function closest(train: number): { published: Published; isOfTable: boolean } {
  const distance = (digits: number) => Math.abs(Math.log(train / digits));
  const digits = Object.keys(table).map(Number).reduce((a, b) => distance(a) <= distance(b) ? a : b);
  return { published: table[digits][options.act], isOfTable: digits === train };
}

async function run(train: number, published: Published): Promise<{ accuracy: number; noise: number }> {
  const { xTrain, yTrain, xTest, testLabels } = loadMnist({ train, test: options.test });
  const [x, xOfTest] = [standardized(xTrain), standardized(xTest)];
  const targets = new NdArray(yTrain.data.map((value) => value - 0.1), yTrain.shape);
  const { model, noise } = await fitted(networkOf(published), x, targets);
  const bar = progress("Test digits", options.test * train);
  const mean = await model.mean(xOfTest, { onProgress: ({ done }) => bar.update(done) });
  bar.stop();
  return { accuracy: accuracyOf(mean, testLabels), noise };
}

function networkOf({ depth, weightVariance, biasVariance }: Published): stax.Network {
  const dense = () => stax.Dense(1, { wStd: Math.sqrt(weightVariance), bStd: Math.sqrt(biasVariance) });
  const nonlinearity = () =>
    options.act === "relu" ? stax.Relu() : stax.ElementwiseNumerical((x) => x.tanh());
  return stax.serial(stax.repeat(stax.serial(dense(), nonlinearity()), depth), dense());
}

/** Every image with mean 0 and variance 1. */
function standardized({ data, shape }: NdArray<Float64Array>): NdArray<Float64Array> {
  const [count, pixels] = shape;
  const out = data.slice();
  for (let i = 0; i < count; i++) {
    const image = out.subarray(i * pixels, (i + 1) * pixels);
    const mean = image.reduce((sum, value) => sum + value, 0) / pixels;
    const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels);
    for (let k = 0; k < pixels; k++) image[k] = (image[k] - mean) / deviation;
  }
  return new NdArray(out, shape);
}

/** The regression and its noise. */
async function fitted(network: stax.Network, x: NdArray<Float64Array>, targets: NdArray) {
  return x.shape[0] > FACTORED
    ? await withNoise(network, x, targets, await noticeable(network, x))
    : await withLeastNoise(network, x, targets);
}

/** A noise of 1e-10, or ten times as much as often as the kernel needs it, as in the paper. */
async function withLeastNoise(network: stax.Network, x: NdArray, targets: NdArray) {
  for (let noise = 1e-10;; noise *= 10) {
    try {
      return await withNoise(network, x, targets, noise);
    } catch (error) {
      if (!(error instanceof NotPositiveDefiniteError)) throw error;
    }
  }
}

/** A noise that conjugate gradients need: a thousandth of the variance in which digits differ. */
async function noticeable(network: stax.Network, x: NdArray<Float64Array>): Promise<number> {
  const few = rowRange(x, 0, 200);
  const { data } = await network.kernelFn(few, null, "nngp");
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const diagonal = data.filter((_, at) => at % (few.shape[0] + 1) === 0);
  return 1e-3 * (mean(diagonal) - mean(data));
}

async function withNoise(network: stax.Network, x: NdArray, targets: NdArray, noise: number) {
  const bar = progress("Training digits", x.shape[0] ** 2);
  try {
    const model = await predict.regression(network, x, targets, {
      ...{ noise, backend: options.backend, onProgress: ({ done }) => bar.update(done) },
      ...x.shape[0] > FACTORED && { tolerance: 1e-3 },
    });
    return { model, noise };
  } finally {
    bar.stop();
  }
}

function accuracyOf({ data, shape: [count, classes] }: NdArray, labels: Uint8Array): number {
  let right = 0;
  for (let i = 0; i < count; i++) {
    if (largestAt(data, i * classes, classes) === labels[i]) right++;
  }
  return right / count;
}
