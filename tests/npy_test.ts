import { array, type NdArray } from "../lib/array.ts";
import { readNpy, writeNpy } from "../lib/npy.ts";
import { assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

/** Bytes that `numpy.save` (NumPy 2.4.6) wrote. */
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** numpy.array([[1.5, -2, 3], [4, 5, 1e300]]). */
const FLOAT64 = bytesOf(
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAADAAAAAAAAA" +
    "CEAAAAAAAAAQQAAAAAAAABRAnHUAiDzkN34=",
);

/** numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4).astype(">i4")). */
const BIG_ENDIAN_FORTRAN = bytesOf(
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAg" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAADAAAAAQAAAAQAAAACAAA" +
    "ABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABc=",
);

/** A file of a given header and content; the version decides how many bytes hold the header's length. */
function file(header: string, content: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header + "\n");
  const length = version === 1
    ? [text.length & 255, text.length >> 8]
    : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...text,
    ...content,
  );
}

const vector = (descr: string, length: number) =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': (${length},), }`;

/** Content of `values` written by a DataView setter. */
function content(width: number, values: number[], set: (view: DataView, at: number, value: number) => void) {
  const view = new DataView(new ArrayBuffer(width * values.length));
  values.forEach((value, i) => set(view, i * width, value));
  return new Uint8Array(view.buffer);
}

Deno.test("readNpy reads what NumPy wrote, writeNpy writes the same bytes", () => {
  const a = readNpy(FLOAT64);
  assertDeepEquals(a.toNested(), [[1.5, -2, 3], [4, 5, 1e300]]);
  assertDeepEquals(writeNpy(a), FLOAT64);
});

Deno.test("readNpy turns column-major entries into row-major ones", () => {
  const a = readNpy(BIG_ENDIAN_FORTRAN);
  assertDeepEquals(a.shape, [2, 3, 4]);
  assertDeepEquals(a.data, Float64Array.from({ length: 24 }, (_, i) => i));
});

for (const little of [true, false]) {
  const order = little ? "<" : ">";
  const values = [-1, 0, 2, 70000];
  const cases: [string, Uint8Array][] = [
    ["f4", content(4, values, (view, at, value) => view.setFloat32(at, value, little))],
    ["f8", content(8, values, (view, at, value) => view.setFloat64(at, value, little))],
    ["i4", content(4, values, (view, at, value) => view.setInt32(at, value, little))],
    ["i8", content(8, values, (view, at, value) => view.setBigInt64(at, BigInt(value), little))],
  ];
  for (const [kind, data] of cases) {
    Deno.test(`readNpy reads ${order}${kind}`, () => {
      const a = readNpy(file(vector(order + kind, 4), data));
      assertDeepEquals([...a.data], values);
      assertEquals(a.dtype, kind === "f4" ? "float32" : "float64");
    });
  }
}

Deno.test("readNpy reads |u1, and versions 2 and 3", () => {
  for (const version of [1, 2, 3]) {
    assertDeepEquals(readNpy(file(vector("|u1", 3), Uint8Array.of(0, 128, 255), version)).toNested(), [
      0,
      128,
      255,
    ]);
  }
});

Deno.test("readNpy reads a scalar and any part of a larger buffer", () => {
  const bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", Uint8Array.of(5));
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 3);
  assertEquals(readNpy(larger.subarray(3, 3 + bytes.length)).at(), 5);
});

Deno.test("readNpy keeps NaN and infinity", () => {
  assertDeepEquals([...readNpy(writeNpy(array([NaN, -Infinity, -0]))).data], [NaN, -Infinity, -0]);
});

Deno.test("writeNpy and readNpy are inverse for both dtypes and every rank", () => {
  const flat = Float32Array.of(0.1, 1e-40, -3, 4);
  const arrays: NdArray[] = [array(7), array([1 / 3]), array(flat, [2, 1, 2]), array(flat, [4, 1])];
  for (const a of arrays) {
    const bytes = writeNpy(a);
    assertEquals((bytes.length - a.data.byteLength) % 64, 0);
    assertDeepEquals(readNpy(bytes), a);
  }
});

