/**
 * Predictions at training points and at positions, against closed forms: f' = −(K·(f − y) + r·(f − f₀))/N in the eigenbasis of
 * K, and the posterior of one point.
 */
import { NdArray } from "../lib/array/mod.ts";
import {
  gpInference,
  gradientDescent,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  type KernelFn,
} from "../lib/predict/mod.ts";
import { stax } from "../mod.ts";
import { assertClose, assertDeepEquals, assertEquals } from "./assert.ts";
import { positionTargets } from "./targets.ts";

const array = (data: number[], shape: number[]) => new NdArray(Float64Array.from(data), shape);
const learned = (rate: number) => -Math.expm1(-rate);

/** K = [[2, 1], [1, 2]] has the eigenvalues 3 at (1, 1)/√2 and 1 at (1, −1)/√2: y = (1, 2) is 3/2·(1, 1) − 1/2·(1, −1). */
const pairAt = (t: number) => {
  const [sum, difference] = [1.5 * learned(3 * t / 2), 0.5 * learned(t / 2)];
  return [sum - difference, sum + difference];
};

/** What is predicted for K, as a kernel over positions, at the training points and at test points equal to them. */
const spatial: { name: string; k: NdArray; y: NdArray; at: (t: number) => number[] }[] = [
  { name: "one axis", k: array([2, 1, 1, 2], [1, 1, 2, 2]), y: array([1, 2], [1, 2, 1]), at: pairAt },
  {
    name: "two axes",
    k: array([2, 1, 1, 2], [1, 1, 1, 1, 2, 2]),
    y: array([1, 2], [1, 1, 2, 1]),
    at: pairAt,
  },
  {
    // Entry (i, j, p, q) is 1 + i at i = j and p = q: four outputs of rates 1, 1, 2, 2 with two channels, N = 8.
    name: "two points and channels",
    k: array([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2], [2, 2, 2, 2]),
    y: array([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]),
    at: (t) => [1, 2, 3, 4, 5, 6, 7, 8].map((y, i) => y * learned((i < 4 ? 1 : 2) * t / 8)),
  },
];

for (const { name, k, y, at } of spatial) {
  const shape = [...y.shape];
  const [start, N] = [0.25, y.size];

  Deno.test(`outputs at positions, ${name}: gradient descent on the squared loss`, async () => {
    const predictFn = gradientDescentMse(k, y);
    for (const t of [0, 1, 3, Infinity]) {
      const { fxTrain, fxTest } = await predictFn({ t, fxTest0: 0, kTestTrain: k });
      assertDeepEquals([[...fxTrain.shape], [...fxTest.shape]], [shape, shape]);
      assertClose(fxTrain.data, at(t), { atol: 1e-14 });
      assertClose(fxTest.data, at(t), { atol: 1e-14 });
    }
    const testOnly = await predictFn({ t: [1, 3], fxTrain0: null, fxTest0: 0, kTestTrain: k });
    assertEquals(testOnly.fxTrain, null);
    assertDeepEquals([...testOnly.fxTest.shape], [2, ...shape]);
    assertClose(testOnly.fxTest.data, [...at(1), ...at(3)], { atol: 1e-14 });
    // What starts at c is c + the prediction for y − c.
    const shifted = gradientDescentMse(k, new NdArray(y.data.map((value) => value - start), y.shape));
    const moved = (await shifted({ t: 2 })).fxTrain.data.map((value) => value + start);
    const fxTrain0 = new NdArray(new Float64Array(N).fill(start), y.shape);
    assertClose((await predictFn({ t: 2, fxTrain0 })).fxTrain.data, moved, { atol: 1e-14 });
  });

  Deno.test(`outputs at positions, ${name}: gradient descent on any loss`, async () => {
    const predictFn = gradientDescent("mse", k, y);
    const { fxTrain, fxTest } = await predictFn({ t: [1, 3], fxTest0: 0, kTestTrain: k });
    assertDeepEquals([[...fxTrain.shape], [...fxTest.shape]], [[2, ...shape], [2, ...shape]]);
    assertClose(fxTrain.data, [...at(1), ...at(3)], { atol: 1e-6 });
    assertClose(fxTest.data, [...at(1), ...at(3)], { atol: 1e-6 });
  });

  Deno.test(`outputs at positions, ${name}: the ensemble`, async () => {
    const kernelFn: KernelFn = () => Promise.resolve({ nngp: k, ntk: k });
    const predictFn = gradientDescentMseEnsemble(kernelFn, y, y);
    for (const t of [0, 1, Infinity]) {
      for (const xTest of [null, y]) {
        const { nngp, ntk } = await predictFn({ t, xTest, computeCov: true });
        for (const { mean, covariance } of [nngp, ntk]) {
          assertDeepEquals([[...mean.shape], [...covariance.shape]], [shape, [...k.shape]]);
          assertClose(mean.data, at(t), { atol: 1e-14 });
          // K is the initial covariance, and nothing is left of it in the end.
          if (t !== 1) assertClose(covariance.data, t === 0 ? k.data : k.data.map(() => 0), { atol: 2e-14 });
        }
      }
    }
  });
}

