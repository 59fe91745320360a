import {
  array,
  type ArrayInput,
  assertFinite,
  concatenate,
  NdArray,
  reshape,
  scale,
  toArray,
  transpose,
  zeros,
} from "../lib/array/mod.ts";
import { ownArray } from "../lib/array/own.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const matrix = array([[1, 2, 3], [4, 5, 6]]);

Deno.test("array: nested lists of any depth become row-major data", () => {
  assertDeepEquals(matrix.data, Float64Array.of(1, 2, 3, 4, 5, 6));
  assertDeepEquals(matrix.shape, [2, 3]);
  const cube = [[[1, 2]], [[3, 4]], [[5, 6]]];
  assertDeepEquals(array(cube).shape, [3, 1, 2]);
  assertDeepEquals(array(cube).toNested(), cube);
  assertDeepEquals(array(7).shape, []);
  assertEquals(array(7).toNested(), 7);
});

Deno.test("array: dtype rounds to float32 and is float64 otherwise", () => {
  const a = array([0.1, 0.2], { dtype: "float32" });
  assertEquals(a.dtype, "float32");
  assertEquals(a.at(0), Math.fround(0.1));
  assertEquals(matrix.dtype, "float64");
});

Deno.test("array: a typed array is used without a copy, other flat lists are converted", () => {
  const data = Float32Array.of(1, 2, 3, 4);
  assert(array(data, [2, 2]).data === data);
  assertDeepEquals(array(Uint8Array.of(1, 255), [2, 1]).toNested(), [[1], [255]]);
  assertDeepEquals(array([1, 2, 3, 4], [2, 2]).toNested(), [[1, 2], [3, 4]]);
});

Deno.test("toArray: everything an argument may be", () => {
  assert(toArray(matrix, "x") === matrix);
  assertDeepEquals(toArray(Float64Array.of(1, 2), "x").shape, [2]);
  assertDeepEquals(toArray({ data: [1, 2, 3, 4], shape: [2, 2] }, "x").toNested(), [[1, 2], [3, 4]]);
  assertEquals(toArray({ data: Float32Array.of(1), shape: [1] }, "x").dtype, "float32");
  assertDeepEquals(toArray([[1], [2]], "x").toNested(), [[1], [2]]);
});

Deno.test("at: every entry, from both ends", () => {
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 3; j++) {
      assertEquals(matrix.at(i, j), 3 * i + j + 1);
      assertEquals(matrix.at(i - 2, j - 3), matrix.at(i, j));
    }
  }
});

Deno.test("an array cannot be given another shape in place", () => {
  assert(Object.isFrozen(matrix.shape));
});

Deno.test("printing shows type, shape and values", () => {
  assertEquals(String(matrix), "NdArray float64 [2, 3]\n[[1, 2, 3],\n [4, 5, 6]]");
  assertEquals(Deno.inspect(array([0.1], { dtype: "float32" })), "NdArray float32 [1] [0.1]");
  assertEquals(String(array(3)), "NdArray float64 [] 3");
});

Deno.test("printing a large array leaves out the middle of its long axes", () => {
  const row = Array.from({ length: 8 }, (_, i) => i);
  const large = array(Array.from({ length: 50 }, () => row));
  const line = "[0, 1, 2, …, 5, 6, 7]";
  const lines = [line, line, line, "…", line, line, line].join(",\n ");
  assertEquals(String(large), `NdArray float64 [50, 8]\n[${lines}]`);
  assertEquals(String(zeros([101])), "NdArray float64 [101] [0, 0, 0, …, 0, 0, 0]");
  assertEquals(String(zeros([20, 7])).split("\n")[1], "[[0, 0, 0, 0, 0, 0, 0],");
});

Deno.test("zeros, reshape, transpose, scale, concatenate", () => {
  assertDeepEquals(zeros([2, 1], { dtype: "float32" }).data, Float32Array.of(0, 0));
  assertDeepEquals(reshape(matrix, [3, 2]).toNested(), [[1, 2], [3, 4], [5, 6]]);
  assertDeepEquals(transpose(matrix).toNested(), [[1, 4], [2, 5], [3, 6]]);
  assertDeepEquals(scale(matrix, -2).toNested(), [[-2, -4, -6], [-8, -10, -12]]);
  assertDeepEquals(concatenate([array([[4, 5, 6]]), matrix]).toNested(), [[4, 5, 6], [1, 2, 3], [4, 5, 6]]);
});

Deno.test("transpose and scale copy", () => {
  const a = array([[1, 2], [3, 4]]);
  for (const copy of [transpose(a), scale(a, 1)]) copy.data[0] = 99;
  assertEquals(a.at(0, 0), 1);
});

Deno.test("concatenate keeps float32 only if all arrays have it", () => {
  const single = array([1], { dtype: "float32" });
  assertEquals(concatenate([single, single]).dtype, "float32");
  assertEquals(concatenate<Float64Array | Float32Array>([single, array([2])]).dtype, "float64");
});

