/** Branches: concatenations of one branch, the same batches put together in several branches, and layers that are not there. */
import { NdArray, random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

const {
  Aggregate,
  Conv,
  ConvLocal,
  Dense,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Identity,
  Relu,
  repeat,
  serial,
} = stax;

const branches = (join: stax.Network, ...layers: stax.Network[]) =>
  serial(FanOut(layers.length), stax.parallel(...layers), join);
const stack = (...layers: stax.Network[]) => branches(FanInConcat({ axis: 0 }), ...layers);
const x = [[1], [2]];

for (const { options, rounding, test } of targets) {
  const near = (got: NdArray, want: number[]) => assertClose(got.data, want, { rtol: 20 * rounding });

  test("one branch that is concatenated is itself, whatever the axis", async () => {
    const sum = branches(FanInSum(), stack(Dense(1)), Dense(1, { wStd: 2 }));
    near(await sum.kernelFn(x, null, "nngp", options), [5, 10, 10, 20]);
    // Neither Gaussian outputs are asked for, …
    const rectified = stack(serial(Dense(1), Relu()));
    near(await rectified.kernelFn(x, null, "nngp", options), [0.5, 1, 1, 2]);
    // … nor are they lost.
    const again = serial(branches(FanInConcat(), Dense(1)), Relu());
    near(await again.kernelFn(x, null, "nngp", options), [0.5, 1, 1, 2]);
  });

  test("branches that put the same batches together can be joined", async () => {
    const [first, second] = [stack(Dense(1), Dense(1, { wStd: 3 })), stack(Dense(1, { wStd: 2 }), Dense(1))];
    const sum = await branches(FanInSum(), first, second).kernelFn(x, null, "nngp", options);
    // 1 + 4 for the examples of the first halves, 9 + 1 for those of the second, times x·y.
    near(sum, [5, 10, 0, 0, 10, 20, 0, 0, 0, 0, 10, 20, 0, 0, 20, 40]);
    const product = await branches(FanInProd(), first, second).kernelFn([[1]], null, null, options);
    near(product.nngp, [4, 0, 0, 9]);
    // 1·4 + 4·1 and 9·1 + 1·9
    near(product.ntk, [8, 0, 0, 18]);
    const nested = stack(stack(Dense(1), Dense(1, { wStd: 2 })), Dense(1, { wStd: 3 }));
    const wide = await branches(FanInConcat(), nested, nested).kernelFn([[1]], [[2]], "nngp", options);
    near(wide, [2, 0, 0, 0, 8, 0, 0, 0, 18]);
    const different = branches(FanInSum(), first, stack(Dense(1), Dense(1), Dense(1)));
    await assertThrows(() => different.kernelFn(x, null, "nngp", options), TypeError);
  });

  test("a convolution of vectors is Dense, and pooling of vectors nothing", async () => {
    const dense = await Dense(3, { wStd: 2, bStd: 0.5 }).kernelFn(x, null, null, options);
    for (const layer of [Conv, stax.ConvTranspose, ConvLocal]) {
      const got = await layer(3, [], { wStd: 2, bStd: 0.5 }).kernelFn(x, null, null, options);
      assertDeepEquals(got, dense);
    }
    near(dense.ntk, [4.25, 8.25, 8.25, 16.25]);
    const network = serial(
      ConvLocal(3, [], { bStd: 1 }),
      Relu(),
      stax.AvgPool([]),
      stax.SumPool([]),
      stax.Flatten(),
    );
    // E[relu(u)²] = v/2 with v = 1 + 1 and 4 + 1.
    const { cov1 } = await network.kernelFn(x, null, null, options);
    near(cov1, [1, 2.5]);
    const pooled = serial(
      Conv(3, [1]),
      stax.GlobalAvgPool(),
      Conv(1, [], { bStd: 1, parameterization: "standard" }),
    );
    // The mean of 1 and 2 is 3/2: three features of 9/4 each, 1 for the bias, and 9/4 from before.
    near(await pooled.kernelFn([[[1], [2]]], null, "ntk", options), [3 * 9 / 4 + 1 + 9 / 4]);
  });
}

Deno.test("finite concatenations of one branch, and finite convolutions of vectors", () => {
  const sum = branches(FanInSum(), stack(Identity()), Identity());
  const [, params] = sum.initFn(random.key(0), [2, 1]);
  assertDeepEquals(sum.applyFn(params, x).toNested(), [[2], [4]]);
  const vectors = random.normal(random.key(1), [3, 4]);
  const [conv, dense] = [Conv(5, [], { wStd: 1.5, bStd: 0.5 }), Dense(5, { wStd: 1.5, bStd: 0.5 })];
  const [[shape, own], [, usual]] = [conv, dense].map((layer) => layer.initFn(random.key(2), [3, 4]));
  assertDeepEquals(shape, [3, 5]);
  assertDeepEquals(conv.applyFn(own, vectors), dense.applyFn(usual, vectors));
  assertDeepEquals(stax.AvgPool([]).applyFn(null, vectors).data, vectors.data);
  const masked = branches(FanInConcat({ axis: 0 }), Identity());
  assertDeepEquals(
    masked.applyFn(masked.initFn(random.key(0), [2, 1])[1], x, { maskConstant: 2 }).toNested(),
    [[1], [0]],
  );
});

Deno.test("a pattern may be given where what reads it is repeated 0 times, and nowhere else", async () => {
  const options = { backend: "reference" };
  const nodes = [[[1], [2]]];
  const pattern = [[[[0, 1], [1, 0]]]] as const;
  const block = serial(Aggregate(), Dense(1), Relu());
  const of = (depth: number) => serial(Dense(1), repeat(block, depth), Dense(1));
  const none = await of(0).kernelFn(nodes, null, null, { ...options, pattern });
  assertDeepEquals(none, await serial(Dense(1), Dense(1)).kernelFn(nodes, null, null, options));
  const one = await of(1).kernelFn(nodes, null, "nngp", { ...options, pattern, diagonalSpatial: true });
  // The nodes change places, and a rectifier halves their variances.
  assertDeepEquals([...one.data], [2, 0.5]);
  const inBranch = branches(FanInSum(), repeat(Aggregate(), 0), Dense(1, { wStd: 2 }));
  const sum = await serial(Dense(1), inBranch).kernelFn(nodes, null, "nngp", {
    ...options,
    pattern,
    diagonalSpatial: true,
  });
  assertDeepEquals([...sum.data], [5, 20]);
  const text = stax.toJSON(of(0));
  assertEquals(stax.toJSON(stax.fromJSON(text)), text);
  assert((await stax.fromJSON(text).kernelFn(nodes, null, "nngp", { ...options, pattern })).size === 4);
  await assertThrows(
    () => serial(Dense(1), repeat(Dense(1), 0)).kernelFn(nodes, null, null, { ...options, pattern }),
    TypeError,
    "Cannot compute a kernel as pattern must be null without Aggregate(): current value is edges that no layer reads",
  );
});