for (const { options, test } of positionTargets) {
  test("predictions at the positions of a network", async () => {
    // One linear layer: K = Θ = 1 + x·x′ at the positions of x = (2, −1/2), which is 5 and 5/4 with 0 between them; N = 2.
    const { kernelFn } = stax.Conv(1, [1], { bStd: 1 });
    const x = [[[2], [-0.5]]];
    const rates = [5 / 2, 5 / 8];
    const k = await kernelFn(x, null, ["nngp", "ntk"], options);
    const ensemble = gradientDescentMseEnsemble(kernelFn, x, [[[3], [7]]], options);
    for (const t of [1, Infinity]) {
      const want = [3 * learned(rates[0] * t), 7 * learned(rates[1] * t)];
      const { fxTrain, fxTest } = await gradientDescentMse(k, [[[3], [7]]])({ t, fxTest0: 0, kTestTrain: k });
      const { nngp, ntk } = await ensemble({ t });
      const tested = await ensemble({ t, xTest: x });
      for (const outputs of [fxTrain, fxTest, nngp, ntk, tested.nngp, tested.ntk]) {
        assertDeepEquals([...outputs.shape], [1, 2, 1]);
        assertClose(outputs.data, want, { atol: 1e-6 });
      }
    }
  });
}

/** One training point with the NNGP kernel K, the NTK Θ, the target y and the regularizer r. */
interface Point {
  readonly k: number;
  readonly theta: number;
  readonly y: number;
  readonly r: number;
}

/** Mean and variance of the ensemble at that point and time: y of it is pulled to y, and r/λ and e^{−λt} of f₀ are left. */
function expectedAt({ k, theta, y, r }: Point, name: "nngp" | "ntk", t: number) {
  const kappa = name === "nngp" ? k : theta;
  const lambda = kappa + r;
  const left = (rate: number) => (r + kappa * Math.exp(-rate * lambda * t)) / lambda;
  return {
    mean: y * kappa / lambda * learned(lambda * t),
    variance: name === "nngp" ? k * left(2) : k * left(1) ** 2,
  };
}

const points: Point[] = [
  { k: 1, theta: 1, y: 1, r: 0.5 },
  { k: 2, theta: 2, y: 3, r: 1 },
  { k: 0.3, theta: 1.7, y: -4, r: 0.01 },
  { k: 5, theta: 20, y: 1, r: 100 },
  { k: 2, theta: 3, y: 1, r: 0 },
];

