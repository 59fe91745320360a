/** `batch`: whatever the size of the blocks, the kernel has the same bits. */
import { array, batch, type NdArray, type Progress, random, stax, UnsupportedError } from "../../mod.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { positionTargets, targets } from "../targets.ts";

const { Conv, Dense, Dropout, Erf, Flatten, Gelu, GlobalAvgPool, Index, LayerNorm, Relu, serial } = stax;

const rows = (seed: number, shape: number[]): NdArray => random.normal(random.key(seed), shape);
const affine = { wStd: 1.3, bStd: 0.2 };
const same = { padding: "SAME", ...affine } as const;

/** Rows that occur twice, next to each other and far apart, so that some blocks have the same inputs. */
function withDuplicates(seed: number, shape: number[]): NdArray {
  const x = rows(seed, shape);
  const step = x.size / shape[0];
  for (const [to, from] of [[1, 0], [3, 2], [4, 0]]) {
    x.data.copyWithin(to * step, from * step, (from + 1) * step);
  }
  return x;
}

type Inputs = readonly [x1: NdArray | stax.Kernel, x2: NdArray | null, options?: stax.KernelOptions];

/** Fails unless the kernel is the same in blocks of each size. */
async function assertSame(
  network: stax.Network,
  [x1, x2, options]: Inputs,
  target: stax.KernelOptions,
  sizes = [2, 3],
): Promise<void> {
  const whole = await network.kernelFn(x1, x2, null, { ...options, ...target });
  for (const batchSize of sizes) {
    const blocks = await batch(network.kernelFn, { batchSize })(x1, x2, null, { ...options, ...target });
    assertDeepEquals(blocks, whole, `batchSize ${batchSize}`);
  }
}

const branches = stax.parallel(serial(Dense(2, affine), Gelu(), Dense(2)), Dense(2, affine));
const vectorNetworks: Record<string, stax.Network> = {
  rectifiers: serial(Dense(2, affine), Relu(), Dense(2, affine), Relu(), Dense(1)),
  "noise and normalisation": serial(Dense(2), Dropout(0.7), Dense(2), LayerNorm(), Gelu(), Dense(1, affine)),
  "a numerical nonlinearity": serial(Dense(2), stax.ElementwiseNumerical((x) => x.tanh()), Dense(1)),
  "rows taken and put together": serial(
    Index("1:"),
    stax.FanOut(2),
    branches,
    stax.FanInConcat({ axis: 0 }),
    Dropout(0.8),
  ),
};

const x = withDuplicates(1, [5, 3]);
const y = array(Float64Array.from([...x.data.slice(0, 6), ...rows(2, [2, 3]).data]), [4, 3]);

for (const { options: target, test } of targets) {
  for (const [name, network] of Object.entries(vectorNetworks)) {
    test(`in blocks: ${name}`, async () => {
      await assertSame(network, [x, null], target);
      await assertSame(network, [x, y], target);
    });
  }

  test("in blocks: more rows than a tile, and kernels that are continued", async () => {
    const network = vectorNetworks.rectifiers;
    const [many, others] = [rows(3, [203, 5]), rows(4, [150, 5])];
    await assertSame(network, [many, null], target, [77]);
    await assertSame(network, [many, others], target, [77]);
    for (const x2 of [null, y]) {
      const kernel: stax.Kernel = await network.kernelFn(x, x2, null, target);
      await assertSame(serial(Gelu(), Dense(1)), [kernel, null], target);
    }
  });
}

const positionNetworks: Record<string, stax.Network> = {
  "all pairs of positions": serial(
    Conv(1, [3, 2], same),
    Relu(),
    Conv(1, [2, 2], same),
    Erf(),
    GlobalAvgPool(),
  ),
  "covariances of positions": serial(Conv(1, [2, 2], affine), Gelu(), Dropout(0.7)),
  "diagonals": serial(Conv(1, [2, 2], same), LayerNorm({ axis: [1, 2, 3] }), Relu(), Flatten(), Dense(1)),
  "attention and examples in reverse": serial(
    Index("::-1"),
    stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1, posEmbType: "SUM" }),
    Gelu(),
    GlobalAvgPool(),
  ),
  "a numerical nonlinearity with positions": serial(
    Conv(1, [2, 2], same),
    stax.ElementwiseNumerical((x) => x.tanh()),
    GlobalAvgPool(),
  ),
};

const images = withDuplicates(5, [5, 3, 2, 2]);
const others = array(Float64Array.from([...images.data.slice(0, 24), ...rows(6, [2, 3, 2, 2]).data]), [
  4,
  3,
  2,
  2,
]);
const patterns = [rows(7, [5, 2, 2]), rows(8, [4, 2, 2])] as const;

for (const { options: target, test } of positionTargets) {
  for (const [name, network] of Object.entries(positionNetworks)) {
    test(`in blocks: ${name}`, async () => {
      await assertSame(network, [images, null], target, [2]);
      await assertSame(network, [images, others, { diagonalBatch: false }], target, [3]);
    });
  }

  test("in blocks: masks, patterns, diagonals, and kernels of positions that are continued", async () => {
    const padded = images.data.map((value, k) => k % 24 < 4 ? -7 : value);
    const network = serial(Conv(1, [2, 2], affine), Gelu());
    await assertSame(network, [array(padded, images.shape), others, { maskConstant: -7 }], target, [2]);
    const graph = serial(Dense(1, affine), Erf(), stax.Aggregate({ aggregateAxis: 2 }), GlobalAvgPool());
    await assertSame(graph, [images, others, { pattern: patterns }], target, [2]);
    await assertSame(network, [images, null, { diagonalSpatial: true }], target, [2]);
    for (const x2 of [null, others]) {
      const kernel: stax.Kernel = await network.kernelFn(images, x2, null, target);
      await assertSame(serial(Conv(1, [2, 1], affine), Erf(), GlobalAvgPool()), [kernel, null], target, [2]);
    }
  });
}

