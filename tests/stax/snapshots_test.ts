/** What the arguments of a call are when it is made counts, whatever becomes of them while it computes. */
import { batch, dual, NdArray, random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

const vectors = stax.serial(stax.Dense(1, { bStd: 0.5 }), stax.Relu(), stax.Dense(1));
const images = stax.serial(stax.Conv(1, [3]), stax.Relu(), stax.Flatten(), stax.Dense(1));
const graphs = stax.serial(
  stax.Dense(1),
  stax.Aggregate({ aggregateAxis: 1 }),
  stax.Relu(),
  stax.Flatten(),
  stax.Dense(1),
);

/** Sends the memory of an array to nobody. */
const transfer = ({ data }: NdArray) =>
  structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });

const normal = (seed: number, shape: readonly number[]) => random.normal(random.key(seed), [...shape]);

const cases = [
  { name: "vectors", network: vectors, shape: [7, 3] },
  { name: "images", network: images, shape: [7, 4, 3] },
];

for (const { options, test } of targets) {
  for (const { name, network, shape } of cases) {
    test(`${name} that are written to or transferred after the call`, async () => {
      const [x1, x2] = [1, 2].map((seed) => normal(seed, shape));
      const expected = await network.kernelFn(x1, x2, null, options);
      for (const change of [(x: NdArray) => x.data.fill(NaN), transfer]) {
        const given = [1, 2].map((seed) => normal(seed, shape));
        const kernel = network.kernelFn(given[0], given[1], null, options);
        given.forEach(change);
        for (const field of ["nngp", "ntk", "cov1", "cov2"] as const) {
          assertDeepEquals((await kernel)[field], expected[field], field);
        }
      }
    });
  }

  test("large inputs, whose copies are in memory of former ones", async () => {
    const isometric = stax.serial(stax.Dense(1, { bStd: 0.5 }), stax.Dense(1));
    // Of rows that are a and 1 everywhere: a + ¼.
    const constant = (value: number, n = 1024) =>
      new NdArray(new Float64Array(n * 256).fill(value), [n, 256]);
    const entry = async (x: NdArray) =>
      (await isometric.kernelFn(x, constant(1, 1), "nngp", options)).at(-1, 0);
    for (let value = 1; value < 4; value++) {
      const inputs = [value, value + 1, value + 2].map((a) => constant(a));
      assertDeepEquals(await Promise.all(inputs.map(entry)), inputs.map(({ data }) => data[0] + 0.25));
      assert(inputs.every(({ data }, k) => data.every((x) => x === value + k)));
    }
  });

  test("a kernel that is written to, disposed of or transferred while it is continued", async () => {
    const first = () => vectors.kernelFn(normal(1, [5, 3]), null, null, options);
    const expected = await vectors.kernelFn(await first(), null, null, options);
    const changes = [(a: NdArray) => a.data.fill(NaN), (a: NdArray) => a[Symbol.dispose](), transfer];
    for (const change of changes) {
      const kernel = await first();
      const continued = vectors.kernelFn(kernel, null, null, options);
      [kernel.nngp, kernel.ntk, kernel.cov1].forEach(change);
      assertDeepEquals(await continued, expected);
    }
  });
}

Deno.test("patterns, batches and dual kernels read their arguments at the call", async () => {
  const options = { backend: "reference" } as const;
  const x = () => normal(1, [3, 4, 2]);
  const pattern = () => new NdArray(Float64Array.from({ length: 48 }, (_, k) => k % 3), [3, 4, 4]);
  const onGraphs = (p: NdArray) => graphs.kernelFn(x(), null, "nngp", { ...options, pattern: [p] });
  const small = () => normal(2, [5, 3]);
  const calls: [name: string, argument: () => NdArray, call: (x: NdArray) => Promise<NdArray>][] = [
    ["pattern", pattern, onGraphs],
    ["batch", small, (x) => batch(vectors.kernelFn, { batchSize: 2 })(x, null, "ntk", options)],
    ["exact", small, (x) => dual.dualKernelExact(x, "relu", options)],
    ["hermite", small, (x) => dual.dualKernelHermite(x, "gelu", 4, options)],
    ["poly", small, (x) => dual.dualKernelPoly([1, 2, 3], x, 1, options)],
    [
      "empirical",
      small,
      (x) => dual.dualKernelEmpirical(x, random.key(0), { numHiddens: 64, act: "relu", ...options }),
    ],
    [
      "moments",
      () => new NdArray(Float64Array.of(0.1, 0.2), [2]),
      async (cov) =>
        (await dual.dualActivation(stax.Relu(), { cov, var1: 1, var2: 1 }, options)).nngp as NdArray,
    ],
  ];
  for (const [name, argument, call] of calls) {
    const expected = await call(argument());
    const given = argument();
    const result = call(given);
    given.data.fill(0.7);
    assertDeepEquals(await result, expected, name);
  }
});

