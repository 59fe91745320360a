/** Views with strides, of npm's `ndarray` and as zarrita has them, are what copies of them are, wherever an array is taken. */
import ndarray from "ndarray";
import { dual, NdArray, polynomials, predict, random, stax } from "../mod.ts";
import { type ArrayInput, toArray } from "../lib/array/mod.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

/** The part of an `ndarray` that is used here: its types lag behind those of typed arrays. */
interface View {
  readonly data: Float64Array | Float32Array | number[];
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;
  get(...index: number[]): number;
  step(...steps: number[]): View;
  lo(...start: number[]): View;
  hi(...count: number[]): View;
  transpose(...axes: number[]): View;
}

const viewOf = (data: View["data"], shape: number[]) => ndarray(data as never, shape) as unknown as View;

let state = 7;
const draw = (below: number) => (state = Math.imul(state, 1664525) + 1013904223 >>> 0) % below;
const number = () => draw(2001) / 1000 - 1;

/** A view of about `axes` axes: cut, stepped over, reversed and transposed at random. */
function randomView(axes: number): View {
  const shape = Array.from({ length: axes }, () => 2 + draw(4));
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, number);
  const kind = draw(3);
  let view = viewOf(
    kind === 0 ? values : kind === 1 ? Float64Array.from(values) : Float32Array.from(values),
    shape,
  );
  view = view.lo(...shape.map((length) => draw(length)));
  view = view.step(...shape.map(() => [1, 2, -1, -2][draw(4)]));
  const order = shape.keys().toArray();
  return view.transpose(...order.toSorted(() => draw(2) - 0.5));
}

/** Its entries by its own `get`, row by row. */
function copyOf(view: View): NdArray {
  const size = view.shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, (_, k) => {
    let rest = k;
    const index = view.shape.toReversed().map((length) => {
      const i = rest % length;
      rest = (rest - i) / length;
      return i;
    });
    return view.get(...index.reverse());
  });
  return new NdArray(view.data instanceof Float32Array ? Float32Array.from(data) : data, view.shape);
}

Deno.test("500 views of ndarray are read as their own `get` does", () => {
  for (let k = 0; k < 500; k++) {
    const view = randomView(1 + k % 4);
    const read = toArray(view, "x");
    assertDeepEquals(read, copyOf(view), `shape ${view.shape}, stride ${view.stride}, offset ${view.offset}`);
  }
});

Deno.test("chunks of zarrita: column-major, and without an offset", () => {
  // zarrita's getOrder("F") of shape (2, 3): stride (1, 2).
  const chunk = { data: Float32Array.of(1, 4, 2, 5, 3, 6), shape: [2, 3], stride: [1, 2] };
  assertDeepEquals(toArray(chunk, "x").toNested(), [[1, 2, 3], [4, 5, 6]]);
  assertEquals(toArray(chunk, "x").dtype, "float32");
  const bytes = { data: Uint8Array.of(1, 3, 5, 2, 4, 6), shape: [3, 2], stride: [1, 3] };
  assertDeepEquals(toArray(bytes, "x").toNested(), [[1, 2], [3, 4], [5, 6]]);
  assertEquals(toArray({ data: [7], shape: [], stride: [] }, "x").at(), 7);
});

