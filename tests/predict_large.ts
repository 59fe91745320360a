/** Predictions from 300 training points, more than TypeScript factors and multiplies where there is LAPACK; run, it prints them. */
import { NdArray } from "../lib/array/mod.ts";
import {
  gpInference,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  type KernelFn,
  maxLearningRate,
} from "../lib/predict/mod.ts";

const [TRAIN, TEST] = [300, 200];
const train = new NdArray(Float64Array.from({ length: TRAIN }, (_, i) => i / 50), [TRAIN, 1]);
const test = new NdArray(Float64Array.from({ length: TEST }, (_, i) => 0.01 + i / 35), [TEST, 1]);
const y = new NdArray(train.data.map(Math.sin), [TRAIN, 1]);

/** exp(−2·|x − x'|), and exp(−|x − x'|) as NTK. */
const kernels = (x1: NdArray, x2: NdArray) => {
  const kernel = (rate: number) =>
    new NdArray(
      Float64Array.from(
        { length: x1.size * x2.size },
        (_, at) => Math.exp(-rate * Math.abs(x1.data[Math.floor(at / x2.size)] - x2.data[at % x2.size])),
      ),
      [x1.size, x2.size],
    );
  return { nngp: kernel(2), ntk: kernel(1) };
};
const kernelFn: KernelFn = (x1, x2) => Promise.resolve(kernels(x1 as NdArray, (x2 ?? x1) as NdArray));

/** A kernel of which all entries are 1, but for the last of its diagonal. */
export function rankOne(last: number): NdArray<Float64Array> {
  const ones = new Float64Array(TRAIN * TRAIN).fill(1);
  ones[ones.length - 1] = last;
  return new NdArray(ones, [TRAIN, TRAIN]);
}

/** Every kind of prediction that factors or diagonalizes a kernel. */
export async function predictions(): Promise<Record<string, number[]>> {
  const [kTrainTrain, kTestTrain] = [kernels(train, train), kernels(test, train)];
  const query = { kTestTrain, kTestTest: kernels(test, test) };
  const gp = await gpInference(kTrainTrain, y, { diagReg: 1e-4 })({ get: ["nngp", "ntk"], ...query });
  const ensemble = gradientDescentMseEnsemble(kernelFn, train, y);
  const late = await ensemble({ t: [3, 1e4], xTest: test, get: "ntk", computeCov: true });
  const mse = gradientDescentMse(kTrainTrain.ntk, y);
  const trained = await mse({ t: [5, Infinity], fxTest0: 0.5, kTestTrain: kTestTrain.ntk });
  const singular = gpInference(rankOne(1), y);
  await singular({ get: "nngp", kTestTrain: rankOne(1) });
  return {
    "mean of nngp": [...gp.nngp.mean.data],
    "covariance of nngp": [...gp.nngp.covariance.data],
    "mean of ntk": [...gp.ntk.mean.data],
    "covariance of ntk": [...gp.ntk.covariance.data],
    "mean after finite times": [...late.mean.data],
    "covariance after finite times": [...late.covariance.data],
    "test outputs": [...trained.fxTest.data],
    "learning rate": [await maxLearningRate(kTrainTrain.ntk)],
    "jitter": [singular.jitter.nngp!],
  };
}

if (import.meta.main) console.log(JSON.stringify(await predictions()));