Deno.test("readNpy: the largest exact i8 entries, and an error beyond", async () => {
  const of = (value: bigint) => file(vector("<i8", 1), new Uint8Array(BigInt64Array.of(value).buffer));
  assertEquals(readNpy(of(2n ** 53n - 1n)).at(0), 2 ** 53 - 1);
  assertEquals(readNpy(of(1n - 2n ** 53n)).at(0), 1 - 2 ** 53);
  await assertThrows(
    () => readNpy(of(2n ** 53n + 1n)),
    RangeError,
    "Cannot read a .npy file as its i8 entries must be at most 2^53 - 1 in size: current value is 9007199254740993",
  );
});

const bad: [string, Uint8Array, string][] = [
  [
    "an empty file",
    new Uint8Array(),
    "Cannot read a .npy file as its first 6 bytes must be 147,78,85,77,80,89: current value is nothing",
  ],
  [
    "a .npz file",
    Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0),
    "Cannot read a .npy file as its first 6 bytes must be 147,78,85,77,80,89: current value is 80,75,3,4,20,0",
  ],
  [
    "a version to come",
    file(vector("<f8", 1), new Uint8Array(8), 4),
    "Cannot read a .npy file as the format version must be 1, 2 or 3: current value is 4",
  ],
  [
    "a file cut off before the header",
    FLOAT64.subarray(0, 9),
    "Cannot read a .npy file as the number of bytes must be at least 12: current value is 9",
  ],
  [
    "a file cut off in the header",
    FLOAT64.subarray(0, 40),
    "Cannot read a .npy file as the number of bytes must be at least 128: current value is 40",
  ],
  [
    "a file cut off in the data",
    FLOAT64.subarray(0, -1),
    "Cannot read a .npy file as the number of bytes must be 176, as its header says: current value is 175",
  ],
  [
    "bytes after the data",
    Uint8Array.of(...FLOAT64, 0),
    "Cannot read a .npy file as the number of bytes must be 176, as its header says: current value is 177",
  ],
  [
    "complex numbers",
    file(vector("<c16", 1), new Uint8Array(16)),
    "Cannot read a .npy file as the dtype must be one of f4, f8, i4, i8, u1: current value is '<c16'",
  ],
  [
    "Python objects",
    file(vector("|O", 1), new Uint8Array(16)),
    "Cannot read a .npy file as the dtype must be one of f4, f8, i4, i8, u1: current value is '|O'",
  ],
  [
    "records",
    file(
      "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(8),
    ),
    "Cannot read a .npy file as the dtype must be one of f4, f8, i4, i8, u1: " +
    "current value is [('a', '<f4'), ('b', '<i4')]",
  ],
  [
    "a header without a shape",
    file("{'descr': '<f8', 'fortran_order': False}", new Uint8Array(8)),
    "Cannot read a .npy file as the header must be a dictionary with descr, fortran_order and shape: " +
    `current value is "{'descr': '<f8', 'fortran_order': False}"`,
  ],
];

for (const [name, bytes, message] of bad) {
  Deno.test(`readNpy refuses ${name}`, () => assertThrows(() => readNpy(bytes), TypeError, message));
}

Deno.test("readNpy refuses other buffers and empty arrays", async () => {
  await assertThrows(
    () => readNpy(FLOAT64.buffer as unknown as Uint8Array),
    TypeError,
    "Cannot read a .npy file as its content must be a Uint8Array: current value is a value of type ArrayBuffer",
  );
  await assertThrows(
    () => readNpy(file(vector("<f8", 0), new Uint8Array())),
    RangeError,
    "Cannot make an array as shape[0] must be a positive integer: current value is 0",
  );
});
