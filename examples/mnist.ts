/** The main job: NNGP and NTK regression on real MNIST digits with an infinitely wide fully connected network. */
import { backends, type NdArray, predict, stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { loadMnist, type Mnist } from "./mnist_data.ts";
import { confusionMatrixPlot, digitsPlot } from "./plots.ts";
import { progress } from "./progress.ts";

/** The nonlinearities, each with a weight scale that keeps variances alive with depth. */
const activations = {
  gelu: { layer: stax.Gelu(), wStd: 1.5 },
  relu: { layer: stax.Relu(), wStd: Math.SQRT2 },
  erf: { layer: stax.Erf(), wStd: 1.5 },
} as const;

const options = parseOptions({
  train: { type: "integer", default: 2000, min: 10, max: 60000, description: "number of training digits" },
  test: { type: "integer", default: 1000, min: 1, max: 10000, description: "number of test digits" },
  act: { type: "string", default: "gelu", choices: ["gelu", "relu", "erf"], description: "nonlinearity" },
  depth: { type: "integer", default: 3, min: 1, max: 1000, description: "number of hidden layers" },
  diagReg: {
    type: "number",
    default: 1e-4,
    min: 0,
    description: "ridge, relative to the kernel's mean diagonal",
  },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  out: { type: "string", default: "out", description: "folder for the pictures" },
}, { usage: "deno run -A examples/mnist.ts [options]" });

const digits = await timed("Load digits", () => loadMnist(options));
const { kernelFn } = network();
const kTrainTrain = await timed("Kernel train × train", () => kernel("train × train", digits.xTrain, null));
const kTestTrain = await timed(
  "Kernel test × train",
  () => kernel("test × train", digits.xTest, digits.xTrain),
);
const predictFn = predict.gpInference(kTrainTrain, digits.yTrain, { diagReg: options.diagReg });
const means = await timed(
  "Gaussian process inference",
  () => predictFn({ get: ["nngp", "ntk"], kTestTrain }),
);

const guesses = { nngp: classes(means.nngp as NdArray), ntk: classes(means.ntk as NdArray) };
console.log(`Backend: ${await backendName()}`);
console.log(`Accuracy on ${options.test} test digits after ${options.train} training digits:`);
for (const [name, guess] of Object.entries(guesses)) {
  console.log(`  ${name.toUpperCase().padEnd(4)} ${accuracy(guess)} %`);
}
writePictures(guesses.ntk, digits);

function network(): stax.Network {
  const { layer, wStd } = activations[options.act];
  const hidden = stax.serial(stax.Dense(512, { wStd, bStd: 0.1 }), layer);
  return stax.serial(stax.repeat(hidden, options.depth), stax.Dense(10));
}

async function kernel(label: string, x1: NdArray, x2: NdArray | null) {
  const pairs = x1.shape[0] * (x2 ?? x1).shape[0];
  const bar = progress(`Kernel ${label}`, pairs);
  try {
    return await kernelFn(x1, x2, ["nngp", "ntk"], {
      backend: options.backend,
      onProgress: ({ done, total }) => bar.update(Math.round(done / total * pairs)),
    });
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
  return Array.from({ length: count }, (_, i) => {
    const row = Array.from(data.subarray(i * width, (i + 1) * width));
    return row.indexOf(Math.max(...row));
  });
}

function accuracy(guess: number[]): string {
  const right = guess.filter((digit, i) => digit === digits.testLabels[i]).length;
  return (100 * right / guess.length).toFixed(1);
}

async function backendName(): Promise<string> {
  if (options.backend !== "auto") return options.backend;
  const fastest = (await backends()).find(({ fast, dtypes }) => fast && dtypes.includes("float64"));
  return `${fastest?.name}, the fastest here for many digits: ${fastest?.device}`;
}

function writePictures(guess: number[], { xTest, testLabels }: Mnist): void {
  Deno.mkdirSync(options.out, { recursive: true });
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