Deno.test("repeated entries, axes of length 1 and parts of larger data", () => {
  assertDeepEquals(toArray({ data: [1, 2], shape: [3, 2], stride: [0, 1] }, "x").toNested(), [
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  const one = { data: [1, 2, 3], shape: [1, 2], stride: [Number.MAX_SAFE_INTEGER, -1], offset: 2 };
  assertDeepEquals(toArray(one, "x").toNested(), [[3, 2]]);
  assertDeepEquals(toArray({ data: [1, 2, 3, 4], shape: [3], offset: 1 }, "x").toNested(), [2, 3, 4]);
});

Deno.test("data in row-major order are used without a copy", () => {
  const data = Float64Array.of(1, 2, 3, 4);
  assert(toArray(viewOf(data, [2, 2]) as ArrayInput, "x").data === data);
  assert(toArray({ data, shape: [2, 2], stride: [1, 2] }, "x").data !== data);
});

/** A view of shape (rows, columns) that is neither contiguous nor in order, and its copy. */
function matrix(rows: number, columns: number): [view: View, copy: NdArray] {
  const data = Float64Array.from({ length: 2 * rows * 3 * columns }, number);
  const view = viewOf(data, [3 * columns, 2 * rows]).lo(1, 1).step(3, -2).transpose(1, 0);
  return [view, copyOf(view)];
}

const network = stax.serial(stax.Dense(4), stax.Relu(), stax.Dense(1));

for (const backend of ["reference", "native", "webgpu"]) {
  Deno.test(`kernels of views are those of their copies on ${backend}`, async (t) => {
    const { backends } = await import("../mod.ts");
    const { dtypes, reason } = (await backends()).find(({ name }) => name === backend)!;
    for (const dtype of ["float64", "float32"] as const) {
      const missing = dtypes.includes(dtype) ? "" : ` (ignored: ${reason})`;
      await t.step({
        name: `${dtype}${missing}`,
        ignore: missing !== "",
        fn: async () => {
          const [[x1, copy1], [x2, copy2]] = [matrix(5, 3), matrix(4, 3)];
          const options = { backend, dtype };
          const actual = await network.kernelFn(x1, x2, ["nngp", "ntk"], options);
          assertDeepEquals(actual, await network.kernelFn(copy1, copy2, ["nngp", "ntk"], options));
        },
      });
    }
  });
}

Deno.test("images, finite networks, patterns and constants of networks take views", async () => {
  const image = viewOf(Float64Array.from({ length: 72 }, number), [3, 4, 3, 2]).transpose(2, 1, 0, 3).step(
    1,
    -1,
    1,
    1,
  );
  const conv = stax.serial(stax.Conv(2, [2, 2]), stax.Relu(), stax.Flatten());
  assertDeepEquals(await conv.kernelFn(image, null, "ntk"), await conv.kernelFn(copyOf(image), null, "ntk"));
  const [, params] = network.initFn(random.key(1), [-1, 3]);
  const [x, copy] = matrix(5, 3);
  assertDeepEquals(network.applyFn(params, x), network.applyFn(params, copy));
  const [rhs, rhsCopy] = matrix(3, 3);
  const dot = (rhs: ArrayInput) => stax.DotGeneral({ rhs, dimensionNumbers: [[[1], [0]], [[], []]] });
  assertEquals(stax.toJSON(dot(rhs)), stax.toJSON(dot(rhsCopy)));
  const nodes = viewOf(Float64Array.from({ length: 24 }, number), [2, 4, 3]).step(1, -1, 1);
  const edges = viewOf(Float64Array.from({ length: 32 }, () => draw(2)), [2, 4, 4]).transpose(0, 2, 1);
  const graph = stax.serial(stax.Aggregate(), stax.Dense(1), stax.Relu(), stax.GlobalAvgPool());
  assertDeepEquals(
    await graph.kernelFn(nodes, null, "nngp", { pattern: [edges] }),
    await graph.kernelFn(copyOf(nodes), null, "nngp", { pattern: [copyOf(edges)] }),
  );
});

Deno.test("predictions, dual kernels, polynomials and draws take views", async () => {
  const [x, copy] = matrix(5, 3);
  const [y, yCopy] = matrix(5, 2);
  const k = await network.kernelFn(copy, null, "ntk");
  // Its rows from the last to the first, and its columns: the same matrix of reversed data.
  const reversed = { data: k.data.slice().reverse(), shape: [5, 5], stride: [-5, -1], offset: 24 };
  const predicted = (k: ArrayInput, y: ArrayInput) =>
    predict.gpInference(k, y, { diagReg: 1 })({ get: "ntk", kTestTrain: k } as never);
  assertDeepEquals(await predicted(reversed, y), await predicted(k, yCopy));
  const trained = (k: ArrayInput, y: ArrayInput) => predict.gradientDescentMse(k, y)({ t: 2 });
  assertDeepEquals(await trained(reversed, y), await trained(k, yCopy));
  assertDeepEquals(await dual.dualKernelExact(x, "relu"), await dual.dualKernelExact(copy, "relu"));
  const coeffs = viewOf([3, 0, 2, 0, 1, 0], [6]).step(-2);
  assertDeepEquals(copyOf(coeffs).toNested(), [0, 0, 0]);
  const line = viewOf([9, 1, 8, 2, 7, 3], [6]).lo(1).step(2);
  assertDeepEquals(polynomials.hermitePolval(x, line), polynomials.hermitePolval(copy, [1, 2, 3]));
  assertDeepEquals(random.permutation(random.key(3), x), random.permutation(random.key(3), copy));
  assertDeepEquals(random.choice(random.key(3), x, [4]), random.choice(random.key(3), copy, [4]));
});

const data = Float64Array.of(1, 2, 3, 4, 5, 6);
const refusals: [string, unknown, string][] = [
  [
    "strides that go beyond the data",
    { data, shape: [2, 3], stride: [3, 2] },
    "Cannot read x as its stride and offset must stay within the 6 entries of x.data: current value reaches entry 7",
  ],
  [
    "strides that go before the data",
    { data, shape: [2, 3], stride: [-1, 1], offset: 0 },
    "Cannot read x as its stride and offset must stay within the 6 entries of x.data: current value reaches entry -1",
  ],
  [
    "an offset at the end",
    { data, shape: [2], stride: [1], offset: 5 },
    "Cannot read x as its stride and offset must stay within the 6 entries of x.data: current value reaches entry 6",
  ],
  [
    "a stride that is missing",
    { data, shape: [2, 3], stride: [3] },
    "Cannot read x as x.stride must be a list of 2 integers, one an axis: current value is [3]",
  ],
  [
    "a stride of half an entry",
    { data, shape: [2], stride: [0.5] },
    "Cannot read x as x.stride must be a list of 1 integers, one an axis: current value is [0.5]",
  ],
  [
    "no stride",
    { data, shape: [2], stride: null },
    "Cannot read x as x.stride must be a list of 1 integers, one an axis: current value is null",
  ],
  [
    "a negative offset",
    { data, shape: [2], stride: [1], offset: -1 },
    "Cannot read x as x.offset must be a non-negative integer: current value is -1",
  ],
  [
    "strides of a name that counts bytes elsewhere",
    { data, shape: [2, 3], strides: [8, 16] },
    "Cannot read x as its strides must be called stride and count entries: current value has strides, " +
    "write { data, shape, stride, offset }",
  ],
  [
    "integers of 64 bits",
    { data: BigInt64Array.of(1n, 2n), shape: [2], stride: [1] },
    "Cannot read x as x.data[0] must be a number: current value is 1n",
  ],
  [
    "data that are no list",
    { data: { get: () => 1 }, shape: [2], stride: [1] },
    "Cannot read x as x.data must be a list of numbers: current value is a value of type Object",
  ],
];
for (const [name, view, message] of refusals) {
  Deno.test(`a view is refused: ${name}`, () =>
    assertThrows(() => toArray(view as ArrayInput, "x"), TypeError, message));
}

/** Data whose buffer went elsewhere. */
function gone(): Float64Array {
  const data = Float64Array.of(1, 2, 3, 4);
  structuredClone(data, { transfer: [data.buffer] });
  return data;
}

Deno.test("arrays whose memory is gone are refused by the name of the argument", async () => {
  const lost = (name: string) =>
    `Cannot read ${name} as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())`;
  const x = new NdArray(Float64Array.of(1, 2, 3, 4), [2, 2]);
  structuredClone(x.data, { transfer: [x.data.buffer as ArrayBuffer] });
  await assertThrows(() => network.kernelFn(x, null), TypeError, lost("x1"));
  await assertThrows(() => network.kernelFn([[1, 2]], x), TypeError, lost("x2"));
  await assertThrows(() => predict.gpInference([[1]], x)({ get: "ntk" } as never), TypeError, lost("yTrain"));
  for (
    const input of [gone(), { data: gone(), shape: [2, 2] }, { data: gone(), shape: [2, 2], stride: [1, 2] }]
  ) {
    await assertThrows(() => toArray(input, "x"), TypeError, lost("x"));
  }
  const buffer = new ArrayBuffer(32, { maxByteLength: 64 });
  const shrunk = new NdArray(new Float64Array(buffer), [2, 2]);
  buffer.resize(16);
  await assertThrows(
    () => toArray(shrunk, "x"),
    TypeError,
    "Cannot read x as it must have all its entries: current value has 2, its buffer was resized",
  );
  const disposed = new NdArray(Float64Array.of(1), [1, 1]);
  disposed[Symbol.dispose]();
  await assertThrows(
    () => network.kernelFn(disposed, null),
    TypeError,
    "Cannot read x1 as it must have all its entries: current value was disposed of",
  );
});
