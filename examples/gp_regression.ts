/** Regression of a function of one variable with an infinitely wide network: its prior, its posterior, and a fit of its options by the evidence. */
import { type NdArray, predict, random, type stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { activationNames, denseNetwork } from "./dense.ts";
import { evidenceGrid, spaced } from "./evidence_grid.ts";
import { measurements, trueFunction } from "./noisy_function.ts";
import { requireOutFolder } from "./out_folder.ts";
import { type FunctionFit, functionFitPlot, type Posterior } from "./plots.ts";
import { progress } from "./progress.ts";

/** What is looked at, and where the fit may go. */
const bounds = { wStd: [0.3, 10], noise: [1e-3, 3] } as const satisfies predict.FitOptions["bounds"];

const options = parseOptions({
  train: { type: "integer", default: 24, min: 2, max: 1000, description: "number of measurements" },
  deviation: { type: "number", default: 0.2, min: 0, description: "standard deviation of their noise" },
  act: { type: "string", default: "erf", choices: activationNames, description: "nonlinearity" },
  depth: { type: "integer", default: 2, min: 1, max: 10, description: "number of hidden layers" },
  kernel: { type: "string", default: "nngp", choices: ["nngp", "ntk"], description: "prior covariance" },
  wStd: {
    type: "number",
    default: 0.5,
    min: bounds.wStd[0],
    max: bounds.wStd[1],
    description: "scale of the weights of all layers, before the fit",
  },
  noise: {
    type: "number",
    default: 1,
    min: bounds.noise[0],
    max: bounds.noise[1],
    description: "variance of the noise, before the fit",
  },
  restarts: {
    type: "integer",
    default: 2,
    min: 0,
    description: "further runs of the fit, from random starts",
  },
  samples: { type: "integer", default: 5, min: 1, max: 100, description: "functions that are drawn" },
  grid: {
    type: "integer",
    default: 30,
    min: 2,
    max: 200,
    description: "points a side of the evidence surface",
  },
  seed: { type: "integer", default: 1, description: "seed of measurements, samples and restarts" },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/gp_regression.ts [options]" });

/** Where functions are drawn: beyond the measurements, too. */
const PLACES = Array.from({ length: 161 }, (_, i) => -3.2 + 0.04 * i);

requireOutFolder(options.out);
for (const [name, value] of Object.entries(options)) console.log(`${name.padEnd(9)} : ${value}`);
const key = random.key(options.seed);
const data = measurements(random.foldIn(key, 0), options.train, options.deviation);
const { kernel, backend } = options;
const start = { wStd: options.wStd, noise: options.noise };
const prior = await priorOf(start);
const before = await posteriorOf(start);
const { fit, steps } = await fitted();
const found = { wStd: fit.values.wStd, noise: fit.noise };
const after = await posteriorOf(found);
const surface = await surfaceOf();

console.log(
  `\n${"".padEnd(20)}${["wStd", "noise", "log evidence"].map((name) => name.padStart(14)).join("")}`,
);
row("before the fit", start, before.logMarginalLikelihood);
row("after it", found, after.logMarginalLikelihood);
row(`best of ${options.grid} × ${options.grid}`, surface.best, surface.best.value);
console.log(`\nNoise of the measurements: ${(options.deviation ** 2).toPrecision(3)}`);
for (const { run, iteration, logMarginalLikelihood } of fit.runs) {
  const from = run === 0 ? "the start" : `restart ${run}`;
  console.log(`Run from ${from}: ${logMarginalLikelihood.toFixed(3)} after ${iteration} steps`);
}
if (surface.best.value > fit.logMarginalLikelihood) {
  console.log("A point of the grid is better: all runs ended at other maxima, try more --restarts");
}
if (fit.atBound.length > 0) console.log(`At the bound of what is looked at: ${fit.atBound.join(" and ")}`);
writePlot();

/** Options of a network and of the noise. */
interface Settings {
  readonly wStd: number;
  readonly noise: number;
}

function networkOf(wStd: number): stax.Network {
  return denseNetwork({ ...options, wStd, bStd: 2 });
}

async function priorOf({ wStd }: Settings) {
  const network = networkOf(wStd);
  const { samples } = options;
  const x = PLACES.map((place) => [place]);
  const drawn = await predict.prior(network, { kernel, backend }).sample(x, random.foldIn(key, 1), samples);
  const { data: covariance } = await network.kernelFn(x, null, kernel, { backend });
  return {
    title: `Prior: wStd ${Number(wStd.toPrecision(3))}`,
    std: PLACES.map((_, i) => Math.sqrt(covariance[i * (PLACES.length + 1)])),
    samples: rows(drawn),
  };
}

/** What the measurements make of it. */
async function posteriorOf(
  settings: Settings,
): Promise<Posterior & { readonly logMarginalLikelihood: number }> {
  const { wStd, noise } = settings;
  const model = await predict.regression(networkOf(wStd), data.x, data.y, { kernel, backend, noise });
  const x = PLACES.map((place) => [place]);
  const { mean, std } = await model.predict(x);
  const { logMarginalLikelihood } = model;
  return {
    title: `${settings === start ? "Before" : "After"} the fit: ${describe(settings)}`,
    mean: mean.data,
    std: std.data,
    samples: rows(await model.sample(x, random.foldIn(key, 2), options.samples)),
    logMarginalLikelihood,
  };
}

/** The scale of all weights and the noise under which the measurements are most likely, and the steps of every run there. */
async function fitted(): Promise<{ fit: predict.Fit; steps: FunctionFit["surface"]["steps"] }> {
  const weights = Array.from({ length: options.depth + 1 }, (_, i) => `${2 * i}.wStd`);
  const steps: { run: number; wStd: number; noise: number }[] = [];
  const bar = progress("Runs of the fit", options.restarts + 1);
  try {
    const fit = await predict.fit(networkOf(start.wStd), data.x, data.y, {
      free: { wStd: weights, noise: ["noise"] },
      noise: start.noise,
      restarts: options.restarts,
      key: random.foldIn(key, 3),
      ...{ bounds, kernel, backend },
      onProgress: ({ run, values: { wStd, noise } }) => {
        steps.push({ run, wStd, noise });
        bar.update(run);
      },
    });
    bar.update(options.restarts + 1);
    return { fit, steps };
  } finally {
    bar.stop();
  }
}

async function surfaceOf() {
  const { grid } = options;
  const axes = { wStds: spaced(bounds.wStd, grid), noises: spaced(bounds.noise, grid) };
  const bar = progress("Evidence surface", grid ** 2);
  try {
    const surface = await evidenceGrid(networkOf, data, axes, { kernel, backend, onDone: bar.update });
    const { values, wStds, noises } = surface;
    const at = values.indexOf(Math.max(...values));
    return {
      ...surface,
      best: { wStd: wStds[at % grid], noise: noises[Math.floor(at / grid)], value: values[at] },
    };
  } finally {
    bar.stop();
  }
}

function row(name: string, { wStd, noise }: Settings, evidence: number): void {
  const figures = [wStd.toPrecision(4), noise.toPrecision(4), evidence.toFixed(3)];
  console.log(`${name.padEnd(20)}${figures.map((figure) => figure.padStart(14)).join("")}`);
}

/** The rows of an array of samples. */
function rows({ data, shape: [count] }: NdArray): ArrayLike<number>[] {
  return Array.from({ length: count }, (_, i) => data.subarray(i * PLACES.length, (i + 1) * PLACES.length));
}

function describe({ wStd, noise }: Settings): string {
  return `wStd ${Number(wStd.toPrecision(3))}, noise ${Number(noise.toPrecision(2))}`;
}

function writePlot(): void {
  const { act, depth } = options;
  const title =
    `${kernel.toUpperCase()} of ${depth} × ${act}: the evidence of ${options.train} measurements chooses weights and noise`;
  const svg = functionFitPlot({
    places: PLACES,
    truth: PLACES.map(trueFunction),
    measurements: data.y.map((y, i) => ({ x: data.x[i][0], y })),
    ...{ prior, before, after },
    surface: {
      ...surface,
      title: "Log evidence, and the steps of the fit (ring: the best)",
      steps,
      best: { ...found, value: fit.logMarginalLikelihood },
    },
  }, { title });
  const file = `${options.out}/gp_regression.svg`;
  Deno.writeTextFileSync(file, svg);
  console.log(`Wrote ${file}`);
}
