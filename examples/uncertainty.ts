/** How far a model of digits may be believed: accuracy against confidence, and the standard deviation of digits unlike those it knows. */
import { NdArray, predict, random } from "../mod.ts";
import { takeRows } from "../lib/array/mod.ts";
import { softmax } from "../lib/predict/regression/temperature.ts";
import {
  accuracyOf,
  calibrationError,
  type Guess,
  guessesOf,
  mostCertain,
  reliability,
  scaleOfStd,
} from "./calibration.ts";
import { parseOptions } from "./cli.ts";
import { activationNames, denseNetwork } from "./dense.ts";
import { directions } from "./directions.ts";
import { loadMnist } from "./mnist_data.ts";
import { requireOutFolder } from "./out_folder.ts";
import { uncertaintyPlot } from "./plots.ts";
import { progress } from "./progress.ts";
import { rotated } from "./rotation.ts";
import { angles, riseOf, stdsOf, type Turn, turn } from "./turned_digits.ts";
import {
  type Coverage,
  coverageTable,
  type NamedBins,
  reliabilityTable,
  turnTable,
} from "./uncertainty_table.ts";

const options = parseOptions({
  train: { type: "integer", default: 2000, min: 10, max: 60000, description: "number of training digits" },
  test: { type: "integer", default: 1000, min: 20, max: 10000, description: "number of test digits" },
  act: { type: "string", default: "gelu", choices: activationNames, description: "nonlinearity" },
  depth: { type: "integer", default: 3, min: 1, max: 1000, description: "number of hidden layers" },
  noise: { type: "number", default: 1e-2, min: 0, description: "variance of the noise" },
  kernel: { type: "string", default: "nngp", choices: ["nngp", "ntk"], description: "prior covariance" },
  seed: { type: "integer", default: 1, description: "seed of the choice of digits that are turned" },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/uncertainty.ts [options]" });

/** Test digits that are turned, at most. */
const TURNED = 300;
/** What is set aside: every fiftieth up to a half is drawn, and these shares are printed. */
const SHARES = Array.from({ length: 26 }, (_, i) => i / 50);
const PRINTED = [0, 0.02, 0.1, 0.2, 0.3, 0.5];

requireOutFolder(options.out);
for (const [name, value] of Object.entries(options)) console.log(`${name.padEnd(8)} : ${value}`);
const digits = loadMnist(options);
const model = await fitted();
const { reliabilities, coverages } = await believed();
console.log(`\n${reliabilityTable(reliabilities)}`);
console.log(`\n${coverageTable(coverages, PRINTED)}\n`);

const chosen = chosenDigits();
const turns = await turned();
console.log(`\n${turnTable(turns)}\n`);
writePlot();
const { rises, text } = riseOf(turns);
console.log(text);
if (!rises) Deno.exit(1);

async function fitted(): Promise<predict.RegressionModel> {
  const { kernel, noise, backend, train } = options;
  const network = denseNetwork({ ...options, bStd: 0.1 });
  const model = await watched(`Kernel of ${train} digits`, train ** 2, (onProgress) => {
    const watch = { onProgress };
    return predict.regression(network, directions(digits.xTrain), digits.yTrain, {
      ...{ kernel, noise, backend },
      ...watch,
    });
  });
  const { report, logMarginalLikelihood } = model;
  console.log(`Fitted in ${report.seconds.toFixed(2)} s, log evidence ${logMarginalLikelihood.toFixed(1)}`);
  return model;
}

/** How often guesses are right by how probable they are, with the temperature of the model and without; and without the least certain ones. */
async function believed(): Promise<{ reliabilities: NamedBins[]; coverages: Coverage[] }> {
  const x = directions(digits.xTest);
  const pairs = options.train * options.test;
  const prediction = await watched(
    `std of ${options.test} digits`,
    pairs,
    (onProgress) => model.predict(x, { onProgress }),
  );
  const { probabilities, temperature } = await watched(
    `Classes of ${options.test} digits`,
    pairs,
    (onProgress) => model.classify(x, { onProgress }),
  );
  const guesses = guessesOf(probabilities, digits.testLabels);
  const [, classes] = probabilities.shape;
  const plain = new NdArray(softmax(prediction.mean.data, classes, 1), probabilities.shape);
  return {
    reliabilities: [
      binned(`calibrated, T = ${temperature.toFixed(2)}`, guesses),
      binned("softmax, T = 1", guessesOf(plain, digits.testLabels)),
    ],
    coverages: [
      coverage("by probability", guesses, guesses.map(({ confidence }) => confidence)),
      coverage("by std", guesses, stdsOf(prediction).map((std) => -std)),
    ],
  };
}

function binned(name: string, guesses: readonly Guess[]): NamedBins {
  const bins = reliability(guesses);
  return { name, bins, error: calibrationError(bins) };
}

function coverage(name: string, guesses: readonly Guess[], certainty: readonly number[]): Coverage {
  const points = SHARES.map((setAside) => ({
    setAside,
    accuracy: accuracyOf(mostCertain(guesses, certainty, setAside)),
  }));
  return { name, points };
}

/** The digits that are turned, drawn from the test digits; the first is one that no turn up to 180° makes look like itself. */
function chosenDigits() {
  const { testLabels, xTest } = digits;
  const order = Array.from(random.permutation(random.key(options.seed), options.test).data);
  const isPlain = (i: number) => ![0, 1, 8].includes(testLabels[i]);
  const first = order.find(isPlain) ?? order[0];
  const rows = [first, ...order.filter((i) => i !== first)].slice(0, TURNED);
  return { x: takeRows(xTest, rows), labels: rows.map((i) => testLabels[i]) };
}

/** What the model says of them at every angle. */
async function turned(): Promise<Turn[]> {
  // In units of the targets, 0 and 1, where the kernel has a scale of its own.
  const stdScale = scaleOfStd(digits.yTrain, await model.leaveOneOut());
  const count = chosen.labels.length;
  return await watched(`std of ${count} digits, turned`, angles.length * count, async (onProgress) => {
    const turns: Turn[] = [];
    for (const degrees of angles) {
      turns.push(await turn(model, chosen, { degrees, stdScale, inputs: directions }));
      onProgress({ done: turns.length, total: angles.length });
    }
    return turns;
  });
}

type OnProgress = (progress: { readonly done: number; readonly total: number }) => void;

/** Some work, which counts in units of its own, with a display of its progress in those of `total`. */
async function watched<T>(
  label: string,
  total: number,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const bar = progress(label, total);
  try {
    return await work(({ done, total: all }) => bar.update(Math.round(done / all * total)));
  } finally {
    bar.stop();
  }
}

function writePlot(): void {
  const { act, depth, kernel, train } = options;
  const first = takeRows(chosen.x, [0]);
  const pictured = turns.map(({ degrees, stds: [std], classes: [guess] }) => ({
    image: rotated(first, degrees).data,
    lines: [`${degrees}°`, `std ${std.toFixed(3)}`, `taken for ${guess}`],
  }));
  const title = `${kernel.toUpperCase()} regression, ${depth} × ${act}, ${train} training digits`;
  const path = `${options.out}/uncertainty.svg`;
  Deno.writeTextFileSync(
    path,
    uncertaintyPlot({ reliability: reliabilities, coverage: coverages, turns, pictured }, { title }),
  );
  console.log(`Wrote ${path}`);
}
