/** Regression: closed forms, refits, samples, and what is refused. */
import { array, expr, NdArray, predict, random, stax } from "../mod.ts";
import { NotPositiveDefiniteError, UnsupportedError } from "../lib/errors.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const { Conv, Dense, Erf, Flatten, Gelu, Relu, serial } = stax;
const network = serial(Dense(8, { wStd: 1.5, bStd: 0.3 }), Erf(), Dense(1));
const x = random.normal(random.key(1), [12, 3]);
const y = random.normal(random.key(2), [12, 2]);
const xTest = random.normal(random.key(3), [5, 3]);

const close = (actual: ArrayLike<number> | number, expected: ArrayLike<number> | number, tolerance: number) =>
  assertClose(actual, expected, { rtol: tolerance, atol: tolerance });

const without = (a: NdArray, row: number) => {
  const rows = a.toNested() as number[][];
  return rows.filter((_, i) => i !== row);
};

Deno.test("K = 2, y = 3, noise 1: mean 2, variance 2/3", async () => {
  for (const kernel of ["nngp", "ntk"] as const) {
    // K = Θ = w²·x² for one layer of weights.
    const model = await predict.regression(Dense(1, { wStd: Math.SQRT2 }), [[1]], [[3]], {
      noise: 1,
      kernel,
    });
    const { mean, std } = await model.predict([[1]]);
    assertDeepEquals([mean.shape, std.shape], [[1, 1], [1, 1]]);
    close(mean.at(0, 0), 2, 1e-15);
    close(std.at(0, 0), Math.sqrt(2 / 3), 1e-15);
    close((await model.predict([[1]], { noise: true })).std.at(0, 0), Math.sqrt(5 / 3), 1e-15);
    close((await model.predict([[1]], { noise: [0.5] })).std.at(0, 0), Math.sqrt(7 / 6), 1e-15);
    close(model.logMarginalLikelihood, -9 / 6 - Math.log(6 * Math.PI) / 2, 1e-15);
    const { mean: left, std: apart, logDensity } = await model.leaveOneOut();
    // From nothing: the prior, with the noise.
    close(left.at(0, 0), 0, 1e-15);
    close(apart.at(0, 0), Math.sqrt(3), 1e-15);
    close(logDensity.at(0), -9 / 6 - Math.log(6 * Math.PI) / 2, 1e-15);
  }
});

Deno.test("noise of 10⁶ at a point is as if the point were not there", async () => {
  const ignored = await predict.regression(Dense(1), [[1], [2]], [[1], [0.4]], { noise: [1, 1e6] });
  const alone = await predict.regression(Dense(1), [[1]], [[1]], { noise: 1 });
  const [a, b] = [await ignored.predict([[1]]), await alone.predict([[1]])];
  // The posterior covariance of both points is 1, and the second target is 0.6 below its mean: 0.6·10⁻⁶ is left of it.
  close(a.mean.at(0, 0), b.mean.at(0, 0), 4e-7);
  close(a.std.at(0, 0), b.std.at(0, 0), 1e-6);
});

Deno.test("predictions are those of gpInference, and of its covariance", async () => {
  const kernels = async (x1: NdArray, x2: NdArray | null) => await network.kernelFn(x1, x2, "nngp");
  const gp = predict.gpInference(await kernels(x, null), y, { diagReg: 0.05, diagRegAbsoluteScale: true });
  const expected = await gp({
    get: "nngp",
    kTestTrain: await kernels(xTest, x),
    kTestTest: await kernels(xTest, null),
  });
  const model = await predict.regression(network, x, y, { noise: 0.05 });
  const { mean, std } = await model.predict(xTest);
  const joint = await model.posterior(xTest);
  close(mean.data, expected.mean.data, 1e-12);
  close(joint.mean.data, expected.mean.data, 1e-12);
  close(joint.covariance.data, expected.covariance.data, 1e-12);
  // Both outputs share one covariance.
  std.data.forEach((value, i) =>
    close(value ** 2, expected.covariance.at(Math.floor(i / 2), Math.floor(i / 2)), 1e-12)
  );
});

