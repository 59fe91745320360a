/** Ridge regression on batches of features: against closed forms, against kernels, and across interruptions. */
import { array, type ArrayInput, NdArray } from "../lib/array/mod.ts";
import { matmul, matmulTransposed } from "../lib/linalg/matmul.ts";
import { type FeatureBatch, gpInference, ridge, type RidgeModel } from "../lib/predict/mod.ts";
import { normal } from "../lib/random/mod.ts";
import { key } from "../lib/random/mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertMatch, assertThrows } from "./assert.ts";
import { longestBlock } from "./blocks.ts";
import { assertBelow } from "./timing.ts";

type Matrix = NdArray<Float64Array>;

const draw = (seed: number, rows: number, columns: number) =>
  normal(key(seed), [rows, columns], { dtype: "float64" }) as Matrix;

/** Rows `start` … `end` − 1. */
function rowsOf({ data, shape: [, columns] }: NdArray, start: number, end: number): NdArray {
  return new NdArray(data.slice(start * columns, end * columns), [end - start, columns]);
}

/** Batches of so many rows, the last one of what remains. */
function split(features: NdArray, targets: NdArray, ...sizes: number[]): FeatureBatch[] {
  const batches: FeatureBatch[] = [];
  const rows = features.shape[0];
  for (let start = 0, i = 0; start < rows; i++) {
    const end = Math.min(start + sizes[i % sizes.length], rows);
    batches.push({ features: rowsOf(features, start, end), targets: rowsOf(targets, start, end) });
    start = end;
  }
  return batches;
}

/** (ΦᵀΦ + λ·I)⁻¹·ΦᵀY by sums in loops and Gaussian elimination with pivots. */
function closedForm(features: NdArray, targets: NdArray, shift: number): Float64Array {
  const [n, d] = features.shape;
  const outputs = targets.shape[1];
  const rows = Array.from({ length: d }, (_, i) => {
    const row = new Float64Array(d + outputs);
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < d; j++) row[j] += features.data[k * d + i] * features.data[k * d + j];
      for (let c = 0; c < outputs; c++) {
        row[d + c] += features.data[k * d + i] * targets.data[k * outputs + c];
      }
    }
    row[i] += shift;
    return row;
  });
  for (let i = 0; i < d; i++) {
    let pivot = i;
    for (let k = i; k < d; k++) if (Math.abs(rows[k][i]) > Math.abs(rows[pivot][i])) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let k = 0; k < d; k++) {
      const factor = k === i ? 0 : rows[k][i] / rows[i][i];
      if (factor !== 0) rows[k] = rows[k].map((value, j) => value - factor * rows[i][j]);
    }
  }
  return Float64Array.from({ length: d * outputs }, (_, at) => {
    const i = Math.floor(at / outputs);
    return rows[i][d + at % outputs] / rows[i][i];
  });
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0);

function meanSquare(features: NdArray, weights: Float64Array, targets: NdArray): number {
  const outputs = matmul(features, new NdArray(weights, [features.shape[1], targets.shape[1]]));
  return outputs.data.reduce((sum, value, i) => sum + (value - targets.data[i]) ** 2 / targets.size, 0);
}

const [n, d] = [40, 7];
const features = draw(1, n, d);
const targets = draw(2, n, 2);
const test = { features: draw(3, 9, d), targets: draw(4, 9, 2) };
const batches = split(features, targets, 12, 5);
const scale = features.data.reduce((sum, value) => sum + value ** 2, 0) / d;

Deno.test("weights and errors equal the closed form for every regularization", async () => {
  const model = await ridge(batches, { validation: [test] });
  assertEquals(model.table.length, 20);
  assertClose(model.scale, scale, { rtol: 1e-14 });
  assertClose(model.table[0].regularization, 1e-10, { rtol: 1e-14 });
  assertClose(model.table[19].regularization, 100, { rtol: 1e-14 });
  for (const { regularization, trainError, validationError, validationAccuracy } of model.table) {
    const weights = closedForm(features, targets, regularization * scale);
    const single = await ridge(batches, { regularizations: regularization });
    assertClose(single.weights.data, weights, { atol: 1e-10 * largest(weights) });
    assertDeepEquals(single.weights.shape, [d, 2]);
    assertClose(trainError, meanSquare(features, weights, targets), { rtol: 1e-10 });
    assertClose(validationError!, meanSquare(test.features, weights, test.targets), { rtol: 1e-10 });
    assertEquals(validationAccuracy, null);
    assertDeepEquals(single.table, [
      { regularization, trainError, validationError: null, validationAccuracy: null },
    ]);
  }
});

