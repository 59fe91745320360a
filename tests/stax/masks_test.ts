/** Masks: finite networks whatever the order of axes, and conditions at the positions that are left. */
import { NdArray, random, stax, UnsupportedError } from "../../mod.ts";
import { assertClose, assertDeepEquals, assertThrows } from "../assert.ts";
import { positionTargets } from "../targets.ts";

const { AvgPool, Conv, ConvTranspose, Dense, Flatten, GlobalAvgPool, Index, LayerNorm, serial } = stax;

/** The array whose axis i is axis order[i] of `x`. */
function moved(x: NdArray, order: readonly number[]): NdArray<Float64Array> {
  const shape = order.map((axis) => x.shape[axis]);
  const data = Float64Array.from({ length: x.size }, (_, k) => {
    let rest = k;
    const index = Array<number>(order.length).fill(0);
    for (let i = order.length - 1; i >= 0; i--) {
      index[order[i]] = rest % shape[i];
      rest = Math.floor(rest / shape[i]);
    }
    return x.at(...index);
  });
  return new NdArray(data, shape);
}

const x = random.normal(random.key(1), [3, 4, 2]);
const padding = [[0, 1], [3], [1, 2]];
const masked = new NdArray(
  Float64Array.from(
    x.data,
    (value, k) => padding[Math.floor(k / 8)].includes(Math.floor(k / 2) % 4) ? 9 : value,
  ),
  x.shape,
);

/** Outputs with random parameters, drawn for the shape of the input. */
function outputs(network: stax.Network, input: NdArray): NdArray<Float64Array> {
  const [, params] = network.initFn(random.key(2), input.shape);
  return network.applyFn(params, input, { maskConstant: 9 });
}

Deno.test("the mean of what is no padding, with the examples in the second axis", () => {
  const pool = GlobalAvgPool({ batchAxis: 1, channelAxis: 2 });
  // Examples 2, 4 and 9, 6, of which 9 is padding.
  assertDeepEquals(pool.applyFn(null, [[[2], [9]], [[4], [6]]], { maskConstant: 9 }).toNested(), [[3], [6]]);
  const three = GlobalAvgPool({ batchAxis: 2, channelAxis: 1 });
  // Examples 1, 9, 5 and 9, 9, 3; the features come first in the output.
  const y = three.applyFn(null, [[[1, 9]], [[9, 9]], [[5, 3]]], { maskConstant: 9 });
  assertDeepEquals(y.shape, [1, 2]);
  assertClose(y.data, [3, 3], { rtol: 1e-15 });
  const last = serial(Flatten({ batchAxis: 1, batchAxisOut: 1 }), Dense(1, { batchAxis: 1, channelAxis: 0 }));
  const params: stax.Params = [null, [new NdArray(Float64Array.of(1, 1), [2, 1]), null]];
  assertClose(
    last.applyFn(params, [[[2], [9]], [[4], [6]]], { maskConstant: 9 }).data,
    [6 / Math.SQRT2, 6 / Math.SQRT2],
    { rtol: 1e-15 },
  );
});

for (
  const [name, build] of Object.entries<(axes: { batchAxis: number; channelAxis: number }) => stax.Network>({
    Dense: (axes) => Dense(2, { ...axes, bStd: 1 }),
    LayerNorm: (axes) => LayerNorm({ ...axes, axis: axes.channelAxis }),
    "LayerNorm over positions": (axes) =>
      LayerNorm({ ...axes, axis: [0, 1, 2].filter((axis) => axis !== axes.batchAxis) }),
    AvgPool: (axes) => serial(Dense(2, axes), AvgPool([2], axes)),
    GlobalAvgPool: (axes) => serial(Dense(2, axes), GlobalAvgPool(axes)),
    ImageResize: (axes) =>
      stax.ImageResize(
        [0, 1, 2].map((axis) => axis === axes.batchAxis || axis === axes.channelAxis ? -1 : 3),
        axes,
      ),
    Aggregate: (axes) => serial(stax.Aggregate(axes), Dense(2, axes), GlobalAvgPool(axes)),
    attention: (axes) =>
      serial(
        stax.GlobalSelfAttention(2, { ...axes, nChanKey: 2, nChanVal: 2, nHeads: 2 }),
        GlobalAvgPool(axes),
      ),
    DotGeneral: (axes) => serial(stax.DotGeneral({ ...axes, rhs: 2 }), GlobalAvgPool(axes)),
    Index: (axes) =>
      serial(
        Index([0, 1, 2].map((axis) => axis === axes.batchAxis ? "::-1" : ":").join(", "), axes),
        GlobalAvgPool(axes),
      ),
  })
) {
  Deno.test(`masked outputs do not depend on the order of axes: ${name}`, () => {
    const usual = outputs(build({ batchAxis: 0, channelAxis: 2 }), masked);
    for (const order of [[1, 0, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]]) {
      const axes = { batchAxis: order.indexOf(0), channelAxis: order.indexOf(2) };
      const got = outputs(build(axes), moved(masked, order));
      const back = usual.shape.length === 3
        ? moved(got, [0, 1, 2].map((axis) => order.indexOf(axis)))
        : axes.batchAxis < axes.channelAxis
        ? got
        : moved(got, [1, 0]);
      assertDeepEquals(back.shape, usual.shape);
      assertClose(back.data, usual.data, { rtol: 1e-13, atol: 1e-14, message: String(order) });
    }
  });
}

