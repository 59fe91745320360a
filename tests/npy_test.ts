import { array, type NdArray } from "../lib/array/mod.ts";
import { parseHeader } from "../lib/npy/header.ts";
import { readNpy, writeNpy } from "../lib/npy/mod.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import npy from "./npy.json" with { type: "json" };

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
    : [text.length & 255, text.length >> 8 & 255, text.length >> 16, 0];
  const start = Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"), version, 0, ...length);
  const bytes = new Uint8Array(start.length + text.length + content.length);
  [start, text, content].reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
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

for (const { name, shape, values, file } of npy.cases) {
  Deno.test(`readNpy reads what NumPy ${npy.numpy} wrote: ${name}`, () => {
    const a = readNpy(bytesOf(file));
    assertDeepEquals(a.shape, shape);
    assertDeepEquals([...a.data], values.map(Number));
    assertEquals(a.dtype, /f[24]/.test(name) ? "float32" : "float64");
  });
}

/** Headers that NumPy reads though it writes others, and the shape that they mean. */
const headers: [string, number[]][] = [
  ["{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }", [2, 3]],
  ["{'descr': '<f8', 'fortran_order': False, 'shape': (6L,), }", [6]],
  ['{"shape":(3,2),"fortran_order":False,"descr":"=f8"}', [3, 2]],
  ["{'descr': '|f8', 'fortran_order': False, 'shape': (1, 6, 1)}\n   \n", [1, 6, 1]],
];
for (const [header, shape] of headers) {
  Deno.test(`readNpy reads the header ${JSON.stringify(header)}`, () => {
    const values = [1, 2, 3, 4, 5, 1e300];
    const a = readNpy(
      file(header, content(8, values, (view, at, value) => view.setFloat64(at, value, true))),
    );
    assertDeepEquals([a.shape, [...a.data]], [shape, values]);
  });
}

Deno.test("readNpy: infinities and NaN of float16, any byte but 0 is true", () => {
  const halves = new Uint8Array(Uint16Array.of(0x7c00, 0xfc00, 0x7e00, 0x8000, 0x0001).buffer);
  assertDeepEquals([...readNpy(file(vector("<f2", 5), halves)).data], [
    Infinity,
    -Infinity,
    NaN,
    -0,
    2 ** -24,
  ]);
  assertDeepEquals([...readNpy(file(vector("|b1", 3), Uint8Array.of(0, 1, 2))).data], [0, 1, 1]);
});