Deno.test("batch: blocks of one, and larger than all", async () => {
  for (
    const [network, x1, x2] of [[vectorNetworks.rectifiers, x, y], [
      positionNetworks.diagonals,
      images,
      others,
    ]] as const
  ) {
    await assertSame(network, [x1, null], { backend: "reference" }, [1, 5, 9]);
    await assertSame(network, [x1, x2], { backend: "reference" }, [1, 5, 9]);
  }
});

Deno.test("batch: every form of get", async () => {
  const { kernelFn } = vectorNetworks.rectifiers;
  const blocks = batch(kernelFn, { batchSize: 2 });
  for (const get of ["nngp", "ntk", "cov1", "x1IsX2"] as const) {
    assertDeepEquals(await blocks(x, null, get), await kernelFn(x, null, get));
  }
  const some = ["ntk", "cov2", "shape1"] as const;
  assertDeepEquals(await blocks(x, y, some), await kernelFn(x, y, some));
});

Deno.test("batch: without a size it is the function itself, and sizes do not add up", async () => {
  const { kernelFn } = vectorNetworks.rectifiers;
  assertEquals(batch(kernelFn), kernelFn);
  assertEquals(batch(kernelFn, { deviceCount: 1, storeOnDevice: false }), kernelFn);
  const twice = batch(batch(kernelFn, { batchSize: 3 }), { batchSize: 2 });
  assertDeepEquals(await twice(x, y), await kernelFn(x, y));
});

Deno.test("batch: progress counts all pairs, and a signal stops between blocks", async () => {
  const options = { backend: "reference" };
  for (
    const [network, input] of [[vectorNetworks.rectifiers, x], [positionNetworks.diagonals, images]] as const
  ) {
    const blocks = batch(network.kernelFn, { batchSize: 2 });
    const reports: Progress[] = [];
    await blocks(input, null, null, { ...options, onProgress: (progress) => reports.push(progress) });
    assert(reports.every(({ done, total }, k) => total === 15 && done >= (reports[k - 1]?.done ?? 0)));
    assertEquals(reports.at(-1)!.done, 15);
    const controller = new AbortController();
    let done = 0;
    await assertThrows(
      () =>
        blocks(input, null, null, {
          ...options,
          signal: controller.signal,
          onProgress: (progress) => {
            done = progress.done;
            if (done >= 3) controller.abort(new Error("enough"));
          },
        }),
      Error,
      "enough",
    );
    assert(done < 15, `${done}`);
  }
});

Deno.test("batch: a row that is refused has its number among all rows", async () => {
  const big = array(images.data.map((value, k) => k < 48 ? value : value * 1e160), images.shape);
  const { kernelFn } = positionNetworks.diagonals;
  const run = (compute: stax.KernelFn) => compute(others, big, "ntk", { backend: "reference" });
  const { message } = await run(kernelFn).then(() => new Error(), (error) => error);
  assert(message.includes("at row 8"), message);
  await assertThrows(() => run(batch(kernelFn, { batchSize: 2 })), RangeError, message);
});

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;
const { kernelFn } = Dense(1);

// deno-fmt-ignore
const refused: readonly [() => unknown, new (...args: never[]) => Error, string][] = [
  [() => batch(untyped(Dense(1))), TypeError, "Cannot build batch as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is a value of type Object"],
  [() => batch(untyped(() => 0)), TypeError, "Cannot build batch as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is a function"],
  [() => batch(kernelFn, { batchSize: -1 }), RangeError, "Cannot build batch as batchSize must be an integer of at least 0: current value is -1"],
  [() => batch(kernelFn, { batchSize: 1.5 }), RangeError, "Cannot build batch as batchSize must be an integer of at least 0: current value is 1.5"],
  [() => batch(kernelFn, untyped(5)), TypeError, "Cannot build batch as its options must be an object: current value is 5"],
  [() => batch(kernelFn, untyped({ batch_size: 5 })), TypeError, "Cannot build batch as its options must be among batchSize, deviceCount, storeOnDevice: current value is batch_size, did you mean batchSize?"],
  [() => batch(kernelFn, { deviceCount: -2 }), RangeError, "Cannot build batch as deviceCount must be an integer of at least -1: current value is -2"],
  [() => batch(kernelFn, { deviceCount: 2 }), UnsupportedError, "Cannot build batch as deviceCount must be -1, 0 or 1: current value is 2, leave it out, since a backend computes on one device with all of its cores"],
  [() => batch(kernelFn, { storeOnDevice: true }), UnsupportedError, "Cannot build batch as storeOnDevice must be false: current value is true, leave it out, since results are always in the memory of the host"],
  [() => batch(kernelFn, { storeOnDevice: untyped("host") }), TypeError, 'Cannot build batch as storeOnDevice must be true or false: current value is "host"'],
];

for (const [call, type, message] of refused) {
  Deno.test(`refused: ${message}`, () => assertThrows(call, type, message));
}
