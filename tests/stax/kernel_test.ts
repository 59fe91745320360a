/** `kernelFn`: what it takes, what it returns, how kernels compose, and how a computation is watched and stopped. */
import { array, type NdArray, type Progress, random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import { targets } from "../targets.ts";
import { assertBelow } from "../timing.ts";

const { Dense, Dropout, Erf, Gelu, LayerNorm, Relu, serial } = stax;
const reference = { backend: "reference" };
const x1 = [[0.7, -1.2, 0.4], [1.5, 0.3, -0.6], [0.7, -1.2, 0.4]];
const x2 = [[0.1, -0.8, 1.3], [1.5, 0.3, -0.6]];
const affine = { wStd: 1.4, bStd: 0.3 };
const network = serial(Dense(8, affine), Gelu(), Dense(4, affine));
const fields = [
  "nngp",
  "ntk",
  "cov1",
  "cov2",
  "x1IsX2",
  "isGaussian",
  "isReversed",
  "isInput",
  "diagonalBatch",
  "diagonalSpatial",
  "shape1",
  "shape2",
  "batchAxis",
  "channelAxis",
  "numericalError",
  "numericalErrors",
] as const;

Deno.test("get: null gives the whole kernel, a name an entry, a list those entries", async () => {
  const whole = await network.kernelFn(x1, x2, null, reference);
  assertDeepEquals(Object.keys(whole).sort(), [...fields].sort());
  for (const field of fields) {
    assertDeepEquals(await network.kernelFn(x1, x2, field, reference), whole[field], field);
  }
  const some = await network.kernelFn(x1, x2, ["ntk", "cov2", "shape1"], reference);
  assertDeepEquals(some, { ntk: whole.ntk, cov2: whole.cov2, shape1: [3, 4] });
  assertDeepEquals(await network.kernelFn(x1, x2, [...fields], reference), whole);
});

Deno.test("the entries of a kernel", async () => {
  const { nngp, ntk, cov1, cov2, ...rest } = await network.kernelFn(x1, x2, null, reference);
  assertDeepEquals([nngp, ntk, cov1, cov2].map((entry) => entry?.shape), [[3, 2], [3, 2], [3], [2]]);
  assertDeepEquals(rest, {
    x1IsX2: false,
    isGaussian: true,
    isReversed: false,
    isInput: false,
    diagonalBatch: true,
    diagonalSpatial: true,
    shape1: [3, 4],
    shape2: [2, 4],
    batchAxis: 0,
    channelAxis: 1,
    numericalError: 0,
    numericalErrors: { nngp: 0, ntk: 0 },
  });
});

Deno.test("x2 = null is x1, and so is a copy of x1", async () => {
  const kernel = await network.kernelFn(x1, null, null, reference);
  assert(kernel.x1IsX2 && kernel.cov2 === null);
  const copy = await network.kernelFn(x1, structuredClone(x1), null, reference);
  // An x2 that was given has an entry of its own.
  assertDeepEquals(copy, { ...kernel, cov2: kernel.cov1 });
  assert(copy.cov2 !== copy.cov1);
  // The upper rows alone are another batch, with the same values.
  const upper = await network.kernelFn(x1, x1.slice(0, 2), null, reference);
  assert(!upper.x1IsX2);
  for (const field of ["nngp", "ntk"] as const) {
    const columns = kernel[field]!.data.filter((_, i) => i % 3 < 2);
    assertDeepEquals(upper[field]!.data, columns);
  }
  assertDeepEquals([...upper.cov1.data], [...kernel.cov1.data]);
});

Deno.test("inputs: nested lists, arrays, typed arrays and pairs of data and shape are the same", async () => {
  const expected = await network.kernelFn(x1, x2, null, reference);
  const flat = x1.flat();
  for (const input of [array(x1), array(flat, [3, 3]), { data: flat, shape: [3, 3] }]) {
    assertDeepEquals(await network.kernelFn(input, array(x2), null, reference), expected);
  }
  const rows = x1.map((row) => Float64Array.from(row)) as unknown as number[][];
  assertDeepEquals(await network.kernelFn(rows, x2, null, reference), expected);
});

Deno.test("dtype is that of the results, whatever the inputs", async () => {
  for (const input of [array(x1), array(x1, { dtype: "float32" })]) {
    const double = await network.kernelFn(input, x2, null, reference);
    const single = await network.kernelFn(input, x2, null, { ...reference, dtype: "float32" });
    for (const field of ["nngp", "ntk", "cov1", "cov2"] as const) {
      assertEquals(double[field]!.dtype, "float64");
      assertEquals(single[field]!.dtype, "float32");
      assertClose(single[field]!.data, double[field]!.data, { rtol: 1e-6 });
    }
  }
});

Deno.test("a batch of one", async () => {
  const { nngp, cov1 } = await network.kernelFn([x1[0]], null, null, reference);
  const all = await network.kernelFn(x1, null, null, reference);
  assertDeepEquals(nngp.shape, [1, 1]);
  assertEquals(nngp.at(0, 0), all.nngp.at(0, 0));
  assertEquals(cov1.at(0), all.cov1.at(0));
  const cross = await network.kernelFn([x1[0]], [x2[1]], "ntk", reference);
  assertEquals(cross.at(0, 0), (await network.kernelFn(x1, x2, "ntk", reference)).at(0, 1));
});

Deno.test("diagonalBatch: false gives covariances of each batch", async () => {
  const options = { ...reference, diagonalBatch: false };
  const kernel = await network.kernelFn(x1, x2, null, options);
  assertEquals(kernel.diagonalBatch, false);
  assertDeepEquals(kernel.cov1, await network.kernelFn(x1, null, "nngp", reference));
  assertDeepEquals(kernel.cov2, await network.kernelFn(x2, null, "nngp", reference));
  const symmetric = await network.kernelFn(x1, null, null, options);
  assertDeepEquals(symmetric.cov1, symmetric.nngp);
  assertEquals(symmetric.cov2, null);
});

Deno.test("a copy of x1 has a cov2 of its own, with all options, and continued", async () => {
  const positions = [[[1], [2]], [[0], [3]]];
  const conv = stax.Conv(1, [2], { padding: "SAME" });
  for (
    const options of [reference, { ...reference, diagonalBatch: false }, {
      ...reference,
      dtype: "float32" as const,
    }]
  ) {
    for (const [layer, x] of [[network, x1], [conv, positions]] as const) {
      const kernel = await layer.kernelFn(x, structuredClone(x), null, options);
      assert(kernel.x1IsX2);
      assertDeepEquals(kernel.cov2, kernel.cov1);
      assertDeepEquals(await layer.kernelFn(x, structuredClone(x), "cov2", options), kernel.cov1);
      assertEquals(await layer.kernelFn(x, null, "cov2", options), null);
    }
  }
  const first = await conv.kernelFn(positions, structuredClone(positions), null, reference);
  const second = stax.serial(stax.Relu(), stax.Flatten());
  const whole = await stax.serial(conv, second).kernelFn(
    positions,
    structuredClone(positions),
    null,
    reference,
  );
  const continued = await second.kernelFn(first, null, null, reference);
  assertDeepEquals(continued, whole);
  assertEquals(continued.cov2!.shape.length, 1);
});

Deno.test("numericalError is the largest of the numerical nonlinearities, also of a continued kernel", async () => {
  const numerical = serial(Dense(8), stax.ElementwiseNumerical((x) => x.tanh(), { tolerance: 1e-5 }));
  const kernel = await numerical.kernelFn(x1, null, null, reference);
  assert(kernel.numericalError > 0 && kernel.numericalError <= 1e-5, `${kernel.numericalError}`);
  const { numericalError } = await network.kernelFn(kernel, null, null, reference);
  // Gelu and what it does to the variances add to it.
  assert(
    numericalError >= kernel.numericalError && numericalError < 4 * kernel.numericalError,
    `${numericalError}`,
  );
});

const halves: [name: string, first: stax.Network, second: stax.Network][] = [
  ["nonlinearities", network, serial(Relu(), Dense(4, affine), Erf(), Dense(1, affine))],
  [
    "a nonlinearity at the seam",
    serial(Dense(8, affine), Relu()),
    serial(Dense(2, affine), Relu(), Dense(1)),
  ],
  ["LayerNorm", serial(Dense(8, affine), Erf(), Dense(3)), serial(LayerNorm(), Gelu(), Dense(1))],
  ["widths", serial(Dense(64), Gelu()), Dense(5, { ...affine, parameterization: "standard" })],
  [
    "Dropout",
    serial(Dense(8, affine), Erf(), Dropout(0.5), Dense(3)),
    serial(Gelu(), Dropout(0.8), Dense(1)),
  ],
  ["inputs", stax.Identity(), network],
];

for (const { options, test } of targets) {
  const isDevice = options.backend !== "reference";
  for (const [name, first, second] of halves.filter(([name]) => !isDevice || name === "Dropout")) {
    test(`kernels compose as networks do: ${name}`, async () => {
      const tolerance = options.dtype === "float32" ? 2e-6 : isDevice ? 1e-13 : 1e-14;
      const both = serial(first, second);
      for (const other of [x2, null]) {
        const whole = await both.kernelFn(x1, other, null, options);
        const inParts = await second.kernelFn(
          await first.kernelFn(x1, other, null, options),
          null,
          null,
          options,
        );
        for (const field of ["nngp", "ntk", "cov1", "cov2"] as const) {
          const [got, want] = [inParts[field], whole[field]];
          if (want) assertClose(got!.data, want.data, { rtol: tolerance, message: `${name} ${field}` });
          else assertEquals(got, null);
        }
        const attributes = (k: stax.Kernel) => ({ ...k, nngp: 0, ntk: 0, cov1: 0, cov2: 0 });
        assertDeepEquals(attributes(inParts), attributes(whole));
      }
    });
  }

  test("onProgress never goes back and ends at the total", async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await network.kernelFn(random.normal(random.key(0), [250, 4]), null, "ntk", { ...options, onProgress });
    assert(seen.length > 0);
    seen.forEach(({ done, total }, i) => {
      assertEquals(total, seen[0].total);
      assert(done >= (seen[i - 1]?.done ?? 0), `${done} after ${seen[i - 1]?.done}`);
    });
    assertEquals(seen.at(-1)!.done, seen[0].total);
  });

  test("an aborted signal rejects with its reason before anything is computed", async () => {
    const reason = new Error("no longer wanted");
    const signal = AbortSignal.abort(reason);
    assertEquals(await rejection(network.kernelFn(x1, null, "ntk", { ...options, signal })), reason);
  });
}

Deno.test("aborting stops a computation soon, with the signal's reason", async () => {
  const reason = new Error("enough");
  const x: NdArray = random.normal(random.key(1), [6000, 16]);
  await assertBelow(500, async () => {
    const controller = new AbortController();
    let abortedAt = 0;
    setTimeout(() => {
      abortedAt = performance.now();
      controller.abort(reason);
    }, 200);
    const running = network.kernelFn(x, null, "ntk", { ...reference, signal: controller.signal });
    assertEquals(await rejection(running), reason);
    return performance.now() - abortedAt;
  });
});

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The promise must reject");
}
