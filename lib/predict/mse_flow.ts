/** Outputs of an infinitely wide network during training on the squared loss, from a problem that was checked. */
import { NdArray, reshape } from "../array/mod.ts";
import { multiply } from "../linalg/products.ts";
import { GradientFlow } from "./gradient_flow.ts";
import type { Start } from "./initial_outputs.ts";
import type { Labels } from "./labels.ts";
import { minus, plus, weighted } from "./matrices.ts";
import { commonUnit, fromUnits, inUnits } from "./units.ts";
import type { TrainKernel } from "./train_kernel.ts";

type Outputs = Record<"fxTrain" | "fxTest", NdArray<Float64Array> | null>;

/** Outputs as a function of time in units of the learning rate. */
export function mseFlow(train: TrainKernel, labels: Labels, given: Start): (t: number) => Promise<Outputs> {
  const start = asMatrices(given, labels.channels);
  const unit = commonUnit(...[labels.matrix, start.fxTrain, start.test?.fx].filter((a) => a != null));
  const fxTrain = start.fxTrain && inUnits(start.fxTrain, unit);
  const test = start.test && { ...start.test, fx: inUnits(start.test.fx, unit) };
  const y = inUnits(labels.matrix, unit);
  const problem = { fxTrain, test, y, error: fxTrain ? minus(y, fxTrain) : y };
  let finite: ReturnType<typeof flow> | undefined;
  return async (t) => {
    const outputs = t === Infinity
      ? await converged(train, problem)
      : await (await (finite ??= flow(train, problem)))(t);
    const whole = (a: NdArray<Float64Array> | null, shape?: readonly number[]) =>
      a && reshape(fromUnits(a, unit, "the outputs"), shape!);
    return {
      fxTrain: whole(outputs.fxTrain, given.fxTrain?.shape),
      fxTest: whole(outputs.fxTest, given.test?.fx.shape),
    };
  };
}

/** Outputs as matrices, a row for each point and position, as the kernels have them. */
function asMatrices({ fxTrain, test }: Start, channels: number): Start {
  const asMatrix = (a: NdArray<Float64Array>) => reshape(a, [a.size / channels, channels]);
  return { fxTrain: fxTrain && asMatrix(fxTrain), test: test && { ...test, fx: asMatrix(test.fx) } };
}

/** The targets, what training starts from, and the difference, as a matrix with a column for each channel. */
interface Problem extends Start {
  readonly y: NdArray<Float64Array>;
  readonly error: NdArray<Float64Array>;
}

/** Outputs at infinite time: without regularizer those at training points are the targets, as far as K has them in its range. */
async function converged(train: TrainKernel, { fxTrain, test, y, error }: Problem): Promise<Outputs> {
  const { spectrum } = await train.solver();
  spectrum?.requireResolved(await spectrum.coordinates(error));
  if (spectrum && test) spectrum.requireInRange(await spectrum.testVectors(test.kernel));
  const isRegularized = train.shift > 0;
  const weights = test || isRegularized ? await train.solve(error) : null;
  const unlearned = spectrum && fxTrain && !isRegularized &&
    await multiply(await spectrum.unlearned(), error);
  return {
    fxTrain: fxTrain && isRegularized && weights
      ? plus(fxTrain, await multiply(train.kernel.matrix, weights))
      : fxTrain && new NdArray((unlearned ? minus(y, unlearned) : y).data.slice(), fxTrain.shape),
    fxTest: test && weights && plus(test.fx, await multiply(test.kernel, weights)),
  };
}

/** Outputs as a function of finite times. */
async function flow(
  train: TrainKernel,
  { fxTrain, test, error }: Problem,
): Promise<(t: number) => Promise<Outputs>> {
  const basis = await GradientFlow.of(train, error.size);
  const { spectrum } = basis;
  const coordinates = await spectrum.coordinates(error);
  const testVectors = test && await spectrum.testVectors(test.kernel);
  return async (t) => {
    basis.requireResolved(coordinates, t);
    return {
      fxTrain: fxTrain &&
        plus(fxTrain, await weighted(spectrum.vectors, basis.learned(t), coordinates)),
      fxTest: test && testVectors &&
        plus(test.fx, await weighted(testVectors, basis.carried(t), coordinates)),
    };
  };
}
