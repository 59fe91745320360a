/** Fits of networks: known options are found again, within bounds, from several starts, by either objective. */
import { array, NdArray, predict, random, stax, UnsupportedError } from "../mod.ts";
import { withOptions } from "../lib/network/continuous.ts";
import { cholesky } from "../lib/linalg/cholesky.ts";
import { matmul } from "../lib/linalg/matmul.ts";
import { finished } from "../lib/steps.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const { serial, Dense, Erf } = stax;

const network = (wStd: number, bStd: number, outer: number) =>
  serial(Dense(1, { wStd, bStd }), Erf(), Dense(1, { wStd: outer }));

/** Outputs drawn from the prior of a network at so many points in three dimensions, with noise. */
async function drawn(
  layer: stax.Network,
  n: number,
  outputs: number,
  noise: number,
  kernel: "nngp" | "ntk" = "nngp",
) {
  const [inputs, values] = random.split(random.key(7));
  const x = random.normal(inputs, [n, 3], { dtype: "float64" });
  const { lower } = finished(cholesky(await layer.kernelFn(x, null, kernel), { shift: noise }));
  return { x, y: matmul(lower, random.normal(values, [n, outputs], { dtype: "float64" })) };
}

const truth = { "0.wStd": 1.5, "0.bStd": 0.5, "2.wStd": 1.2, noise: 0.05 };
const free = Object.keys(truth);

for (const kernel of ["nngp", "ntk"] as const) {
  for (const objective of ["evidence", "leaveOneOut"] as const) {
    Deno.test(`options that targets were drawn with are found again: ${kernel}, ${objective}`, async () => {
      const { x, y } = await drawn(network(1.5, 0.5, 1.2), 300, 20, 0.05, kernel);
      const steps: predict.FitStep[] = [];
      const fit = await predict.fit(network(0.7, 1, 1), x, y, {
        ...{ kernel, objective, free },
        onProgress: (step) => steps.push(step),
      });
      assert(fit.converged);
      assertDeepEquals(Object.keys(fit.values), free);
      assertClose(Object.values(fit.values), Object.values(truth), { rtol: 0.1 });
      assertDeepEquals(fit.path, steps);
      assertEquals(fit.iterations, steps.length - 1);
      assertDeepEquals(steps.map(({ iteration }) => iteration), steps.map((_, i) => i));
      steps.slice(1).forEach(({ objective }, i) => assert(objective > steps[i].objective));
      assertEquals(fit.objective, steps[steps.length - 1].objective);
      assertDeepEquals(fit.atBound, []);
      // The network has what was found, and its evidence is that which was said.
      const { "0.wStd": wStd, "0.bStd": bStd, "2.wStd": outer, noise } = fit.values;
      assertEquals(stax.toJSON(fit.network), stax.toJSON(network(wStd, bStd, outer)));
      assertEquals(fit.noise, noise);
      assertEquals(fit.outputScale, 1);
      const { logMarginalLikelihood, gradient } = await predict.evidence(fit.network, x, y, {
        kernel,
        noise,
        free,
      });
      assertClose(fit.logMarginalLikelihood, logMarginalLikelihood, { rtol: 1e-12 });
      if (objective === "evidence") {
        for (const name of free) assert(Math.abs(gradient[name] * fit.values[name]) < 1e-5 * y.size, name);
      }
    });
  }
}

const small = await drawn(network(1.5, 0.5, 1.2), 12, 2, 0.1);

