/** The main job: NNGP and NTK regression on real MNIST digits with an infinitely wide fully connected network. */
import { backends, type NdArray, predict } from "../mod.ts";
import { rowRange } from "../lib/array/mod.ts";
import { largestAt } from "../lib/predict/one_hot.ts";
import { parseOptions } from "./cli.ts";
import { activationNames, denseNetwork } from "./dense.ts";
import { directions } from "./directions.ts";
import { loadMnist, type Mnist } from "./mnist_data.ts";
import { requireOutFolder } from "./out_folder.ts";
import { confusionMatrixPlot, digitsPlot } from "./plots.ts";
import { progress } from "./progress.ts";

const options = parseOptions({
  train: { type: "integer", default: 2000, min: 10, max: 60000, description: "number of training digits" },
  test: { type: "integer", default: 1000, min: 1, max: 10000, description: "number of test digits" },
  act: { type: "string", default: "gelu", choices: activationNames, description: "nonlinearity" },
  depth: { type: "integer", default: 3, min: 1, max: 1000, description: "number of hidden layers" },
  diagReg: {
    type: "number",
    default: 1e-3,
    min: 0,
    description: "ridge, relative to the kernel's mean diagonal",
  },
  tiles: {
    type: "string",
    default: "",
    description:
      "file that keeps the kernel of more than 10000 digits, from which a run that was killed goes on",
  },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  out: { type: "string", default: "out", description: "folder for the pictures" },
}, { usage: "deno run -A examples/mnist.ts [options]; --train=60000 --test=10000 takes all digits" });

/** Up to so many digits, both kernels are matrices. */
const MATRIX = 10_000;

requireOutFolder(options.out);
const digits = await timed("Load digits", () => {
  const { xTrain, xTest, ...labels } = loadMnist(options);
  return { ...labels, xTrain: directions(xTrain), xTest: directions(xTest), images: xTest };
});
const { kernelFn } = denseNetwork({ ...options, bStd: 0.1 });
const means = options.train > MATRIX || options.tiles ? { ntk: await withoutMatrix() } : await withMatrices();

console.log(`Backend: ${await backendName()}`);
console.log(`Accuracy on ${options.test} test digits after ${options.train} training digits:`);
for (const [name, mean] of Object.entries(means)) {
  console.log(`  ${name.toUpperCase().padEnd(4)} ${accuracy(classes(mean))} %`);
}
writePictures(classes(means.ntk), digits);

/** The predictions of both kernels. */
async function withMatrices(): Promise<{ nngp: NdArray; ntk: NdArray }> {
  const kTrainTrain = await timed("Kernel train × train", () => kernel("train × train", digits.xTrain, null));
  const kTestTrain = await timed(
    "Kernel test × train",
    () => kernel("test × train", digits.xTest, digits.xTrain),
  );
  const predictFn = predict.gpInference(kTrainTrain, digits.yTrain, { diagReg: options.diagReg });
  return await timed(
    "Gaussian process inference",
    () => predictFn({ get: ["nngp", "ntk"], kTestTrain }),
  );
}

/** The predictions of the NTK of so many digits that it is kept in tiles, and solved with by conjugate gradients. */
async function withoutMatrix(): Promise<NdArray> {
  const { xTrain, yTrain, xTest } = digits;
  const { backend, diagReg, train, test } = options;
  // All digits have the same length, and so the same variance.
  const variance = (await kernelFn(rowRange(xTrain, 0, 1), null, "ntk")).at(0, 0);
  const model = await timed(
    "Kernel and solution",
    () =>
      watched(
        "Kernel, then solution",
        train ** 2,
        (onProgress) =>
          predict.regression({ kernelFn }, xTrain, yTrain, {
            ...{ kernel: "ntk", noise: diagReg * variance, solver: "conjugateGradients", tolerance: 1e-3 },
            ...{ tiles: options.tiles || null, backend, onProgress },
          }),
      ),
  );
  const { iterations, preconditionerRank, residual, bytes } = model.report;
  console.log(
    `Conjugate gradients: ${iterations} iterations with a preconditioner of rank ${preconditionerRank}, ` +
      `residual ${residual.toExponential(1)}, ${(bytes / 2 ** 30).toFixed(1)} GiB`,
  );
  return await timed(
    "Predictions",
    () => watched("Predictions", train * test, (onProgress) => model.mean(xTest, { onProgress })),
  );
}

async function kernel(label: string, x1: NdArray, x2: NdArray | null) {
  const pairs = x1.shape[0] * (x2 ?? x1).shape[0];
  const { backend } = options;
  return await watched(
    `Kernel ${label}`,
    pairs,
    (onProgress) => kernelFn(x1, x2, ["nngp", "ntk"], { backend, onProgress }),
  );
}

/** What a computation gives that reports to a progress bar of so many pairs. */
async function watched<T>(
  label: string,
  pairs: number,
  work: (onProgress: (progress: { done: number; total: number }) => void) => Promise<T>,
): Promise<T> {
  const bar = progress(label, pairs);
  try {
    return await work(({ done, total }) => bar.update(Math.round(done / total * pairs)));
  } finally {
    bar.stop();
  }
}

async function timed<T>(label: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(`${label.padEnd(28)} ${((performance.now() - start) / 1000).toFixed(2).padStart(7)} s`);
  return result;
}

/** The class with the largest output for each row. */
function classes({ data, shape: [count, width] }: NdArray): number[] {
  return Array.from({ length: count }, (_, i) => largestAt(data, i * width, width));
}

function accuracy(guess: number[]): string {
  const right = guess.filter((digit, i) => digit === digits.testLabels[i]).length;
  return (100 * right / guess.length).toFixed(options.test < 5000 ? 1 : 2);
}

async function backendName(): Promise<string> {
  if (options.backend !== "auto") return options.backend;
  const fastest = (await backends()).find(({ fast, dtypes }) => fast && dtypes.includes("float64"));
  return `${fastest?.name}, the fastest here for many digits: ${fastest?.device}`;
}

function writePictures(
  guess: number[],
  { images: xTest, testLabels }: Pick<Mnist, "testLabels"> & { images: NdArray },
): void {
  const counts = Array.from({ length: 10 }, () => Array<number>(10).fill(0));
  guess.forEach((digit, i) => counts[testLabels[i]][digit]++);
  const title = `NTK of ${options.depth} × ${options.act}, ${options.train} training digits`;
  save("mnist_confusion.svg", confusionMatrixPlot(counts, { title }));
  const wrong = guess.map((digit, i) => ({ digit, i })).filter(({ digit, i }) => digit !== testLabels[i])
    .slice(0, 12);
  if (wrong.length === 0) return;
  const images = wrong.map(({ i }) => xTest.data.subarray(784 * i, 784 * (i + 1)));
  const captions = wrong.map(({ digit, i }) => `${testLabels[i]} taken for ${digit}`);
  save(
    "mnist_misclassified.svg",
    digitsPlot(images, captions, { columns: 6, title: "Misclassified digits" }),
  );
}

function save(name: string, svg: string): void {
  const path = `${options.out}/${name}`;
  Deno.writeTextFileSync(path, svg);
  console.log(`Wrote ${path}`);
}
