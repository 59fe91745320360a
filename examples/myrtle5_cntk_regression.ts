/** NTK regression of images with a Myrtle network: by features of its kernel, which are linear in the images, or by all its pairs. */
import { rowRange } from "../lib/array/mod.ts";
import { features, random, stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { featureRegression, type MapImages } from "./feature_regression.ts";
import { loadImageTask } from "./image_task.ts";
import { kernelRegression } from "./kernel_regression.ts";
import { myrtle } from "./networks.ts";
import { accuracyAgainstRegularizationPlot } from "./plots.ts";
import { progress } from "./progress.ts";
import { imageCount, type Outcome } from "./regression.ts";

/** The nonlinearities, each with a weight scale that keeps variances alive with depth. */
const activations = {
  normgauss: { layer: (a: number) => stax.ExpNormalized({ gamma: a }), wStd: 1 },
  relu: { layer: () => stax.Relu(), wStd: Math.SQRT2 },
  abs: { layer: () => stax.Abs(), wStd: 1 },
  gelu: { layer: () => stax.Gelu(), wStd: 1.5 },
  erf: { layer: () => stax.Erf(), wStd: 1.5 },
  sin: { layer: () => stax.Sin(), wStd: 1.5 },
  gaussian: { layer: () => stax.Gaussian(), wStd: 1.5 },
} as const;

const options = parseOptions({
  act: {
    type: "string",
    default: "normgauss",
    choices: Object.keys(activations) as (keyof typeof activations)[],
    description: "nonlinearity",
  },
  normgaussA: { type: "number", default: 1, min: 0, description: "exponent of normgauss" },
  depth: { type: "string", default: "5", choices: ["5", "7", "10"], description: "which Myrtle network" },
  features: {
    type: "string",
    default: "sketch",
    choices: ["sketch", "random", "nystrom", "exact"],
    description:
      "of the NTK by sketches, of the NNGP by a finite network, of landmarks; or the kernel itself",
  },
  width: {
    type: "integer",
    default: 64,
    min: 1,
    description: "channels of the finite network of random features",
  },
  featDim: { type: "integer", default: 1024, min: 1, description: "number of features" },
  degree: {
    type: "integer",
    default: 8,
    min: 1,
    max: 32,
    description: "degree of sketches, if they have one; those of images have none",
  },
  seed: { type: "integer", default: 1, description: "seed of the features" },
  batchSize: { type: "integer", default: 64, min: 1, description: "images that are mapped at a time" },
  train: { type: "integer", default: 1000, min: 10, max: 60000, description: "number of training images" },
  test: { type: "integer", default: 500, min: 1, max: 10000, description: "number of test images" },
  size: {
    type: "string",
    default: "28",
    choices: ["28", "32"],
    description: "pixels a side of the digits, framed by zeros for 32",
  },
  cifar10: {
    type: "string",
    default: "",
    description: "folder of CIFAR-10's binary files, in place of MNIST",
  },
  whiten: {
    type: "string",
    default: "auto",
    choices: ["auto", "yes", "no"],
    description: "ZCA whitening of the images; auto: of CIFAR-10",
  },
  compare: {
    type: "string",
    default: "none",
    choices: ["none", "exact"],
    description: "exact: the kernel itself as well",
  },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  dtype: { type: "string", default: "float64", choices: ["float64", "float32"], description: "precision" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/myrtle5_cntk_regression.ts [options]" });

/** Images of which the error of products of features is estimated. */
const ERROR_IMAGES = 32;

/** The outcome of a regression, and how far its kernel is from the exact one. */
interface Result extends Outcome {
  name: string;
  kernelError: string;
}

for (const [name, value] of Object.entries(options)) console.log(`${name.padEnd(12)} : ${value}`);
const start = performance.now();
const task = await loadImageTask({ ...options, size: Number(options.size) });
console.log(`Images read in ${((performance.now() - start) / 1000).toFixed(1)} s`);

const [count, size, , channels] = task.train.x.shape;
const { layer, wStd } = activations[options.act];
const depth = Number(options.depth) as 5 | 7 | 10;
const network = myrtle(depth, size, layer(options.normgaussA), { wStd });
const { featDim: sketchDim, degree: polyDegree, width } = options;
const maps = {
  sketch: () => byFeatures(features.fromNetwork(network, { sketchDim, polyDegree }), "ntk"),
  random: () => byFeatures(features.randomFeatures(network, { sketchDim, width, get: ["nngp"] }), "nngp"),
  nystrom: () =>
    byFeatures(features.nystrom(network, rowRange(task.train.x, 0, Math.min(sketchDim, count))), "ntk"),
};
const results: Result[] = [];
if (options.features !== "exact") results.push(await maps[options.features]());
if (options.features === "exact" || options.compare === "exact") {
  results.push({ name: "exact", kernelError: "0", ...await kernelRegression(network, task, options) });
}
for (const result of results) printRows(result);
printSummary();
writePlot();

async function byFeatures<Inputs, Backend extends string, Kernel extends "nngp" | "ntk">(
  { initFn, featureFn }: features.FeatureMap<Inputs, Backend, Kernel>,
  kernel: Kernel,
): Promise<Result> {
  const inputs = initFn(random.key(options.seed), [-1, size, size, channels]);
  const call = { backend: options.backend as Backend, dtype: options.dtype };
  const mapImages: MapImages = async (x, onDone) => {
    const onProgress = ({ done }: { done: number }) => onDone(done);
    return (await featureFn(x, inputs, { ...call, errorRows: 0, onProgress }))[kernel];
  };
  const bar = progress("Features", imageCount(task));
  const outcome = await featureRegression(mapImages, task, { ...options, onDone: bar.update })
    .finally(bar.stop);
  const { x } = task.test;
  const few = rowRange(x, 0, Math.min(ERROR_IMAGES, x.shape[0]));
  const { value, standardError } = (await featureFn(few, inputs, call)).error![kernel];
  const kernelError = `${value.toPrecision(2)} ± ${standardError.toPrecision(1)}`;
  return { name: options.features, kernelError, ...outcome };
}

function printRows({ name, rows, chosen }: Result): void {
  console.log(`\n${name.padEnd(10)} regularization  validation accuracy  squared error`);
  for (const row of rows) {
    const { regularization, accuracy, error } = row;
    const cells = [regularization.toExponential(2).padStart(25), `${accuracy.toFixed(1)} %`.padStart(19)];
    console.log(
      [...cells, error.toFixed(5).padStart(13), row === chosen ? "chosen" : ""].join("  ").trimEnd(),
    );
  }
}

function printSummary(): void {
  console.log("\n           test accuracy    seconds    kernel error");
  for (const { name, accuracy, seconds, kernelError } of results) {
    const cells = [`${accuracy.toFixed(1)} %`.padStart(13), seconds.toFixed(1).padStart(9)];
    console.log([name.padEnd(9), ...cells, `  ${kernelError}`].join("  "));
  }
  const [approximate, exact] = results;
  if (!exact) return;
  const ratio = exact.seconds / approximate.seconds;
  console.log(
    `Exact takes ${ratio.toPrecision(3)} × as long (106 × in arXiv:2209.04121, Myrtle-5 on all of CIFAR-10)`,
  );
}

function writePlot(): void {
  Deno.mkdirSync(options.out, { recursive: true });
  const path = `${options.out}/myrtle5_cntk_regression.svg`;
  const data = options.cifar10 ? "CIFAR-10 photographs" : "MNIST digits";
  const curves = results.map((result) => ({ ...result, chosen: result.chosen.regularization }));
  const title = `NTK of Myrtle-${depth}, ${options.act}, ${count} ${data}`;
  Deno.writeTextFileSync(path, accuracyAgainstRegularizationPlot(curves, { title }));
  console.log(`Wrote ${path}`);
}