for (const point of points) {
  const { k, theta, y, r } = point;
  const kernels = { nngp: [[k]], ntk: [[theta]] };
  const options = { diagReg: r, diagRegAbsoluteScale: true };

  Deno.test(`one answer at the training point for K ${k}, Θ ${theta}, r ${r}`, async () => {
    const predictFn = gpInference(kernels, [[y]], options);
    const mse = gradientDescentMse(theta === k ? [[k]] : kernels, [[y]], options);
    const ensemble = gradientDescentMseEnsemble(() => Promise.resolve(kernels), [[0]], [[y]], options);
    for (const name of ["nngp", "ntk"] as const) {
      const { mean, variance } = expectedAt(point, name, Infinity);
      const here = await predictFn({ get: name, kTestTest: true });
      const there = await predictFn({ get: name, kTestTrain: kernels, kTestTest: kernels });
      const trained = await ensemble({ get: name, computeCov: true });
      const tested = await ensemble({ get: name, computeCov: true, xTest: [[0]] });
      for (const got of [here, there, trained, tested]) {
        assertClose(got.mean.data, [mean], { rtol: 1e-14 });
        assertClose(got.covariance.data, [variance], { atol: 1e-14 * (k + theta) });
      }
      assertClose((await predictFn({ get: name })).data, [mean], { rtol: 1e-14 });
    }
    const { mean } = expectedAt(point, "ntk", Infinity);
    for (const t of [Infinity, 1e4]) {
      const { fxTrain, fxTest } = await mse({ t, fxTest0: 0, kTestTrain: [[theta]] });
      assertClose([...fxTrain.data, ...fxTest.data], [mean, mean], { rtol: 1e-14 });
    }
  });

  Deno.test(`the ensemble at the training point through time for K ${k}, Θ ${theta}, r ${r}`, async () => {
    const ensemble = gradientDescentMseEnsemble(() => Promise.resolve(kernels), [[0]], [[y]], options);
    for (const t of [0, 1e-3, 0.1, 1, 10]) {
      for (const name of ["nngp", "ntk"] as const) {
        const { mean, variance } = expectedAt(point, name, t);
        for (const xTest of [null, [[0]]]) {
          const got = await ensemble({ t, get: name, computeCov: true, xTest });
          assertClose(got.mean.data, [mean], { rtol: 1e-14, atol: 1e-300 });
          assertClose(got.covariance.data, [variance], {
            atol: 1e-14 * (k + theta),
            message: `${name} ${t}`,
          });
        }
      }
    }
  });
}

Deno.test("the initial covariance has no regularizer in it", async () => {
  const kernelFn: KernelFn = () => Promise.resolve({ nngp: [[1]], ntk: [[1]] });
  const ensemble = gradientDescentMseEnsemble(kernelFn, [[1]], [[1]], { diagReg: 0.5 });
  const { covariance } = await ensemble({ t: 0, get: "nngp", computeCov: true });
  assertClose(covariance.data, [1], { rtol: 1e-15 });
});

Deno.test("the regularizer is a pull to the initial parameters, at training points as at others", async () => {
  // f' = −(K·(f − y) + r·(f − f₀))/N is gradient descent on a loss with the gradient (f − y + r·K⁻¹·(f − f₀))/N, which
  // `gradientDescent` integrates: K = [[2, 1], [1, 2]], K⁻¹ = [[2, −1], [−1, 2]]/3.
  const [k, y, f0, r] = [[[2, 1], [1, 2]], [[1], [2]], [0.5, -1], 0.7];
  const gradient = (f: NdArray, targets: NdArray) => {
    const [a, b] = [f.data[0] - f0[0], f.data[1] - f0[1]];
    const pull = [(2 * a - b) / 3, (2 * b - a) / 3];
    return new NdArray(Float64Array.from(pull, (p, i) => (f.data[i] - targets.data[i] + r * p) / 2), f.shape);
  };
  const query = { t: [0.5, 3, 20], fxTrain0: f0.map((f) => [f]), fxTest0: 0.2, kTestTrain: [[1, 0.5]] };
  const want = await gradientDescent(gradient, k, y, { rtol: 1e-10 })(query);
  const got = await gradientDescentMse(k, y, { diagReg: r, diagRegAbsoluteScale: true })(query);
  assertClose(got.fxTrain.data, want.fxTrain.data, { atol: 1e-8 });
  assertClose(got.fxTest.data, want.fxTest.data, { atol: 1e-8 });
});

Deno.test("training points are test points whose kernels are those of training, to the last bit of a posterior", async () => {
  const kernels = { nngp: [[2, 1, 0], [1, 2, 1], [0, 1, 2]], ntk: [[5, 1, 1], [1, 4, 1], [1, 1, 6]] };
  const predictFn = gpInference(kernels, [[1, -1], [2, 0], [3, 1]], { diagReg: 0.1 });
  const get = ["nngp", "ntk", "ntkgp"] as const;
  const here = await predictFn({ get, kTestTest: true });
  assertDeepEquals(here, await predictFn({ get, kTestTrain: kernels, kTestTest: kernels }));
  assertDeepEquals((await predictFn({ get })).ntk, here.ntk.mean);
});