Deno.test("convolutions that move axes take masks along", () => {
  const image = random.normal(random.key(3), [2, 3, 3, 3]);
  const data = Float64Array.from(image.data, (value, k) => k % 27 < 9 ? 9 : value);
  const first = new NdArray(data, image.shape);
  const mean = (conv: stax.ConvOptions, axes: { channelAxis: number }) =>
    outputs(serial(Conv(3, [1, 1], conv), GlobalAvgPool(axes)), first).data;
  // With three features and three rows and columns the shape alone cannot tell the axes apart.
  const swapped: stax.ConvOptions = { dimensionNumbers: ["NHWC", "HWIO", "NCHW"] };
  assertClose(mean(swapped, { channelAxis: 1 }), mean({}, { channelAxis: 3 }), { rtol: 1e-14 });
});

Deno.test("examples that are turned around have their own masks", async () => {
  const inputs = [[[2], [9]], [[4], [6]]];
  const flipped = serial(Index("::-1"), GlobalAvgPool());
  assertDeepEquals(flipped.applyFn([null, null], inputs, { maskConstant: 9 }).toNested(), [[5], [2]]);
  const one = serial(Index("1:"), GlobalAvgPool());
  assertDeepEquals(one.applyFn([null, null], inputs, { maskConstant: 9 }).toNested(), [[5]]);
  const product = serial(stax.DotGeneral({ lhs: [1] }), GlobalAvgPool({ batchAxis: 1, channelAxis: 3 }));
  assertDeepEquals(product.applyFn([null, null], inputs, { maskConstant: 9 }).toNested(), [[2], [5]]);
  await assertThrows(
    () => Index("0").applyFn(null, inputs, { maskConstant: 9 }),
    UnsupportedError,
    "Cannot apply Index with maskConstant as idx must keep the axis of the examples: current value is 0, write 0:1",
  );
  await assertThrows(
    () => outputs(serial(GlobalAvgPool(), Dense(1, { channelAxis: 0, batchAxis: 1 })), masked),
    TypeError,
    "Cannot apply Dense as its batchAxis and channelAxis must be 0 and 1, as in its input: current value is 1 and 0",
  );
});

for (const { options, rounding, test } of positionTargets) {
  const o = { ...options, maskConstant: -9, diagonalSpatial: true };
  const shrinking = [[[1], [2], [-9], [3], [-9]]];
  const diagonal = async (network: stax.Network, input = shrinking) =>
    (await network.kernelFn(input, null, "nngp", o)).data;

  test("variances that depend on no node are finite where positions are left", async () => {
    for (
      const nonlinearity of [stax.Rbf(), stax.Monomial(0), stax.Sign(), stax.RectifiedMonomial(0)]
    ) {
      const half = nonlinearity.type === "RectifiedMonomial" ? 0.5 : 1;
      const network = serial(Conv(1, [2]), nonlinearity);
      assertClose(await diagonal(network), [half, half, 0, half], {
        rtol: 4 * rounding,
        message: nonlinearity.type,
      });
    }
    // Without weights only biases are left: E[relu(u)²] = σ_b²/2.
    const biases = serial(Conv(1, [2], { wStd: 0, bStd: 2 }), stax.Relu());
    assertClose(await diagonal(biases), [2, 2, 0, 2], { rtol: 4 * rounding });
    // More positions than the input has.
    const growing = serial(ConvTranspose(1, [2], { strides: [2], wStd: 0, bStd: 1 }), stax.Sign());
    assertClose(await diagonal(growing, [[[1], [-9]]]), [1, 1, 0, 0], { rtol: 4 * rounding });
  });

  test("the covariance of positions that are left, after a nonlinearity of constant variance", async () => {
    const nngp = await serial(Conv(1, [2]), stax.Rbf()).kernelFn(shrinking, null, "nngp", {
      ...o,
      diagonalSpatial: false,
    });
    // Variances (1 + 4)/2, 4/2 and 9/2; covariances 2/2, 3/2 and 6/2.
    const [a, b, c] = [[2.5, 2, 1], [2.5, 4.5, 1.5], [2, 4.5, 3]].map(([v, w, cov]) =>
      Math.exp(2 * cov - v - w)
    );
    const want = [1, a, 0, b, a, 1, 0, c, 0, 0, 0, 0, b, c, 0, 1];
    assertClose(nngp.data, want, { rtol: 20 * rounding });
  });
}