/** log p(yᵢ | all others), by leaving out each point in turn. */
async function leftOut(layer: stax.Network, noise: number): Promise<number> {
  const { x, y } = small;
  const k = await layer.kernelFn(x, null, "nngp");
  let sum = 0;
  for (let i = 0; i < 12; i++) {
    const others = Array.from({ length: 12 }, (_, j) => j).filter((j) => j !== i);
    const inner = array(others.map((a) => others.map((b) => k.at(a, b))));
    const predictFn = predict.gpInference(inner, others.map((j) => [y.at(j, 0), y.at(j, 1)]), {
      diagReg: noise,
      diagRegAbsoluteScale: true,
    });
    const kTestTrain = [others.map((j) => k.at(i, j))];
    const { mean, covariance } = await predictFn({ get: "nngp", kTestTrain, kTestTest: [[k.at(i, i)]] });
    const variance = covariance.at(0, 0) + noise;
    for (let c = 0; c < 2; c++) {
      sum -= (Math.log(2 * Math.PI * variance) + (y.at(i, c) - mean.at(0, c)) ** 2 / variance) / 2;
    }
  }
  return sum;
}

Deno.test("the density of left out targets is that of as many models", async () => {
  const layer = network(1.3, 0.4, 1.1);
  const { objective } = await predict.fit(layer, small.x, small.y, {
    ...{ noise: 0.2, objective: "leaveOneOut", maxIterations: 0 },
  });
  assertClose(objective, await leftOut(layer, 0.2), { rtol: 1e-11 });
});

Deno.test("the fit of left out targets ends where their density is flat", async () => {
  const fit = await predict.fit(network(1.3, 0.4, 1.1), small.x, small.y, {
    ...{ noise: 0.2, objective: "leaveOneOut", free, tolerance: 1e-8, bounds: { "0.bStd": [0.2, 2] } },
  });
  assert(fit.converged);
  for (const name of free.filter((name) => !fit.atBound.includes(name))) {
    const value = fit.values[name];
    const at = (factor: number) =>
      name === "noise"
        ? leftOut(fit.network, factor * value)
        : leftOut(stax.fromJSON(withOptions(fit.network, new Map([[name, factor * value]]))), fit.noise);
    // The derivative in the logarithm.
    const slope = (await at(1 + 1e-4) - await at(1 - 1e-4)) / 2e-4;
    assert(Math.abs(slope) < 1e-5, `${name}: ${slope}`);
  }
});

Deno.test("members of a group share what is found", async () => {
  const layer = serial(Dense(1, { wStd: 1 }), Erf(), Dense(1, { wStd: 1 }));
  const { values, network } = await predict.fit(layer, small.x, small.y, {
    free: { wStd: ["0.wStd", "2.wStd"], noise: ["noise"] },
  });
  assertDeepEquals(Object.keys(values), ["wStd", "noise"]);
  const [first, , last] = (network as unknown as { layers: { wStd: number }[] }).layers;
  assertEquals(first.wStd, values.wStd);
  assertEquals(last.wStd, values.wStd);
});

Deno.test("a bound that is better than all within is said", async () => {
  const { values, atBound, converged } = await predict.fit(network(1.3, 0.4, 1.1), small.x, small.y, {
    free: ["2.wStd", "noise"],
    bounds: { "2.wStd": [0.1, 5], noise: [1e-3, 2e-3] },
    noise: 1.5e-3,
  });
  assert(converged);
  assertEquals(values.noise, 2e-3);
  assertDeepEquals(atBound, ["noise"]);
});

Deno.test("random starts: the best run counts, and a key says which they are", async () => {
  const o = { free, restarts: 3, key: random.key(5), maxIterations: 15 };
  const [a, b] = await Promise.all(
    [0, 1].map(() => predict.fit(network(0.05, 0.4, 1.1), small.x, small.y, o)),
  );
  assertDeepEquals(a, b);
  assertEquals(a.runs.length, 4);
  assertEquals(a.objective, Math.max(...a.runs.map(({ objective }) => objective)));
  assertEquals(new Set(a.runs.map(({ values }) => values["0.wStd"])).size, 4);
  const other = await predict.fit(network(0.05, 0.4, 1.1), small.x, small.y, { ...o, key: random.key(6) });
  assert(other.runs[1].values["0.wStd"] !== a.runs[1].values["0.wStd"]);
});