Deno.test("validation takes the regularization of the least error", async () => {
  const model = await ridge(batches, { validation: split(test.features, test.targets, 4) });
  const errors = model.table.map(({ validationError }) => validationError!);
  const best = errors.indexOf(Math.min(...errors));
  assert(best > 0, "some regularization is needed");
  assertEquals(model.regularization, model.table[best].regularization);
  const weights = closedForm(features, targets, model.regularization * model.scale);
  assertClose(model.weights.data, weights, { atol: 1e-10 * largest(weights) });
  assertClose(meanSquare(test.features, model.weights.data, test.targets), errors[best], { rtol: 1e-10 });
});

Deno.test("predictions are those of gpInference with the kernel of the features", async () => {
  for (const diagReg of [1e-3, 0.5, 20]) {
    const model = await ridge(batches, { regularizations: [diagReg], absoluteScale: true });
    const exact = gpInference(matmulTransposed(features, features), targets, {
      diagReg,
      diagRegAbsoluteScale: true,
    });
    const mean = await exact({ get: "nngp", kTestTrain: matmulTransposed(test.features, features) });
    assertEquals(model.scale, 1);
    assertClose((await model.predict(test.features)).data, mean.data, { atol: 1e-10 });
  }
});

Deno.test("the division into batches changes rounding errors alone", async () => {
  const weights = async (...sizes: number[]) =>
    (await ridge(split(features, targets, ...sizes), { regularizations: 1e-3 })).weights.data;
  const whole = await weights(n);
  for (const sizes of [[1], [3, 1, 8], [39]]) assertClose(await weights(...sizes), whole, { atol: 1e-13 });
});

Deno.test("batches come from lists, generators, promises and functions", async () => {
  const options = { regularizations: 1e-3 };
  const { weights } = await ridge(batches, options);
  const same = async (given: Parameters<typeof ridge>[0]) =>
    assertDeepEquals((await ridge(given, options)).weights.data, weights.data);
  await same(new Set(batches));
  await same(batches.values());
  await same((async function* () {
    yield* batches;
  })());
  await same((start) => batches.slice(start));
  await same((start) => Promise.resolve(batches.slice(start)));
  await same(batches.map(({ features, targets }) => ({
    features: (features as NdArray).toNested(),
    targets: { data: [...(targets as NdArray).data], shape: (targets as NdArray).shape },
  })));
});

Deno.test("the memory of a batch may be used for the next one, of validation too", async () => {
  const buffer = new Float64Array(12 * d);
  const reused = function* (batches: readonly FeatureBatch[]): Generator<FeatureBatch> {
    for (const { features, targets } of batches) {
      const { data, shape } = features as NdArray;
      buffer.set(data);
      yield { features: array(buffer.subarray(0, data.length), shape), targets };
    }
  };
  const expected = await ridge(batches, { validation: [test] });
  const model = await ridge(reused(batches), { validation: reused([test]) });
  assertDeepEquals(model.table, expected.table);
});

Deno.test("features and targets in float32 are summed in float64", async () => {
  const single = (a: ArrayInput) => new NdArray(Float32Array.from((a as NdArray).data), (a as NdArray).shape);
  const double = (a: NdArray) => new NdArray(Float64Array.from(a.data), a.shape);
  const inSingle = batches.map(({ features, targets }) => ({
    features: single(features),
    targets: single(targets),
  }));
  const inDouble = inSingle.map(({ features, targets }) => ({
    features: double(features),
    targets: double(targets),
  }));
  const [a, b] = [
    await ridge(inSingle, { regularizations: 1e-3 }),
    await ridge(inDouble, { regularizations: 1e-3 }),
  ];
  assertDeepEquals(a.weights.data, b.weights.data);
  assertEquals((await a.predict(single(test.features))).dtype, "float64");
});