Deno.test("the log marginal likelihood is the density of a Gaussian, output by output", async () => {
  // ½·log det by the eigenvalues of a 2 × 2 matrix.
  const custom = (x1: unknown, x2: unknown) =>
    Promise.resolve({ nngp: x2 === null ? [[2, 1], [1, 3]] : [[2], [1]], x1 });
  const kernelFn = async (x1: unknown, x2: unknown) => ({ nngp: (await custom(x1, x2)).nngp });
  const model = await predict.regression(kernelFn as predict.KernelFn, [[0], [1]], [[1, 0], [2, 1]], {
    noise: 1,
  });
  // K + N = [[3, 1], [1, 4]], det 11, inverse [[4, −1], [−1, 3]]/11: yᵀ(K + N)⁻¹y is 12/11 and 3/11.
  const expected = -(12 / 11 + 3 / 11) / 2 - Math.log(11) - 2 * Math.log(2 * Math.PI);
  close(model.logMarginalLikelihood, expected, 1e-14);
});

Deno.test("leaving points out in closed form is fitting without them", async () => {
  const noise = Float64Array.from({ length: 12 }, (_, i) => 0.02 + 0.01 * i);
  for (const kernel of ["nngp", "ntk"] as const) {
    const { mean, std, logDensity } =
      await (await predict.regression(network, x, y, { kernel, noise: array(noise, [12]) })).leaveOneOut();
    for (let i = 0; i < 12; i++) {
      const rest = noise.filter((_, j) => j !== i);
      const refit = await predict.regression(network, without(x, i), without(y, i), {
        kernel,
        noise: array(rest, [11]),
      });
      const at = await refit.predict([(x.toNested() as number[][])[i]], { noise: noise[i] });
      let density = 0;
      for (const c of [0, 1]) {
        close(mean.at(i, c), at.mean.at(0, c), 1e-9);
        close(std.at(i, c), at.std.at(0, c), 1e-9);
        const [miss, deviation] = [y.at(i, c) - at.mean.at(0, c), at.std.at(0, c)];
        density -= miss ** 2 / (2 * deviation ** 2) + Math.log(deviation * Math.sqrt(2 * Math.PI));
      }
      close(logDensity.at(i), density, 1e-9);
    }
  }
});

Deno.test("standardized targets come back in their units, densities too", async () => {
  const scaled = new NdArray(y.data.map((value, i) => i % 2 ? 1000 + 30 * value : value), y.shape);
  const [plain, units] = await Promise.all([
    predict.regression(network, x, y, { standardize: true, noise: 0.1 }),
    predict.regression(network, x, scaled, { standardize: true, noise: 0.1 }),
  ]);
  const [a, b] = [await plain.predict(xTest), await units.predict(xTest)];
  const [c, d] = [await plain.leaveOneOut(), await units.leaveOneOut()];
  for (let i = 0; i < 5; i++) {
    close(b.mean.at(i, 0), a.mean.at(i, 0), 1e-10);
    close(b.mean.at(i, 1), 1000 + 30 * a.mean.at(i, 1), 1e-10);
    close(b.std.at(i, 1), 30 * a.std.at(i, 1), 1e-10);
    close(d.mean.at(i, 1), 1000 + 30 * c.mean.at(i, 1), 1e-10);
    close(d.logDensity.at(i), c.logDensity.at(i) - Math.log(30), 1e-8);
  }
  close(units.logMarginalLikelihood, plain.logMarginalLikelihood - 12 * Math.log(30), 1e-10);
  // A constant output is predicted as it is.
  const constant = await predict.regression(network, x, Array(12).fill(7), { standardize: true });
  (await constant.predict(xTest)).mean.data.forEach((value) => close(value, 7, 1e-15));
});

