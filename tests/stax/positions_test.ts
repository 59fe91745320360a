/** Kernels with positions: continuation, layouts, axes, batches and masks, by what has to agree. */
import { array, NdArray, random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import { positionTargets } from "../targets.ts";

const { Conv, Dense, Dropout, Erf, Flatten, Gelu, GlobalAvgPool, Relu, serial } = stax;

const x1 = random.normal(random.key(1), [2, 4, 3, 2]);
const x2 = random.normal(random.key(2), [3, 4, 3, 2]);
const same = { padding: "SAME", wStd: 1.3, bStd: 0.2 } as const;
const fields = ["nngp", "ntk", "cov1", "cov2"] as const;

/** Fails unless both kernels agree in all that they have. */
function assertAgree(got: stax.Kernel, want: stax.Kernel, rounding: number) {
  const tolerance = { rtol: Math.max(1e-13, rounding), atol: rounding };
  for (const field of fields) {
    assertEquals(got[field] === null, want[field] === null, field);
    if (!got[field] || !want[field]) continue;
    assertDeepEquals(got[field].shape, want[field].shape, field);
    assertClose(got[field].data, want[field].data, { ...tolerance, message: field });
  }
  assertDeepEquals([got.shape1, got.shape2], [want.shape1, want.shape2]);
  assertEquals(got.isGaussian, want.isGaussian);
}

/** Entries P = Q of (…batch, X, X, Y, Y). */
function diagonalOf({ data, shape }: NdArray, batch: number): NdArray {
  const [rows, , columns] = shape.slice(batch);
  const out = [];
  for (let start = 0; start < data.length; start += (rows * columns) ** 2) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) out.push(data[start + ((i * rows + i) * columns + j) * columns + j]);
    }
  }
  return new NdArray(Float64Array.from(out), [...shape.slice(0, batch), rows, columns]);
}

/** The array with its axes in another order. */
function moved(x: NdArray, order: readonly number[]): NdArray {
  const nested = order.map((axis) => x.shape[axis]);
  const data = Float64Array.from({ length: x.size }, (_, k) => {
    const index = nested.map((length, i) =>
      Math.floor(k / nested.slice(i + 1).reduce((a, b) => a * b, 1)) % length
    );
    return x.at(...x.shape.map((_, axis) => index[order.indexOf(axis)]));
  });
  return new NdArray(data, nested);
}