Deno.test("directions that the features do not have are dropped", async () => {
  // Twelve features of rank 7, and one that is always 0.
  const mix = draw(5, d, 12);
  const mixed = matmul(features, mix);
  const wide = new NdArray(
    Float64Array.from(
      { length: n * 13 },
      (_, at) => at % 13 === 12 ? 0 : mixed.at(Math.floor(at / 13), at % 13),
    ),
    [n, 13],
  );
  const model = await ridge(split(wide, targets, 16), { regularizations: 1e-17 });
  // The solution of least norm predicts what the one of full rank does, and has nothing outside the range.
  const exact = closedForm(features, targets, 0);
  const predicted = await model.predict(wide);
  const expected = matmul(features, new NdArray(exact, [d, 2]));
  assertClose(predicted.data, expected.data, { atol: 1e-10 });
  assertClose(model.table[0].trainError, meanSquare(features, exact, targets), { rtol: 1e-10 });
  assertClose(model.weights.data.subarray(24), [0, 0], { atol: 1e-14 });
  // In the row space of `mix`: what is orthogonal to it has no weights.
  const onRange = closedForm(mix, new NdArray(matmul(mix, rowsOf(model.weights, 0, 12)).data, [d, 2]), 1e-9);
  assertClose(onRange, model.weights.data.subarray(0, 24), { atol: 1e-6 });
});

Deno.test("more features than rows", async () => {
  const few = { features: draw(6, 5, 30), targets: draw(7, 5, 1) };
  const model = await ridge([few], { regularizations: 0.1, absoluteScale: true });
  const gram = matmulTransposed(few.features, few.features);
  const exact = gpInference(gram, few.targets, { diagReg: 0.1, diagRegAbsoluteScale: true });
  const at = draw(8, 3, 30);
  const mean = await exact({ get: "nngp", kTestTrain: matmulTransposed(at, few.features) });
  assertClose((await model.predict(at)).data, mean.data, { atol: 1e-10 });
});

Deno.test("shares of right classes for one-hot targets", async () => {
  const classes = [0, 2, 1, 1, 0, 2, 2, 0];
  const oneHot = (low: number, high: number, of = classes) =>
    of.map((c) => [0, 1, 2].map((i) => i === c ? high : low));
  const inputs = classes.map((c, i) => [c === 0 ? 1 : 0, c === 1 ? 1 : 0, c === 2 ? 1 : 0, Math.sin(i)]);
  const train = [{ features: inputs, targets: oneHot(0, 1) }];
  const accuracyOf = async (targets: number[][]) =>
    (await ridge(train, { regularizations: [1e-6], validation: [{ features: inputs, targets }] })).table[0]
      .validationAccuracy;
  assertEquals(await accuracyOf(oneHot(0, 1)), 1);
  assertEquals(await accuracyOf(oneHot(-0.1, 0.9)), 1);
  assertEquals(await accuracyOf(oneHot(0, 1, [1, ...classes.slice(1)])), 7 / 8);
  assertEquals(await accuracyOf([...oneHot(0, 1).slice(1), [0, 1, 1]]), null);
  assertEquals(await accuracyOf([...oneHot(0, 1).slice(1), [0, 2, 0]]), null);
  assertEquals(await accuracyOf(classes.map(() => [1, 1, 1])), null);
});

Deno.test("training errors of targets that can be fitted are 0 up to rounding, and never below", async () => {
  const exact = matmul(features, draw(9, d, 2));
  const { table } = await ridge(split(features, exact, 10), { validation: [{ features, targets: exact }] });
  for (const { trainError } of table) assert(trainError >= 0);
  assert(table[0].trainError < 1e-14, `${table[0].trainError}`);
  // Validation subtracts entry by entry: it resolves squares of rounding errors.
  assert(table[0].validationError! < 1e-17, `${table[0].validationError}`);
});