/** Means and covariances of samples at all pairs of points, of the first output. */
function statistics({ data, shape: [count, n, outputs] }: NdArray, output: number) {
  const value = (s: number, i: number) => data[(s * n + i) * outputs + output];
  const average = (f: (s: number) => number) => {
    let sum = 0;
    for (let s = 0; s < count; s++) sum += f(s);
    return sum / count;
  };
  const mean = Array.from({ length: n }, (_, i) => average((s) => value(s, i)));
  const covariance = mean.map((m, i) =>
    mean.map((other, j) => average((s) => (value(s, i) - m) * (value(s, j) - other)))
  );
  return { mean, covariance };
}

Deno.test("samples have the mean and the covariance of the posterior, and those of the prior its kernel", async () => {
  const S = 20000;
  const model = await predict.regression(network, x, y, { noise: 0.5 });
  const prior = predict.prior(network, { outputs: 2 });
  const posterior = await model.posterior(xTest);
  const kernel = await network.kernelFn(xTest, null, "nngp");
  const cases = [
    [await model.sample(xTest, random.key(4), S), posterior.mean, posterior.covariance],
    [await prior.sample(xTest, random.key(5), S), new NdArray(new Float64Array(10), [5, 2]), kernel],
  ] as const;
  for (const [samples, mean, covariance] of cases) {
    assertDeepEquals(samples.shape, [S, 5, 2]);
    for (const output of [0, 1]) {
      const is = statistics(samples, output);
      for (let i = 0; i < 5; i++) {
        const bound = 4 * Math.sqrt(2 / S);
        const scale = Math.sqrt(covariance.at(i, i));
        assert(Math.abs(is.mean[i] - mean.at(i, output)) < bound * scale);
        for (let j = 0; j < 5; j++) {
          const size = scale * Math.sqrt(covariance.at(j, j));
          assert(Math.abs(is.covariance[i][j] - covariance.at(i, j)) < bound * size);
        }
      }
    }
  }
  assertDeepEquals(await model.sample(xTest, random.key(4), 2), await model.sample(xTest, random.key(4), 2));
  // Equal points have equal values.
  const twice = await prior.sample([[1, 2, 3], [1, 2, 3]], random.key(6));
  close(twice.at(0, 0, 1), twice.at(0, 1, 1), 1e-7);
});

