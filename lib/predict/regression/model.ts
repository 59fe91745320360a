/** What a regression predicts, from data and their fit (fit.ts), or from what was saved of both (folder.ts). */
import { type ArrayInput, NdArray, rowRange } from "../../array/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { transposedMultiply } from "../../linalg/products.ts";
import { integer, withDefaults, wrongType } from "../../options.ts";
import type { Watch } from "../../pause.ts";
import type { Key } from "../../random/mod.ts";
import { type LeftOut, leftOut, logEvidence } from "../densities.ts";
import { minus } from "../matrices.ts";
import { largestAt } from "../one_hot.ts";
import { epsilonOf, requireRounding } from "../variances.ts";
import { drawn, trace } from "./draws.ts";
import type { Fit, RegressionData } from "./fit.ts";
import type { Classification, Prediction, PredictionOptions, RegressionModel } from "./interfaces.ts";
import { joined } from "./kernel_source.ts";
import { inputsOf, noiseOf } from "./regression_options.ts";
import type { Factored, System } from "./system.ts";
import type { Targets } from "./targets.ts";
import { fittedTemperature, softmax } from "./temperature.ts";
import { watched } from "./watched.ts";

/** Entries of the kernel between the training points and a block of test points, 16 MiB; of many training points, more for a block. */
const BLOCK = 2 ** 21;
/** Test points of a block, at least: for each block, the training points are copied and looked at. */
const LEAST = 256;

/** The model of data that were fitted. */
export function modelOf(data: RegressionData, fit: Fit): RegressionModel {
  const { targets } = data;
  let leftOutOnce: Promise<LeftOut> | undefined;
  const allLeftOut = () => leftOutOnce ??= leaveOut(data, fit);
  return {
    report: fit.report,
    get logMarginalLikelihood() {
      return evidenceOf(data, fit);
    },
    mean: (xTest, watch = {}) => meanAt(data, fit, xTest, watch),
    predict: (xTest, options) => predicted(data, fit, xTest, options),
    posterior: async (xTest, watch = {}) => {
      const { means, covariance } = await joint(data, fit, xTest, watched("predict", watch));
      return { mean: targets.means(means, [covariance.shape[0], targets.outputs]), covariance };
    },
    sample: (xTest, key, count, watch) => sampled(data, fit, { xTest, key, count, watch }),
    leaveOneOut: async () => {
      const { means, variances, logDensities } = await allLeftOut();
      return {
        mean: targets.means(means, targets.matrix.shape),
        std: targets.deviations(variances),
        logDensity: new NdArray(logDensities.map((value) => value - targets.logVolume), [variances.length]),
      };
    },
    classify: async (xTest, watch = {}) => {
      requireClasses(targets);
      const inputs = testInputs(data, xTest);
      const { means } = await allLeftOut();
      const mean = await meanAt(data, fit, inputs, watch);
      return classified(targets, targets.means(means, targets.matrix.shape), mean);
    },
    save: async (path) => {
      const { written } = await import("./folder.ts");
      await written(path, data, fit);
    },
  };
}

/** The log evidence in the units of the targets. */
function evidenceOf({ targets }: RegressionData, { system, weights: alpha }: Fit): number {
  const { logDeterminant } = factoredOf(system, "compute logMarginalLikelihood");
  const { matrix, logVolume } = targets;
  return logEvidence({ targets: matrix, alpha, logDeterminant }) - matrix.shape[0] * logVolume;
}

function factoredOf({ factored }: System, action: string): Factored {
  if (factored) return factored;
  throw new UnsupportedError(
    `Cannot ${action} as the solver must be "cholesky": current value is "conjugateGradients", ` +
      "fit the model to fewer points",
  );
}

/** Test inputs as they are now, which have the axes of the training inputs. */
function testInputs({ inputs: { shape: [, ...axes] } }: RegressionData, xTest: ArrayInput): NdArray {
  const inputs = inputsOf(xTest, "xTest");
  const [, ...own] = inputs.shape;
  if (own.length === axes.length && own[own.length - 1] === axes[axes.length - 1]) return inputs;
  throw new TypeError(
    `Cannot predict as the shape of xTest must be [points, ${axes.join(", ")}] to match x: ` +
      `current value is [${inputs.shape.join(", ")}]`,
  );
}

async function predicted(
  data: RegressionData,
  fit: Fit,
  xTest: ArrayInput,
  options: PredictionOptions = {},
): Promise<Prediction> {
  const inputs = testInputs(data, xTest);
  const defaults: PredictionOptions = { noise: false, onProgress: undefined, signal: undefined };
  const { noise, ...rest } = withDefaults("predict", defaults, options);
  const { targets, source } = data;
  const tests = inputs.shape[0];
  const noises = noiseAtTests(data, noise!, tests);
  const means = new Float64Array(tests * targets.outputs);
  const variances = new Float64Array(tests);
  const watch = watched("predict", rest);
  for await (const { start, block, trainTest } of blocksOf(data, inputs, watch)) {
    const mean = await transposedMultiply(trainTest, fit.weights);
    means.set(mean.data, start * targets.outputs);
    const stop = watch.signal ? { signal: watch.signal } : {};
    const prior = await source.variances(block, stop);
    variances.set(await posteriorVariances(fit, { trainTest, prior, start }, stop), start);
  }
  return {
    mean: targets.means(means, [tests, targets.outputs]),
    std: targets.deviations(variances.map((variance, i) => variance + noises[i])),
  };
}