/** A path in a folder of its own, which goes with the test. */
async function withPath(action: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(`${folder}/sums`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const filesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();

/** Batches of which each is noted when it is read. */
const noted = (notes: number[], all = batches) => (start: number) =>
  (function* () {
    for (let i = start; i < all.length; i++) {
      notes.push(i);
      yield all[i];
    }
  })();

const options = { regularizations: 1e-3 };
const uninterrupted = await ridge(batches, options);
const sameBits = ({ weights, table }: RidgeModel) => {
  assertDeepEquals(weights.data, uninterrupted.weights.data);
  assertDeepEquals(table, uninterrupted.table);
};

Deno.test("a fit that was aborted goes on after its last checkpoint, with the same bits", () =>
  withPath(async (checkpoint, folder) => {
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 3 && controller.abort("enough");
    const first: number[] = [];
    const call = ridge(noted(first), {
      ...{ ...options, checkpoint, checkpointSeconds: 0, onProgress, signal: controller.signal },
    });
    assertEquals(await call.catch((reason) => reason), "enough");
    assertDeepEquals(first, [0, 1, 2]);
    assertDeepEquals(await filesIn(folder), ["sums"]);
    const [second, progress]: number[][] = [[], []];
    sameBits(
      await ridge(noted(second), {
        ...options,
        checkpoint,
        onProgress: ({ done, rows }) => progress.push(done, rows),
      }),
    );
    // The last one that was seen is compared, and not added.
    assertDeepEquals(second, [2, 3, 4]);
    assertDeepEquals(progress, [4, 34, 5, 40]);
    // An iterable is read from its beginning, and what was seen is compared and skipped.
    sameBits(await ridge(batches.values(), { ...options, checkpoint }));
    const third: number[] = [];
    sameBits(await ridge(noted(third), { ...options, checkpoint }));
    assertDeepEquals(third, [4]);
  }));

Deno.test("a fit whose batches fail goes on after its last checkpoint", () =>
  withPath(async (checkpoint, folder) => {
    const failing = function* (): Generator<FeatureBatch> {
      yield* batches.slice(0, 4);
      throw new Error("the disk");
    };
    await assertThrows(() => ridge(failing(), { ...options, checkpoint }), Error, "the disk");
    assertDeepEquals(await filesIn(folder), []);
    await assertThrows(
      () => ridge(failing(), { ...options, checkpoint, checkpointSeconds: 0 }),
      Error,
      "the disk",
    );
    assertDeepEquals(await filesIn(folder), ["sums"]);
    sameBits(await ridge(batches, { ...options, checkpoint }));
  }));

Deno.test("sums that are complete serve other regularizations, and more batches", () =>
  withPath(async (checkpoint) => {
    await ridge(batches.slice(0, 2), { ...options, checkpoint });
    sameBits(await ridge(batches, { ...options, checkpoint }));
    const other = await ridge(batches, { regularizations: 0.5, checkpoint });
    assertDeepEquals(other.weights.data, (await ridge(batches, { regularizations: 0.5 })).weights.data);
  }));

/** Runs a module of its own, which may use `ridge`, and `batches` as here. */
async function runScript(script: string, ...flags: string[]): Promise<Deno.CommandOutput> {
  const lists = batches.map(({ features, targets }) => ({
    features: (features as NdArray).toNested(),
    targets: (targets as NdArray).toNested(),
  }));
  const module = new URL("../lib/predict/mod.ts", import.meta.url);
  const text = `import { ridge } from "${module}";\nconst batches = ${JSON.stringify(lists)};\n${script}`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, text);
    return await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", ...flags, file],
    }).output();
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("a process that was killed leaves a whole checkpoint, and the next one goes on", () =>
  withPath(async (checkpoint, folder) => {
    const { signal } = await runScript(
      `const dying = function* () {
         yield* batches.slice(0, 3);
         Deno.kill(Deno.pid, "SIGKILL");
         yield batches[3];
       };
       await ridge(dying(), { regularizations: 1e-3, checkpoint: ${
        JSON.stringify(checkpoint)
      }, checkpointSeconds: 0 });`,
      "-A",
    );
    assertEquals(signal, "SIGKILL");
    assertDeepEquals(await filesIn(folder), ["sums"]);
    // As if it had been killed while it wrote the next one.
    await Deno.writeFile(`${checkpoint}.partial`, (await Deno.readFile(checkpoint)).subarray(0, 600));
    const notes: number[] = [];
    sameBits(await ridge(noted(notes), { ...options, checkpoint }));
    assertDeepEquals(notes, [2, 3, 4]);
    assertDeepEquals(await filesIn(folder), ["sums"]);
  }));

Deno.test("without a checkpoint no file is touched", async () => {
  const { success, stderr } = await runScript("await ridge(batches, { regularizations: 1 });");
  assert(success, new TextDecoder().decode(stderr));
});

