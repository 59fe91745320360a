/** What features of the NTK reach by their dimension and by time, beside the exact kernel: as figures 2 and 3 of Han et al. 2022 (arXiv:2209.04121). */
import { NdArray, stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { loadImageTask } from "./image_task.ts";
import { kernelRegression } from "./kernel_regression.ts";
import { myrtle } from "./networks.ts";
import { type NetworkTradeoff, tradeoffPlot } from "./plots.ts";
import { imageCount, type Labelled, type Task } from "./regression.ts";
import { tradeoffCurve } from "./tradeoff_curve.ts";
import { tradeoffMaps } from "./tradeoff_maps.ts";
import { tradeoffTable } from "./tradeoff_table.ts";

const options = parseOptions({
  network: { type: "string", default: "both", choices: ["both", "dense", "conv"], description: "networks" },
  train: { type: "integer", default: 200, min: 10, max: 60000, description: "number of training digits" },
  test: { type: "integer", default: 200, min: 3, max: 10000, description: "number of test digits" },
  dims: {
    type: "integers",
    default: [32, 64, 128, 256, 512, 1024],
    min: 32,
    description: "dimensions of the features",
  },
  keys: { type: "integer", default: 2, min: 1, description: "maps of each kind that are averaged" },
  seed: { type: "integer", default: 1, description: "seed of the maps" },
  backend: {
    type: "string",
    default: "auto",
    description: "of kernels: auto, native, reference or webgpu; other features choose by themselves",
  },
  dtype: { type: "string", default: "float32", choices: ["float64", "float32"], description: "precision" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/sketch_tradeoff.ts [options]" });

/** Pixels a side for the convolutional network, whose exact kernel takes time in proportion to the fourth power. */
const SIDE = 14;
const DIGIT_SIDE = 28;
/** What a pair of these images takes on two cores, in seconds. */
const PAIR = 0.2e-3;

const weights = { wStd: 1.5, bStd: 0.1 };
const hidden = stax.serial(stax.Dense(1, weights), stax.Gelu());

const networks = {
  dense: {
    title: "3 × [Dense, GELU] + Dense, rows of 784 pixels",
    network: stax.serial(stax.repeat(hidden, 3), stax.Dense(1, weights)),
    side: DIGIT_SIDE,
    shape: [DIGIT_SIDE ** 2],
  },
  conv: {
    title: `Myrtle-5, ReLU, images of ${SIDE} × ${SIDE} pixels`,
    network: myrtle(5, SIDE, stax.Relu()),
    side: SIDE,
    shape: [SIDE, SIDE, 1],
  },
};

for (const [name, value] of Object.entries(options)) console.log(`${name.padEnd(8)} : ${value}`);
const results: NetworkTradeoff[] = [];
for (const name of ["dense", "conv"] as const) {
  if (options.network === "both" || options.network === name) results.push(await measure(networks[name]));
}
for (const result of results) console.log(`\n${tradeoffTable(result)}`);
if (options.network !== "dense") {
  console.log("\nRandom features have no NTK of convolutional networks: they are left out there");
}
writePlot();

async function measure(
  { title, network, side, shape }: typeof networks[keyof typeof networks],
): Promise<NetworkTradeoff> {
  const { train, test } = options;
  const task = shaped(await loadImageTask({ train, test, size: side, cifar10: "", whiten: "no" }), shape);
  announce(title, task, shape);
  const curves: NetworkTradeoff["curves"][number][] = [];
  for (const map of tradeoffMaps(network, task.train.x, options)) {
    const points = await tradeoffCurve(map, task, options, `${map.name}, columns × images`);
    curves.push({ name: map.name, points });
  }
  return { title, curves, exact: await kernelRegression(network, task, options) };
}

/** A task with its images, each of norm 1, as rows of a shape and with entries of mean square 1. */
function shaped({ train, validation, test }: Task, shape: readonly number[]): Task {
  const part = ({ x: { data, shape: [count] }, y }: Labelled): Labelled => {
    const scale = Math.sqrt(data.length / count);
    return { x: new NdArray(data.map((value) => scale * value), [count, ...shape]), y };
  };
  return { train: part(train), validation: part(validation), test: part(test) };
}

/** Says what comes, and which part of it takes long. */
function announce(title: string, task: Task, shape: readonly number[]): void {
  const fitted = task.train.x.shape[0];
  console.log(`\n${title}: ${fitted} digits to fit, ${imageCount(task) - fitted} to choose and to test`);
  if (shape.length === 1) return;
  const landmarks = options.dims.filter((dimension) => dimension <= fitted).reduce((a, b) => a + b, 0);
  const pairs = imageCount(task) * (options.keys * landmarks + fitted);
  console.log(
    `Longest take Nyström and the exact kernel: ${pairs} pairs of images, about ${
      Math.ceil(pairs * PAIR)
    } s on two cores`,
  );
}

function writePlot(): void {
  Deno.mkdirSync(options.out, { recursive: true });
  const path = `${options.out}/sketch_tradeoff.svg`;
  const title = `Features of the NTK, ${options.train} MNIST digits, means of ${options.keys} maps`;
  Deno.writeTextFileSync(path, tradeoffPlot(results, { title }));
  console.log(`Wrote ${path}`);
}