for (const { options, rounding, test } of positionTargets) {
  const tolerance = { rtol: rounding };
  const first = serial(Conv(4, [3, 2], same), Gelu());

  test("positions that are equal before LayerNorm over positions may not be after it", async () => {
    const network = serial(Dense(1), stax.LayerNorm({ axis: [1, 2] }), Relu());
    const nngp = await network.kernelFn([[[1], [2]]], [[[1], [5]]], "nngp", options);
    // ρ = 1, so that E[relu(u)·relu(v)] = uv/2 with u = 1/√2.5 and v = 1/√13.
    assertClose([nngp.at(0, 0, 0, 0)], [0.5 / Math.sqrt(2.5 * 13)], { rtol: 1e-12 + 10 * rounding });
  });

  test("padding of float32 inputs is found as float32 holds its number", async () => {
    const x = array(Float32Array.from([0.1, 1, 2, 0.1]), [1, 2, 2]);
    const y = array(Float64Array.from([0.1, 1, 2, 0.1]), [1, 2, 2]);
    const network = serial(Dense(1), GlobalAvgPool());
    const [got, want] = await Promise.all(
      [x, y].map((input) => network.kernelFn(input, null, "nngp", { ...options, maskConstant: 0.1 })),
    );
    assertClose(got.data, want.data, tolerance);
    const params = network.initFn(random.key(3), [1, 2, 2])[1];
    const outputs = [x, y].map((input) => network.applyFn(params, input, { maskConstant: 0.1 }));
    assertClose(outputs[0].data, outputs[1].data, { rtol: 1e-6 });
  });

  for (
    const [name, second] of Object.entries({
      convolution: serial(Conv(3, [2, 2], { strides: [2, 1], wStd: 1.2 }), Erf(), GlobalAvgPool(), Dense(1)),
      flattening: serial(Conv(3, [3, 3], same), Relu(), Flatten(), Dense(1)),
      attention: serial(
        stax.GlobalSelfAttention(2, { nChanKey: 1, nChanVal: 1, nHeads: 1 }),
        Gelu(),
        GlobalAvgPool(),
      ),
      dropout: serial(Dropout(0.7), Dense(1), Erf(), GlobalAvgPool()),
      "the standard parameterization": serial(Conv(3, [2, 2], { parameterization: "standard" }), Flatten()),
    })
  ) {
    test(`a kernel continues as its network does: ${name}`, async () => {
      for (const other of [x2, null]) {
        const whole = await serial(first, second).kernelFn(x1, other, null, options);
        const part = await first.kernelFn(x1, other, null, options);
        assertAgree(await second.kernelFn(part, null, null, options), whole, rounding);
      }
    });
  }

  test("a kernel of diagonals continues where they are enough", async () => {
    const second = serial(Conv(3, [3, 3], same), Relu(), Flatten(), Dense(1));
    const part = await first.kernelFn(x1, x2, null, { ...options, diagonalSpatial: true });
    assertEquals(part.diagonalSpatial, true);
    const got = await second.kernelFn(part, null, null, options);
    assertAgree(got, await serial(first, second).kernelFn(x1, x2, null, options), rounding);
  });

  test("diagonalSpatial gives the diagonals of what is there without it", async () => {
    const network = serial(Conv(1, [3, 3], same), Erf(), stax.AvgPool([2, 2]), Conv(1, [2, 1]));
    const full = await network.kernelFn(x1, x2, null, options);
    const diagonal = await network.kernelFn(x1, x2, null, { ...options, diagonalSpatial: true });
    assertEquals(full.diagonalSpatial, false);
    assertClose(diagonal.nngp.data, diagonalOf(full.nngp, 2).data, tolerance);
    assertClose(diagonal.ntk.data, diagonalOf(full.ntk, 2).data, tolerance);
    assertClose(diagonal.cov1.data, diagonalOf(full.cov1, 1).data, tolerance);
    assertDeepEquals(diagonal.nngp.shape, diagonalOf(full.nngp, 2).shape);
  });

  test("the kernel of x2 and x1 is that of x1 and x2 with positions exchanged", async () => {
    const network = serial(Conv(1, [3, 2], same), Gelu());
    const { nngp, ntk } = await network.kernelFn(x1, x2, ["nngp", "ntk"], options);
    const other = await network.kernelFn(x2, x1, ["nngp", "ntk"], options);
    const exchanged = [1, 0, 3, 2, 5, 4];
    assertClose(moved(other.nngp, exchanged).data, nngp.data, {
      rtol: Math.max(1e-13, rounding),
      atol: Math.max(1e-15, rounding / 10),
    });
    assertClose(moved(other.ntk, exchanged).data, ntk.data, {
      rtol: Math.max(1e-13, rounding),
      atol: Math.max(1e-15, rounding / 10),
    });
  });

  test("a batch with itself is symmetric, and a copy is the same batch", async () => {
    const network = serial(Conv(1, [3, 2], same), Gelu(), Dropout(0.6), GlobalAvgPool());
    const own = await network.kernelFn(x1, null, null, options);
    assertEquals(own.nngp.at(0, 1), own.nngp.at(1, 0));
    assertAgree(
      await network.kernelFn(x1, new NdArray(x1.data.slice(), x1.shape), null, options),
      { ...own, cov2: own.cov1 },
      rounding,
    );
    assertEquals(own.cov1.at(1), own.nngp.at(1, 1));
  });

  test("K(x, x) is symmetric to the last digit, over positions and in both batches", async () => {
    // One feature makes all positions parallel, where the angle of the NTK has half of its digits.
    const x = random.normal(random.key(4), [2, 6, 1]);
    const y = [[[1], [2], [0], [3], [1], [5]]];
    const networks = [
      serial(Dense(1), Relu()),
      serial(Dense(1), Relu(), Conv(1, [3], { padding: "SAME" }), Relu(), stax.ImageResize([-1, 4, -1])),
      serial(Conv(1, [2]), Relu(), stax.AvgPool([2]), Dense(1), Gelu()),
    ];
    for (const network of networks) {
      const own = await network.kernelFn(x, null, null, options);
      const full = await network.kernelFn(x, y, null, { ...options, diagonalBatch: false });
      for (const k of [own.nngp, own.ntk, full.cov1, full.cov2!]) {
        assertDeepEquals([...moved(k, [1, 0, 3, 2]).data], [...k.data]);
      }
      const other = await network.kernelFn(x, y, null, options);
      for (const k of [own.cov1, other.cov1, other.cov2!]) {
        assertDeepEquals([...moved(k, [0, 2, 1]).data], [...k.data]);
      }
    }
  });

  test("diagonalBatch: false gives the kernels of each batch with itself", async () => {
    const network = serial(Conv(1, [3, 2], same), Gelu(), stax.Index("1:"), Flatten());
    const full = await network.kernelFn(x1, x2, null, { ...options, diagonalBatch: false });
    const own = await network.kernelFn(x2, null, "nngp", options);
    assertDeepEquals(full.cov1.shape, [1, 1]);
    assertDeepEquals(full.cov2!.shape, [2, 2]);
    assertClose(full.cov2!.data, own.data, tolerance);
  });

  test("networks on arrays with other axes have the same kernel", async () => {
    const network = (axes: stax.AxisOptions, numbers: stax.DimensionNumbers | null) =>
      serial(
        Conv(2, [3, 2], { ...same, dimensionNumbers: numbers }),
        stax.LayerNorm({ axis: axes.channelAxis, ...axes }),
        Erf(),
        stax.AvgPool([2, 2], axes),
        GlobalAvgPool(axes),
      );
    const usual = await network({ batchAxis: 0, channelAxis: 3 }, null).kernelFn(x1, x2, null, options);
    const order = [3, 1, 0, 2];
    const numbers = ["CHNW", "OIHW", "CHNW"] as const;
    const other = network({ batchAxis: 2, channelAxis: 0 }, numbers);
    const got = await other.kernelFn(moved(x1, order), moved(x2, order), null, options);
    assertClose(got.nngp.data, usual.nngp.data, tolerance);
    assertClose(got.ntk.data, usual.ntk.data, tolerance);
    assertDeepEquals([got.shape1, got.batchAxis, got.channelAxis], [[2, 2], 1, 0]);
  });

  test("images of one position are vectors", async () => {
    const vectors = random.normal(random.key(3), [3, 5]);
    const images = new NdArray(vectors.data, [3, 1, 1, 5]);
    const network = (layer: stax.Layer, end: stax.Layer) =>
      serial(layer, Gelu(), layer, Erf(), end, Dense(1));
    const want = await network(Dense(1, { wStd: 1.3 }), stax.Identity()).kernelFn(
      vectors,
      null,
      null,
      options,
    );
    const conv = Conv(1, [3, 3], { padding: "CIRCULAR", wStd: 1.3 });
    assertAgree(await network(conv, GlobalAvgPool()).kernelFn(images, null, null, options), want, rounding);
  });

  test("branches may end at fewer positions than others begin with", async () => {
    const strided = { strides: [2, 2], ...same };
    const branches = stax.parallel(
      serial(Conv(1, [2, 2], strided), Relu(), Dense(1)),
      Conv(1, [2, 2], strided),
    );
    const sum = serial(stax.FanOut(2), branches, stax.FanInSum(), GlobalAvgPool());
    const nngp = await sum.kernelFn(x1, x2, "nngp", options);
    const of = (layer: stax.Layer) => serial(layer, GlobalAvgPool()).kernelFn(x1, x2, "nngp", options);
    const parts = await Promise.all([
      of(serial(Conv(1, [2, 2], strided), Relu(), Dense(1))),
      of(Conv(1, [2, 2], strided)),
    ]);
    assertClose(nngp.data, parts[0].data.map((value, i) => value + parts[1].data[i]), tolerance);
  });

  test("a variance that overflows is refused, with its row where the device has an infinity", async () => {
    const big = new NdArray(x2.data.map((value, k) => k < 24 ? value : value * 1e160), x2.shape);
    const error = await serial(Conv(1, [3, 3], same), Relu(), Flatten()).kernelFn(big, null, "nngp", options)
      .catch((error) => error);
    const shown = options.backend === "webgpu" ? /current value is -?Infinity,/ : /is Infinity at row 1,/;
    assert(
      error instanceof RangeError && shown.test(error.message),
      String(error),
    );
  });

  test("edges in a list are those of a matrix", async () => {
    const tokens = random.normal(random.key(4), [1, 3, 2]);
    const network = (implementation: "DENSE" | "SPARSE") =>
      serial(Dense(1), Erf(), stax.Aggregate({ implementation }), Dense(1), Gelu(), GlobalAvgPool());
    const matrix = [[[0, 2, 0], [1, 0, 0], [0, 0, 1]]];
    const list = [[[0, 1], [1, 0], [2, 2], [0, 1], [2, -1]]];
    const want = await network("DENSE").kernelFn(tokens, null, null, { ...options, pattern: [matrix] });
    assertAgree(
      await network("SPARSE").kernelFn(tokens, null, null, { ...options, pattern: [list] }),
      want,
      rounding,
    );
    const none = await network("DENSE").kernelFn(tokens, null, "ntk", options);
    const identity = [[[1, 0, 0], [0, 1, 0], [0, 0, 1]]];
    const same = await network("DENSE").kernelFn(tokens, null, "ntk", { ...options, pattern: [identity] });
    assertClose(none.data, same.data, tolerance);
  });

  for (
    const [name, network] of Object.entries({
      "a convolution": serial(
        Conv(1, [3], same),
        Gelu(),
        Conv(1, [3], same),
        Erf(),
        GlobalAvgPool(),
        Dense(1),
      ),
      attention: serial(
        Dense(1, { bStd: 0.3 }),
        Erf(),
        stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1, posEmbType: "SUM", bStd: 0.1 }),
        Gelu(),
        GlobalAvgPool(),
      ),
      "layer normalisation": serial(
        Dense(1),
        stax.LayerNorm({ axis: [1, 2], eps: 0 }),
        Gelu(),
        GlobalAvgPool(),
      ),
    })
  ) {
    test(`padding changes nothing: ${name}`, async () => {
      const tokens = [random.normal(random.key(5), [2, 3, 2]), random.normal(random.key(6), [3, 3, 2])];
      for (const constant of [NaN, 7]) {
        const padded = tokens.map((x) =>
          array(
            (x.toNested() as number[][][]).map((
              rows,
            ) => [...rows, [constant, constant], [constant, constant]]),
          )
        );
        const got = await network.kernelFn(padded[0], padded[1], null, {
          ...options,
          maskConstant: constant,
        });
        const want = await network.kernelFn(tokens[0], tokens[1], null, options);
        assertAgree({ ...got, shape1: want.shape1, shape2: want.shape2 }, want, rounding);
      }
    });
  }

  test("progress counts pairs and a signal stops", async () => {
    const network = serial(Conv(1, [3, 3], same), Relu(), GlobalAvgPool());
    const seen: number[] = [];
    await network.kernelFn(x1, x2, "nngp", {
      ...options,
      onProgress: ({ done, total }) => seen.push(done, total),
    });
    assertDeepEquals(seen.slice(-2), [6, 6]);
    const controller = new AbortController();
    const stopped = network.kernelFn(x1, x2, "nngp", {
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    assert(await stopped.then(() => false, (error) => error.name === "AbortError"));
  });
}