Deno.test("standardised targets: the same fit in other units", async () => {
  const { x, y } = small;
  const moved = new NdArray(y.data.map((value, i) => i % 2 ? 5 - 3 * value : value), y.shape);
  const o = { free: ["noise", "outputScale"], standardize: true };
  const [a, b] = [
    await predict.fit(network(1.3, 0.4, 1), x, y, o),
    await predict.fit(network(1.3, 0.4, 1), x, moved, o),
  ];
  assertClose(b.noise, a.noise, { rtol: 1e-9 });
  // Of twelve targets each density is a third.
  assertClose(b.logMarginalLikelihood, a.logMarginalLikelihood - 12 * Math.log(3), { rtol: 1e-12 });
  const mean = y.data.filter((_, i) => i % 2 === 0).reduce((sum, value) => sum + value / 12, 0);
  const centred = y.data.filter((_, i) => i % 2 === 0).map((value) => value - mean);
  const scale = Math.sqrt(centred.reduce((sum, value) => sum + value * value / 12, 0));
  const first = await predict.fit(network(1.3, 0.4, 1), x, y.data.filter((_, i) => i % 2 === 0), o);
  const { logMarginalLikelihood } = await predict.evidence(network(1.3, 0.4, 1), x, centred, {
    noise: first.noise * scale ** 2,
    outputScale: first.outputScale * scale ** 2,
    free: [],
  });
  assertClose(first.logMarginalLikelihood, logMarginalLikelihood, { rtol: 1e-11 });
});

Deno.test("steps to where there is no kernel are shortened", async () => {
  // With b > 0 the mean of exp(bx²) diverges for large variances, and the noise of duplicates may not vanish.
  const layer = serial(Dense(1), stax.Gaussian({ a: 1, b: 0.01 }), Dense(1));
  const x = [[1, 2], [1, 2], [3, 1], [0, 1]];
  const fit = await predict.fit(layer, x, [3, 3.0001, 30, 1], {
    free: ["1.b", "noise"],
    bounds: { "1.b": [-1, 10], noise: [1e-30, 10] },
  });
  assert(fit.values["1.b"] < 1 / (2 * 5), `${fit.values["1.b"]}`);
  assert(Number.isFinite(fit.objective) && fit.objective > fit.path[0].objective);
});

Deno.test("a fit by differences finds what an exact one does", async () => {
  const o = { free: ["2.wStd", "noise"], tolerance: 1e-7 };
  const [exact, differences] = await Promise.all(
    (["exact", "differences"] as const).map((gradient) =>
      predict.fit(network(1.3, 0.4, 1.1), small.x, small.y, { ...o, gradient })
    ),
  );
  assertClose(Object.values(differences.values), Object.values(exact.values), { rtol: 1e-4 });
});

Deno.test("images are fitted by differences", async () => {
  const layer = serial(stax.Conv(1, [2], { wStd: 2 }), stax.Relu(), stax.Flatten(), Dense(1));
  const images = random.normal(random.key(1), [6, 3, 1], { dtype: "float64" });
  const y = [1, -1, 2, 0.5, -0.3, 0.1];
  await assertThrows(
    () => predict.fit(layer, images, y),
    UnsupportedError,
    "Cannot differentiate a kernel as inputs must be vectors: current value is inputs with positions [3], " +
      'use { gradient: "differences" }',
  );
  const fit = await predict.fit(layer, images, y, { gradient: "differences", free: ["0.wStd", "noise"] });
  assert(fit.logMarginalLikelihood > fit.path[0].logMarginalLikelihood);
});

Deno.test("everything is free unless told otherwise, but for what is 0", async () => {
  const layer = serial(Dense(1, { bStd: 0 }), stax.Rbf(), stax.Dense(1));
  const { values } = await predict.fit(layer, small.x, small.y, { maxIterations: 1 });
  assertDeepEquals(Object.keys(values), ["0.wStd", "1.gamma", "2.wStd", "noise", "outputScale"]);
});