Deno.test("readNpy refuses u8 entries beyond 2^53 - 1, by their exact value", async () => {
  const of = (value: bigint) =>
    file(vector(">u8", 1), content(8, [0], (view) => view.setBigUint64(0, value)));
  for (const value of [2n ** 53n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
    await assertThrows(
      () => readNpy(of(value)),
      RangeError,
      `Cannot read a .npy file as its u8 entries must be at most 2^53 - 1 in size: current value is ${value}, ` +
        "save it as float64 if rounding does no harm",
    );
  }
});

/** Texts that ask for much work, or for more than there is. */
const hostile: Record<string, string> = {
  "540 kB of brackets": "[".repeat(540_000),
  "540 kB of quotes": `'"`.repeat(270_000),
  "unclosed quotes": `{'descr': "`.repeat(60_000),
  "half a million keys": `{${"'a': 1, ".repeat(60_000)}}`,
  "shape without end": `{'descr': '<f8', 'fortran_order': False, 'shape': (${"1, ".repeat(200_000)}`,
  "spaces": `{'descr':${" ".repeat(540_000)}'<f8'}`,
  "20 000 axes": `{'descr': '<f8', 'fortran_order': False, 'shape': (${"1, ".repeat(20_000)}), }`,
  "a dtype of brackets": `{'descr': ${"[('a',".repeat(90_000)}, 'fortran_order': False, 'shape': (1,)}`,
};
for (const [name, header] of Object.entries(hostile)) {
  Deno.test(`readNpy answers ${name} at once`, async () => {
    const start = performance.now();
    await assertThrows(() => parseHeader(header), TypeError);
    await assertThrows(() => readNpy(file(header.slice(0, 65_000), new Uint8Array(8), 2)), TypeError);
    await assertThrows(() => readNpy(file(header, new Uint8Array(8), 2)), TypeError);
    assert(performance.now() - start < 1000);
  });
}

Deno.test("readNpy answers 3000 mutated files with an array or an error of its own", () => {
  let state = 1;
  const random = (below: number) => (state = Math.imul(state, 1664525) + 1013904223 >>> 0) % below;
  const files = npy.cases.map(({ file }) => bytesOf(file));
  let read = 0;
  for (let k = 0; k < 3000; k++) {
    const bytes = files[random(files.length)].slice();
    for (let edits = 1 + random(3); edits > 0; edits--) bytes[6 + random(bytes.length - 6)] = random(256);
    try {
      const a = readNpy(random(4) ? bytes : bytes.subarray(0, random(bytes.length)));
      assertEquals(a.data.length, a.shape.reduce((x, y) => x * y, 1));
      read++;
    } catch (error) {
      assert(/^Cannot (read a \.npy file|make an array) as /.test((error as Error).message), String(error));
    }
  }
  assert(read > 100 && read < 2900, `${read} were read`);
});

Deno.test("arrays whose memory is gone are refused by name", async () => {
  const gone = array([1, 2, 3]);
  const { data } = gone;
  const bytes = FLOAT64.slice();
  structuredClone([data, bytes], { transfer: [data.buffer as ArrayBuffer, bytes.buffer] });
  const detached = (name: string) =>
    `Cannot read ${name} as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())`;
  await assertThrows(() => writeNpy(gone), TypeError, detached("a"));
  await assertThrows(() => readNpy(bytes), TypeError, detached("bytes"));
  const disposed = array([1, 2]);
  disposed[Symbol.dispose]();
  await assertThrows(
    () => writeNpy(disposed),
    TypeError,
    "Cannot read a as it must have all its entries: current value was disposed of",
  );
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
    "Cannot read a .npy file as its i8 entries must be at most 2^53 - 1 in size: current value is 9007199254740993, " +
      "save it as float64 if rounding does no harm",
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
    "Cannot read a .npy file as the dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: current value is '<c16'",
  ],
  [
    "Python objects",
    file(vector("|O", 1), new Uint8Array(16)),
    "Cannot read a .npy file as the dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: current value is '|O'",
  ],
  [
    "records",
    file(
      "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(8),
    ),
    "Cannot read a .npy file as the dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: " +
    "current value is [('a', '<f4'), ('b', '<i4')]",
  ],
  [
    "a header without a shape",
    file("{'descr': '<f8', 'fortran_order': False}", new Uint8Array(8)),
    "Cannot read a .npy file as the header must be a dictionary with descr, fortran_order and shape: " +
    `current value is "{'descr': '<f8', 'fortran_order': False}"`,
  ],
  [
    "a header with more than three entries",
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", new Uint8Array(8)),
    "Cannot read a .npy file as the header must be a dictionary with descr, fortran_order and shape: " +
    `current value is "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}"`,
  ],
  [
    "lengths that are no integers",
    file("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 1.0)}", new Uint8Array(8)),
    "Cannot read a .npy file as the header must be a dictionary with descr, fortran_order and shape: " +
    `current value is "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 1.0)}"`,
  ],
  [
    "more axes than NumPy has",
    file(
      `{'descr': '<f8', 'fortran_order': False, 'shape': (${"1, ".repeat(65)}), }`,
      new Uint8Array(8),
    ),
    "Cannot read a .npy file as the number of axes must be at most 64: current value is 65",
  ],
  [
    "a header beyond all that arrays of numbers have",
    file(vector("<f8", 1).padEnd(70_000), new Uint8Array(8), 2),
    "Cannot read a .npy file as the length of the header must be at most 65535: current value is 70001",
  ],
  [
    "more entries than there are bytes",
    file(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (4503599627370496, 4503599627370496)}",
      new Uint8Array(8),
    ),
    "Cannot read a .npy file as the number of bytes must be 1.6225927682921336e+32, as its header says: current value is 106",
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