async function meanAt(data: RegressionData, { weights }: Fit, xTest: ArrayInput, watch: Watch) {
  const inputs = testInputs(data, xTest);
  const { targets: { outputs }, targets } = data;
  const means = new Float64Array(inputs.shape[0] * outputs);
  for await (const { start, trainTest } of blocksOf(data, inputs, watched("predict", watch))) {
    means.set((await transposedMultiply(trainTest, weights)).data, start * outputs);
  }
  return targets.means(means, [inputs.shape[0], outputs]);
}

/** A block of test points, of which the first is point `start`, and the kernel of the training points and it. */
interface TestBlock {
  readonly start: number;
  readonly block: NdArray;
  readonly trainTest: NdArray;
}

async function* blocksOf(
  { source, inputs: trains, noise: { length: n } }: RegressionData,
  tests: NdArray,
  watch: Watch,
): AsyncGenerator<TestBlock> {
  const count = tests.shape[0];
  const part = joined(watch, count * n);
  const size = Math.max(LEAST, Math.floor(BLOCK / n));
  for (let start = 0; start < count; start += size) {
    const block = rowRange(tests, start, Math.min(start + size, count));
    const trainTest = await source.between(trains, block, part(n * block.shape[0]));
    watch.signal?.throwIfAborted();
    yield { start, block, trainTest };
  }
}

/** k** − k*ᵀ·(K + N)⁻¹·k* of a block of test points. */
async function posteriorVariances(
  { system, variances: trainVariances }: Fit,
  { start, trainTest, prior }: Omit<TestBlock, "block"> & { readonly prior: Float64Array },
  stop: Pick<Watch, "signal">,
): Promise<Float64Array> {
  const tests = prior.length;
  const explained = await system.quadratics(trainTest, stop);
  const variances = prior.map((variance, i) => variance - explained[i]);
  if (variances.every((variance) => variance >= 0)) return variances;
  const weights = await system.solve(trainTest, stop);
  const epsilon = epsilonOf(trainVariances.length, trainTest);
  return variances.map((variance, i) => {
    if (variance >= 0) return variance;
    requireRounding(start + i, {
      ...{ variance, prior: prior[i], trainVariances, epsilon, floor: 0 },
      testTrain: (j) => trainTest.data[j * tests + i],
      weight: (j) => weights.data[j * tests + i],
    });
    return 0;
  });
}

/** The variance of the noise that `std` includes at each test point. */
function noiseAtTests(
  { noise: trainNoise, isOneNoise }: RegressionData,
  noise: boolean | ArrayInput | number,
  tests: number,
): Float64Array {
  if (noise === false) return new Float64Array(tests);
  if (noise !== true) return noiseOf(noise, tests, "noise", "predict");
  if (isOneNoise) return new Float64Array(tests).fill(trainNoise[0]);
  throw wrongType(
    "predict",
    "noise",
    "a variance, or one a test point, where that of training was one a point",
    noise,
  );
}

/** The means of all test points, row-major, and their covariance. */
async function joint(data: RegressionData, { system, weights }: Fit, xTest: ArrayInput, watch: Watch) {
  const inputs = testInputs(data, xTest);
  const [tests, trains] = [inputs.shape[0], data.noise.length];
  const part = joined(watch, tests * (trains + tests));
  const trainTest = await data.source.between(data.inputs, inputs, part(trains * tests));
  const prior = await data.source.between(inputs, null, part(tests * tests));
  const { data: means } = await transposedMultiply(trainTest, weights);
  const stop = watch.signal ? { signal: watch.signal } : {};
  return { means, prior, covariance: minus(prior, await system.quadraticForm(trainTest, stop)) };
}

/** What is to be drawn from the posterior. */
interface Samples {
  readonly xTest: ArrayInput;
  readonly key: Key;
  readonly count?: number;
  readonly watch?: Watch;
}

async function sampled(
  data: RegressionData,
  fit: Fit,
  { xTest, key, count = 1, watch = {} }: Samples,
): Promise<NdArray<Float64Array>> {
  integer("draw samples", "count", count, 1);
  const { means, prior, covariance } = await joint(data, fit, xTest, watched("draw samples", watch));
  const { outputs } = data.targets;
  const deviations = await drawn(covariance, { key, count, outputs }, trace(prior));
  const values = deviations.data.map((value, i) => value + means[i % means.length]);
  return data.targets.means(values, deviations.shape);
}

async function leaveOut({ targets }: RegressionData, { system, weights }: Fit): Promise<LeftOut> {
  const { inverseDiagonal } = factoredOf(system, "leave points out");
  return leftOut(targets.matrix, weights, await inverseDiagonal());
}

function requireClasses({ classes }: Targets): void {
  if (classes !== null) return;
  throw new UnsupportedError(
    "Cannot classify as all targets must be one-hot, one entry of one value and the others of a lower one: " +
      "current value is other numbers, use predict for them",
  );
}

/** Classes and probabilities from means at test points, with the temperature of the means that leave each training point out. */
function classified({ classes, outputs }: Targets, leftOut: NdArray, mean: NdArray): Classification {
  const temperature = fittedTemperature(leftOut.data, classes!);
  return {
    classes: Array.from({ length: mean.shape[0] }, (_, i) => largestAt(mean.data, i * outputs, outputs)),
    probabilities: new NdArray(softmax(mean.data, outputs, 1 / temperature), mean.shape),
    temperature,
  };
}