Deno.test("blocks of test points are as good as all at once", async () => {
  // 2²² entries are 1398 test points of 3000 training points.
  const many = random.normal(random.key(7), [3000, 2]);
  const small = serial(Dense(1, { bStd: 1 }), Relu(), Dense(1));
  const model = await predict.regression(small, many, random.normal(random.key(8), [3000]), { noise: 1 });
  const tests = random.normal(random.key(9), [1500, 2]);
  const progress: number[] = [];
  const { mean, std } = await model.predict(tests, {
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  assertDeepEquals([mean.shape, std.shape], [[1500], [1500]]);
  const last = await model.predict((tests.toNested() as number[][]).slice(1397, 1400));
  for (let i = 0; i < 3; i++) {
    close(mean.at(1397 + i), last.mean.at(i), 1e-10);
    close(std.at(1397 + i), last.std.at(i), 1e-9);
  }
  assertEquals(progress.at(-1), 1);
  assertDeepEquals(progress, progress.toSorted((a, b) => a - b));
});

Deno.test("probabilities are a softmax with the temperature of the largest leave-one-out likelihood", async () => {
  // Two classes that overlap, of which targets say one.
  const inputs = random.normal(random.key(10), [60, 1]);
  const noises = random.normal(random.key(11), [60]);
  const hits = Array.from(inputs.data, (value, i) => value + noises.at(i) > 0 ? 1 : 0);
  const targets = hits.map((hit) => hit ? [-0.1, 0.9] : [0.9, -0.1]);
  const model = await predict.regression(network, inputs, targets, { noise: 0.5 });
  const { classes, probabilities, temperature } = await model.classify([[-2], [0.01], [2]]);
  assertDeepEquals([classes[0], classes[2]], [0, 1]);
  const { mean } = await model.predict([[-2], [0.01], [2]]);
  for (let i = 0; i < 3; i++) {
    const odds = Math.exp((mean.at(i, 1) - mean.at(i, 0)) / temperature);
    close(probabilities.at(i, 1), odds / (1 + odds), 1e-12);
    close(probabilities.at(i, 0) + probabilities.at(i, 1), 1, 1e-15);
  }
  const left = (await model.leaveOneOut()).mean;
  const likelihood = (t: number) =>
    hits.reduce<number>(
      (sum, hit, i) => sum - Math.log1p(Math.exp((left.at(i, 1 - hit) - left.at(i, hit)) / t)),
      0,
    );
  for (const factor of [0.99, 1.01]) assert(likelihood(temperature) > likelihood(factor * temperature));
});

Deno.test("a saved model predicts to the last bit, and a new one takes its place whole", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/model`;
  try {
    const images = serial(Conv(1, [3, 3]), Gelu(), Flatten(), Dense(1));
    const pictures = random.normal(random.key(12), [6, 4, 4, 1]);
    const first = await predict.regression(images, pictures, [1, 2, 3, 4, 5, 6], { kernel: "ntk" });
    await first.save(path);
    const again = await predict.load(path);
    assertDeepEquals(
      await again.predict(pictures, { noise: true }),
      await first.predict(pictures, { noise: true }),
    );
    assertDeepEquals(again.report, first.report);
    assertDeepEquals(again.logMarginalLikelihood, first.logMarginalLikelihood);
    const second = await predict.regression(network, x, y, {
      noise: array(new Float64Array(12).fill(0.3), [12]),
    });
    await second.save(path);
    assertDeepEquals(await (await predict.load(path)).leaveOneOut(), await second.leaveOneOut());
    assertDeepEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["model"]);

    const lower = await Deno.readFile(`${path}/lower.npy`);
    await Deno.writeFile(`${path}/lower.npy`, lower.subarray(0, 500));
    const where = JSON.stringify(path);
    await assertThrows(
      () => predict.load(path),
      TypeError,
      `Cannot load the model in ${where} as lower.npy must be there, and whole: current value is ` +
        "Cannot read a .npy file as the number of bytes must be 1280, as its header says: current value is 500",
    );
    await Deno.writeFile(`${path}/lower.npy`, await Deno.readFile(`${path}/x.npy`));
    await assertThrows(
      () => predict.load(path),
      TypeError,
      `Cannot load the model in ${where} as lower.npy must be float64 of shape [12, 12]: current value is float64 of shape [12, 3]`,
    );
    await Deno.writeTextFile(`${path}/model.json`, "{}");
    await assertThrows(
      () => predict.load(path),
      TypeError,
      `Cannot load the model in ${where} as its format must be "widekernels regression 1": current value is undefined`,
    );
    await assertThrows(
      () => second.save(path),
      TypeError,
      `Cannot save a model as path must be new, or a folder with a model: current value is ${where}, which holds something else`,
    );
    await assertThrows(() => second.save(`${folder}/none/model`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a model that cannot be written leaves the one that was there", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/model`;
  const { writeTextFile } = Deno;
  try {
    const model = await predict.regression(network, x, y);
    await model.save(path);
    Deno.writeTextFile = () => Promise.reject(new Deno.errors.WriteZero("No space left on device"));
    await assertThrows(() => model.save(path), Deno.errors.WriteZero);
    assertDeepEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["model"]);
    assertDeepEquals(await (await predict.load(path)).predict(xTest), await model.predict(xTest));
  } finally {
    Object.assign(Deno, { writeTextFile });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("conjugate gradients agree with the factor", async () => {
  const many = random.normal(random.key(13), [700, 4]);
  const targets = random.normal(random.key(14), [700, 3]);
  const tests = random.normal(random.key(15), [9, 4]);
  const noise = array(random.uniform(random.key(16), [700]).data.map((value) => 0.05 + value), [700]);
  for (const kernel of ["nngp", "ntk"] as const) {
    const exact = await predict.regression(network, many, targets, { kernel, noise, solver: "cholesky" });
    const o = { kernel, noise, solver: "conjugateGradients", tolerance: 1e-9, rank: 100 } as const;
    const progress: number[] = [];
    const model = await predict.regression(network, many, targets, {
      ...o,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    assertDeepEquals([progress.at(-1), progress], [1, progress.toSorted((a, b) => a - b)]);
    const [a, b] = [await exact.predict(tests), await model.predict(tests)];
    close(b.mean.data, a.mean.data, 1e-7);
    close(b.std.data, a.std.data, 1e-7);
    close((await model.mean(tests)).data, a.mean.data, 1e-7);
    const [c, d] = [await exact.posterior(tests), await model.posterior(tests)];
    close(d.covariance.data, c.covariance.data, 1e-7);
    close(
      (await model.sample(tests, random.key(1), 2)).data,
      (await exact.sample(tests, random.key(1), 2)).data,
      1e-4,
    );
    const { report } = model;
    assertDeepEquals([report.solver, report.condition, report.preconditionerRank], [
      "conjugateGradients",
      null,
      100,
    ]);
    assert(report.residual <= 1e-9 && report.iterations! > 5);
  }
});

Deno.test("a model without a factor refuses what needs one, and is saved with what it has", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const tiles = `${folder}/kernel.tiles`;
    const solver = "conjugateGradients";
    const model = await predict.regression(network, x, y, { solver, tiles, tolerance: 1e-10 });
    assert((await Deno.stat(tiles)).size > 4 * 12 * 13 / 2);
    const remedy =
      'as the solver must be "cholesky": current value is "conjugateGradients", fit the model to fewer points';
    await assertThrows(
      () => model.logMarginalLikelihood,
      UnsupportedError,
      `Cannot compute logMarginalLikelihood ${remedy}`,
    );
    await assertThrows(() => model.leaveOneOut(), UnsupportedError, `Cannot leave points out ${remedy}`);
    await model.save(`${folder}/model`);
    const again = await predict.load(`${folder}/model`);
    assertDeepEquals(await again.predict(xTest), await model.predict(xTest));
    assertDeepEquals(again.report, model.report);
    for (const [name, value] of Object.entries({ tolerance: 1e-3, rank: 4, tiles })) {
      await assertThrows(
        () => predict.regression(network, x, y, { [name]: value }),
        UnsupportedError,
        `Cannot fit a regression as ${name} must be null with a Cholesky factor, which 12 points have: ` +
          `current value is ${JSON.stringify(value)}, give solver "conjugateGradients"`,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the report says how the model was fitted", async () => {
  const { report } = await predict.regression(network, x, y);
  assertDeepEquals(
    { ...report, condition: 0, residual: 0, seconds: 0 },
    {
      ...{ solver: "cholesky", points: 12, jitter: 0, rank: 12, condition: 0, residual: 0, kernelError: 0 },
      ...{ iterations: null, preconditionerRank: null },
      ...{ seconds: 0, bytes: 8 * (36 + 24 + 24 + 144 + 24) },
    },
  );
  assert(report.residual < 1e-12 && report.condition! > 10 && report.condition! < 1e4);
  const numerical = serial(
    Dense(1),
    stax.ElementwiseNumerical((v: expr.Expr) => v.tanh(), { deg: 25 }),
    Dense(1),
  );
  for (const solver of ["cholesky", "conjugateGradients"] as const) {
    assert((await predict.regression(numerical, x, y, { solver })).report.kernelError > 0);
  }
});

Deno.test("what has no sense is refused", async () => {
  const fit = (options: predict.RegressionOptions) => () => predict.regression(network, x, y, options);
  await assertThrows(
    () => predict.regression(network, x, [[1]]),
    TypeError,
    "Cannot fit a regression as the shape of y must be [12] or [12, outputs] to match x: current value is [1, 1]",
  );
  await assertThrows(
    () => predict.regression(network, [[1]], [NaN]),
    RangeError,
    "Cannot fit a regression as y[0] must be finite: current value is NaN",
  );
  await assertThrows(
    () => predict.regression(network, [1, 2], [1, 2]),
    TypeError,
    "Cannot use x as its shape must be [points, features] or [points, …positions, features]: current value is [2]",
  );
  await assertThrows(
    fit({ noise: -1 }),
    RangeError,
    "Cannot fit a regression as noise must be a variance, finite and at least 0: current value is -1",
  );
  await assertThrows(
    fit({ noise: [1, 2] }),
    TypeError,
    "Cannot fit a regression as noise must be a number or an array of shape [12]: current value is of shape [2]",
  );
  await assertThrows(
    fit({ noise: Array.from({ length: 12 }, (_, i) => 1 - i) }),
    RangeError,
    "Cannot fit a regression as noise[2] must be a variance, finite and at least 0: current value is -1",
  );
  await assertThrows(
    fit({ diagReg: 1 } as object),
    TypeError,
    "Cannot fit a regression as its options must be among kernel, noise, standardize, solver, tolerance, rank, tiles, backend, dtype, onProgress, signal: current value is diagReg",
  );
  await assertThrows(
    () => predict.regression(stax.Conv(1, [1, 1]), [[[[1]]]], [1]),
    UnsupportedError,
    "Cannot fit a regression as the kernel must have shape [1, 1]: current value is [1, 1, 1, 1, 1, 1]; " +
      "end the network with Flatten() or GlobalAvgPool(), or use gpInference for outputs at positions",
  );
  await assertThrows(
    () => predict.regression(serial(Dense(1), Relu()), x, y),
    UnsupportedError,
    "Cannot predict as the outputs of the network must be Gaussian: current value is not, end the network with Dense(…)",
  );
  await assertThrows(
    () => predict.regression([[1]] as unknown as predict.KernelGiver, x, y),
    TypeError,
    "Cannot fit a regression as network must be a network, such as stax.Dense(1), or its kernelFn: current value is a list of length 1",
  );
  const model = await predict.regression(network, x, y, { noise: Array(12).fill(0.1) });
  await assertThrows(
    () => model.predict([[1]]),
    TypeError,
    "Cannot predict as the shape of xTest must be [points, 3] to match x: current value is [1, 1]",
  );
  await assertThrows(
    () => model.predict(xTest, { noise: true }),
    TypeError,
    "Cannot predict as noise must be a variance, or one a test point, where that of training was one a point: current value is true",
  );
  await assertThrows(
    () => model.classify(xTest),
    UnsupportedError,
    "Cannot classify as all targets must be one-hot, one entry of one value and the others of a lower one: " +
      "current value is other numbers, use predict for them",
  );
  await assertThrows(
    () => model.sample(xTest, random.key(0), 0),
    RangeError,
    "Cannot draw samples as count must be an integer of at least 1: current value is 0",
  );
});

Deno.test("a kernel that is not positive definite is refused with its row and the noise that would do", async () => {
  const equal = [[1, 0], [0, 1], [1, 0], [2, 2]];
  const fit = (noise: number) => predict.regression(network2, equal, [1, 2, 3, 4], { noise });
  const network2 = serial(Dense(1), Erf(), Dense(1));
  const error = await fit(0).then(() => null, (error) => error);
  assert(error instanceof NotPositiveDefiniteError);
  const [text, noise] = error.message.match(/^(.*); add (\S+) to the noise$/)!.slice(1);
  assertEquals(
    text,
    "Cannot fit a regression as the nngp kernel with its noise must be positive definite: " +
      "current value depends on earlier rows in row 2",
  );
  assertEquals(error.row, 2);
  // What it says is enough, and not by far too much.
  await fit(Number(noise));
  assert(Number(noise) < 1e-12);
});

Deno.test("a call that was aborted is rejected", async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const isReason = (run: Promise<unknown>) => run.then(() => false, (error) => error === reason);
  assert(await isReason(predict.regression(network, x, y, { signal })));
  const model = await predict.regression(network, x, y);
  assert(await isReason(model.predict(xTest, { signal })));
  assert(await isReason(model.sample(xTest, random.key(0), 1, { signal })));
});