const bad: [string, () => unknown, new (message: string) => Error, string][] = [
  [
    "a ragged list",
    () => toArray([[1, 2], [3]], "x1"),
    TypeError,
    "Cannot read x1 as the length of x1[1] must be 2: current value is 1",
  ],
  [
    "a number among lists",
    () => toArray([[1, 2], 3], "x1"),
    TypeError,
    "Cannot read x1 as the length of x1[1] must be 2: current value is 3",
  ],
  [
    "a list among numbers",
    () => toArray([[1, [2]]], "x1"),
    TypeError,
    "Cannot read x1 as x1[0][1] must be a number: current value is a list of length 1",
  ],
  [
    "a text",
    () => toArray([["1"]] as unknown as ArrayInput, "x1"),
    TypeError,
    'Cannot read x1 as x1[0][0] must be a number: current value is "1"',
  ],
  [
    "a hole",
    () => toArray([1, undefined] as unknown as ArrayInput, "x1"),
    TypeError,
    "Cannot read x1 as x1[1] must be a number: current value is undefined",
  ],
  [
    "nothing",
    () => toArray(null as unknown as ArrayInput, "x1"),
    TypeError,
    "Cannot read x1 as x1 must be a number: current value is null",
  ],
  [
    "an empty list",
    () => toArray([], "x1"),
    TypeError,
    "Cannot read x1 as the length of x1 must be at least 1: current value is 0",
  ],
  [
    "an empty row",
    () => array([[[]]]),
    TypeError,
    "Cannot read data as the length of data[0][0] must be at least 1: current value is 0",
  ],
  [
    "an empty typed array",
    () => toArray(new Float64Array(), "x1"),
    RangeError,
    "Cannot make an array as shape[0] must be a positive integer: current value is 0",
  ],
  [
    "a shape that does not fit",
    () => array([1, 2, 3], [2, 2]),
    TypeError,
    "Cannot make an array as shape [2, 2] must have 3 entries, as data has: current value is 4",
  ],
  [
    "a fractional axis",
    () => zeros([2, 1.5]),
    RangeError,
    "Cannot make an array as shape[1] must be a positive integer: current value is 1.5",
  ],
  [
    "a shape that is a number",
    () => zeros(3 as unknown as number[]),
    TypeError,
    "Cannot make an array as shape must be a list of integers: current value is 3",
  ],
  [
    "an unknown dtype",
    () => zeros([1], { dtype: "int8" as "float32" }),
    TypeError,
    'Cannot make an array as dtype must be "float64" or "float32": current value is "int8"',
  ],
  [
    "data of another type",
    () => new NdArray([1] as unknown as Float64Array, [1]),
    TypeError,
    "Cannot make an array as data must be a Float64Array or a Float32Array: current value is a list of length 1",
  ],
  [
    "too few indices",
    () => matrix.at(1),
    TypeError,
    "Cannot read an entry as the number of indices must be 2, one an axis: current value is 1",
  ],
  [
    "an index beyond the axis",
    () => matrix.at(0, 3),
    RangeError,
    "Cannot read an entry as index 1 must be an integer from -3 to 2: current value is 3",
  ],
  [
    "an index before the axis",
    () => matrix.at(-3, 0),
    RangeError,
    "Cannot read an entry as index 0 must be an integer from -2 to 1: current value is -3",
  ],
  [
    "NaN",
    () => assertFinite(array([[1, 2], [3, NaN]]), "x2"),
    RangeError,
    "Cannot use x2 as x2[1][1] must be finite: current value is NaN",
  ],
  [
    "infinities of both signs",
    () => assertFinite(array([1, Infinity, 2, 3, 4, -Infinity]), "x"),
    RangeError,
    "Cannot use x as x[1] must be finite: current value is Infinity",
  ],
  [
    "NaN in the last of five entries",
    () => assertFinite(array([1, 2, 3, 4, NaN]), "x"),
    RangeError,
    "Cannot use x as x[4] must be finite: current value is NaN",
  ],
  [
    "an infinite scalar",
    () => assertFinite(array(-Infinity), "t"),
    RangeError,
    "Cannot use t as t must be finite: current value is -Infinity",
  ],
  [
    "a transposed vector",
    () => transpose(array([1, 2])),
    TypeError,
    "Cannot transpose an array as its number of axes must be 2: current value is 1",
  ],
  [
    "rows of different lengths",
    () => concatenate([matrix, array([[1, 2]])]),
    TypeError,
    "Cannot concatenate arrays as the shape of array 1 must be [n, 3]: current value is [1, 2]",
  ],
  [
    "no arrays",
    () => concatenate([]),
    TypeError,
    "Cannot concatenate arrays as their number must be at least 1: current value is 0",
  ],
];

for (const [name, call, type, message] of bad) {
  Deno.test(`arrays refuse ${name}`, () => assertThrows(call, type, message));
}

Deno.test("assertFinite accepts the largest and the smallest numbers", () => {
  assertFinite(array([Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -0]), "x");
  // Their sum is neither finite nor, where both signs overflow, a number.
  const most = [1, 1, 1, -1, -1, 1, 1, -1, -1].map((sign) => sign * Number.MAX_VALUE);
  assertFinite(array(most), "x");
});

Deno.test("ownArray: a copy keeps its entries whatever form the argument has", () => {
  const data = Float64Array.of(1, 2, 3, 4);
  const nested = [[1, 2], [3, 4]];
  const inputs: ArrayInput[] = [
    data,
    new NdArray(data, [2, 2]),
    { data, shape: [2, 2] },
    { data, shape: [2, 2], stride: [2, 1], offset: 0 },
    { data: Float32Array.from(data), shape: [4] },
    nested,
  ];
  const copies = inputs.map((input) => ownArray(input, "x"));
  data.fill(9);
  (inputs[4] as NdArray).data.fill(9);
  nested[0][0] = 9;
  for (const copy of copies) assertDeepEquals([...copy.data], [1, 2, 3, 4]);
  assertDeepEquals(copies.map(({ dtype }) => dtype), inputs.map((_, k) => k === 4 ? "float32" : "float64"));
});
