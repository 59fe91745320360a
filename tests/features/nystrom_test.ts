/** Features from landmarks are the kernel where rows are landmarks, and its projection elsewhere. */
import { array, features, type NdArray, random, stax } from "../../mod.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";

const NAMES = ["nngp", "ntk"] as const;

const dense = stax.serial(stax.Dense(1, { wStd: 1.2, bStd: 0.1 }), stax.Gelu(), stax.Dense(1));
const images = stax.serial(
  stax.Conv(1, [3, 3], { padding: "SAME" }),
  stax.Identity(),
  stax.AvgPool([2, 2], { strides: [2, 2] }),
  stax.Flatten(),
);

const rows = (x: NdArray, from: number, to: number) => {
  const [count, ...rest] = x.shape;
  const size = x.size / count;
  return array(Float64Array.from(x.data.subarray(from * size, to * size)), [to - from, ...rest]);
};

for (
  const [name, network, shape] of [["vectors", dense, [30, 5]], ["images", images, [12, 4, 4, 2]]] as const
) {
  Deno.test(`features of ${name} are the kernel with the landmarks, and its projection elsewhere`, async () => {
    const x = random.normal(random.key(1), shape);
    const half = shape[0] / 2;
    const landmarks = rows(x, 0, half);
    const { initFn, featureFn } = features.nystrom(network, landmarks);
    const mapped = await featureFn(x, initFn(random.key(0), [-1, ...shape.slice(1)]), {
      errorRows: shape[0],
    });
    const kernel = await network.kernelFn(x, null, NAMES);
    for (const of of NAMES) {
      assertDeepEquals(mapped[of].shape, [shape[0], half]);
      const { data } = matmulTransposed(mapped[of], mapped[of]);
      let [error, size] = [0, 0];
      for (let i = 0; i < shape[0]; i++) {
        for (let j = 0; j < shape[0]; j++) {
          const [is, must] = [data[i * shape[0] + j], kernel[of].data[i * shape[0] + j]];
          if (i < half) assert(Math.abs(is - must) < 1e-9, `${of}[${i}][${j}]`);
          if (i === j) assert(is < must + 1e-12, `${of}[${i}][${i}]`);
          error += (is - must) ** 2, size += must ** 2;
        }
      }
      assertClose([mapped.error![of].value], [Math.sqrt(error / size)], { rtol: 1e-8 });
    }
  });
}

Deno.test("equal landmarks count once", async () => {
  const landmarks = [[1, 2], [1, 2], [3, 1]];
  const { initFn, featureFn } = features.nystrom(dense, landmarks);
  const { nngp, ntk } = await featureFn(landmarks, initFn(random.key(0), [-1, 2]), { dtype: "float32" });
  assertDeepEquals([nngp.shape, ntk.shape], [[3, 2], [3, 2]]);
  assertEquals(nngp.dtype, "float32");
});

Deno.test("a kernel that is 0 has a column of zeros", async () => {
  for (
    const { initFn, featureFn } of [
      features.nystrom(stax.Identity(), [[1, 2]]),
      features.fromNetwork(stax.Identity()) as unknown as ReturnType<typeof features.nystrom>,
    ]
  ) {
    const { ntk } = await featureFn([[1, 2]], initFn(random.key(0), [-1, 2]));
    assertDeepEquals(ntk.toNested(), [[0]]);
  }
});

const { initFn, featureFn } = features.nystrom(dense, [[1, 2]]);
const inputs = initFn(random.key(0), [-1, 2]);

const refusals: [name: string, call: () => unknown, type: new (message: string) => Error, message: string][] =
  [
    [
      "landmarks of one axis",
      () => features.nystrom(dense, [1, 2]),
      TypeError,
      "Cannot map features as landmarks must have two axes or more: current value is [2]",
    ],
    [
      "landmarks that are not finite",
      () => features.nystrom(dense, [[1, NaN]]),
      RangeError,
      "Cannot use landmarks as landmarks[0][1] must be finite: current value is NaN",
    ],
    [
      "rows of another width",
      () => featureFn([[1, 2, 3]], inputs),
      TypeError,
      "Cannot map features as the shape of x must be [n, 2], as of the landmarks: current value is [1, 3]",
    ],
    [
      "a shape of another width",
      () => initFn(random.key(0), [-1, 3]),
      TypeError,
      "Cannot map features as inputShape must be [n, 2], as of the landmarks: current value is [-1, 3]",
    ],
    [
      "outputs at positions",
      () => features.nystrom(stax.Conv(1, [1]), [[[1], [2]]]).featureFn([[[1], [2]]], inputs),
      UnsupportedError,
      "Cannot map features as the network must have one output a row: current value is an output at positions, " +
      "add Flatten() or GlobalAvgPool()",
    ],
  ];

for (const [name, call, type, message] of refusals) {
  Deno.test(`features from landmarks refuse ${name}`, async () => {
    await assertThrows(call, type, message);
  });
}