Deno.test("checkpoints that were cut off, changed or are of other batches are refused", () =>
  withPath(async (checkpoint) => {
    await ridge(batches, { ...options, checkpoint });
    const whole = await Deno.readFile(checkpoint);
    const refused = async (
      bytes: Uint8Array,
      message: RegExp,
      given = batches,
      as = (all: FeatureBatch[]) => all as never,
    ) => {
      await Deno.writeFile(checkpoint, bytes);
      const error = await ridge(as(given), { ...options, checkpoint }).then(
        () => "no error",
        (error) => error,
      );
      assert(error instanceof TypeError, `${error}`);
      assertMatch(error.message, message);
      assert(error.message.startsWith(`Cannot resume from ${JSON.stringify(checkpoint)} as `), error.message);
      assert(error.message.endsWith(", remove it to start anew, or give another path"), error.message);
      assertDeepEquals(await Deno.readFile(checkpoint), bytes);
    };
    const functionOf = (all: FeatureBatch[]) => ((start: number) => all.slice(start)) as never;
    const length = 512 + 8 * d * (d + 2);
    assertEquals(whole.length, length);
    await refused(
      whole.slice(0, -8),
      RegExp(`its length must be ${length} bytes: current value is ${length - 8},`),
    );
    await refused(
      new Uint8Array([...whole, 0]),
      RegExp(`its length must be ${length} bytes: current value is ${length + 1},`),
    );
    for (
      const bytes of [
        new Uint8Array(0),
        whole.slice(0, 300),
        new TextEncoder().encode("null"),
        whole.slice(1),
      ]
    ) {
      await refused(
        bytes,
        /the file must be a checkpoint of ridge regression: current value is another file, or the start of one,/,
      );
    }
    const changed = whole.slice();
    changed[700] ^= 1;
    await refused(changed, /its checksum must be [0-9a-f]{16}: current value is [0-9a-f]{16},/);
    const counted = whole.slice();
    counted.set(new TextEncoder().encode('"rows":41'), new TextDecoder().decode(whole).indexOf('"rows":40'));
    await refused(counted, /its checksum must be/);
    const others = /the batches that it has seen must be the first 5 of batches: current value is others,/;
    for (const as of [functionOf, undefined]) {
      await refused(whole, others, split(features, draw(9, n, 2), 12, 5), as);
      await refused(whole, others, split(draw(9, n, d), targets, 12, 5), as);
      await refused(whole, others, split(features, targets, 12, 6), as);
      await refused(whole, others, batches.slice(0, 4), as);
      const narrow = split(draw(1, n, 3), targets, 12, 5);
      await refused(
        whole,
        /its number of features must be 3, as of batches\[\d\]: current value is 7,/,
        narrow,
        as,
      );
      const single = split(features, draw(1, n, 1), 12, 5);
      await refused(
        whole,
        /its number of outputs must be 1, as of batches\[\d\]: current value is 2,/,
        single,
        as,
      );
    }
  }));

Deno.test("the source of batches is closed where a fit ends early", async () => {
  for (const bad of ["batches", "validation"] as const) {
    const closed: string[] = [];
    const source = function* (name: string): Generator<FeatureBatch> {
      try {
        yield test;
        yield name === bad ? { features: [[NaN]], targets: [[1]] } : test;
        yield test;
      } finally {
        closed.push(name);
      }
    };
    await assertThrows(() => ridge(source("batches"), { validation: source("validation") }), TypeError);
    assertDeepEquals(closed.sort(), ["batches", "validation"]);
  }
});

Deno.test("timers have their turn while 600 features are summed, solved for and validated", async () => {
  const large = Array.from(
    { length: 3 },
    (_, i) => ({ features: draw(i, 300, 600), targets: draw(10 + i, 300, 2) }),
  );
  await assertBelow(100, () => longestBlock(() => ridge(large.slice(1), { validation: large.slice(0, 1) })));
});

Deno.test("an abort is heard inside the sums", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 20);
  const large = { features: draw(1, 1500, 600), targets: draw(2, 1500, 2) };
  const call = ridge([large, large, large], { regularizations: 1, signal: controller.signal });
  assertEquals(await call.catch((reason) => reason), "enough");
});