Deno.test("arrays whose memory is gone are refused by name", async () => {
  const gone = (shape: readonly number[]) => {
    const x = normal(1, shape);
    transfer(x);
    return x;
  };
  const message = (name: string) =>
    `Cannot read ${name} as its memory must be here: current value was detached, ` +
    "send a copy of it elsewhere (data.slice())";
  const { kernelFn } = vectors;
  for (const fn of [kernelFn, batch(kernelFn, { batchSize: 2 })]) {
    await assertThrows(() => fn(gone([4, 3]), null), TypeError, message("x1"));
    await assertThrows(() => fn(normal(1, [4, 3]), gone([4, 3])), TypeError, message("x2"));
  }
  await assertThrows(() => images.kernelFn(gone([2, 4, 3]), null), TypeError, message("x1"));
  const disposed = normal(1, [4, 3]);
  disposed[Symbol.dispose]();
  await assertThrows(
    () => kernelFn(disposed, null),
    TypeError,
    "Cannot read x1 as it must have all its entries: current value was disposed of",
  );
  const bare = Float64Array.of(1, 2);
  structuredClone(bare.buffer, { transfer: [bare.buffer] });
  await assertThrows(() => kernelFn({ data: bare, shape: [1, 2] }, null), TypeError, message("x1"));
});

Deno.test("kernels whose members do not fit each other are refused", async () => {
  const options = { backend: "reference" } as const;
  const kernel = await vectors.kernelFn(normal(1, [3, 2]), normal(2, [2, 2]), null, options);
  const symmetric = await vectors.kernelFn(normal(1, [3, 2]), null, null, options);
  const zeros = (...shape: number[]) => new NdArray(new Float64Array(shape.reduce((a, b) => a * b)), shape);
  const withNaN = zeros(3, 2);
  withNaN.data[3] = NaN;
  const cases: [change: Record<string, unknown>, must: string][] = [
    [{ x1IsX2: true }, "x1IsX2 must be false for 3 and 2 examples: current value is true"],
    [{ x1IsX2: 1 }, "x1IsX2 must be true or false: current value is 1"],
    [{ ntk: zeros(1, 1) }, "ntk must have shape [3, 2], as shape1 and shape2 say: current value is [1, 1]"],
    [{ nngp: zeros(2, 3) }, "nngp must have shape [3, 2], as shape1 and shape2 say: current value is [2, 3]"],
    [{ cov1: zeros(2) }, "cov1 must have shape [3], as shape1 and shape2 say: current value is [2]"],
    [{ cov2: zeros(3) }, "cov2 must have shape [2], as shape1 and shape2 say: current value is [3]"],
    [{ cov2: null }, "cov2 must be an array where x2 is not x1: current value is null"],
    [{ nngp: [[1]] }, "nngp must be an array: current value is a list of length 1"],
    [{ shape1: [3] }, "shape1 must be a list of positive integers: current value is a list of length 1"],
    [{ shape2: [2, 7] }, "shape2 must be [3, 1] but for the examples, as shape1 is: current value is [2, 7]"],
    [{ batchAxis: 2 }, "batchAxis must be one of the 2 axes of shape1: current value is 2"],
    [{ channelAxis: 0 }, "channelAxis must not be batchAxis: current value is 0"],
  ];
  for (const [change, must] of cases) {
    const wrong = { ...kernel, ...change } as stax.Kernel;
    await assertThrows(
      () => vectors.kernelFn(wrong, null, null, options),
      TypeError,
      `Cannot continue a kernel as ${must}`,
    );
  }
  await assertThrows(
    () => vectors.kernelFn({ ...kernel, nngp: withNaN }, null, null, options),
    RangeError,
    "Cannot use kernel.nngp as kernel.nngp[1][1] must be finite: current value is NaN",
  );
  const large = new NdArray(symmetric.nngp.data.map((value, k) => k === 1 ? 100 : value), [3, 3]);
  await assertThrows(
    () => vectors.kernelFn({ ...symmetric, nngp: large }, null, null, options),
    RangeError,
    `Cannot continue a kernel as nngp must be at most the mean of two variances, ${
      (symmetric.cov1.at(0) + symmetric.cov1.at(1)) / 2 * 1.001
    }, at (0, 1): current value is 100, cov1 or cov2 belong to another kernel`,
  );
  // A copy is as good as the kernel itself.
  const copy = structuredClone({ ...kernel, nngp: 0, ntk: 0, cov1: 0, cov2: 0 });
  const whole = { ...copy, nngp: kernel.nngp, ntk: kernel.ntk, cov1: kernel.cov1, cov2: kernel.cov2 };
  assertClose(
    (await vectors.kernelFn(whole, null, "ntk", options)).data,
    (await vectors.kernelFn(kernel, null, "ntk", options)).data,
  );
  assert(kernel.nngp.size === 6, "the kernel is as it was");
});
