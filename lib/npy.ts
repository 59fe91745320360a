/** NumPy's .npy files, read and written without NumPy (format: numpy.lib.format, versions 1.0 to 3.0). */
import { show, sizeOf } from "./array/dtype.ts";
import { NdArray } from "./array.ts";

/** How every .npy file begins: byte 93 hexadecimal, then "NUMPY". */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

type Reader = (view: DataView, offset: number, littleEndian: boolean) => number;

/** One row a dtype that can be read: bytes an entry, and how one entry is read. */
const DTYPES: Record<string, { width: number; read: Reader }> = {
  f4: { width: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { width: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
  i4: { width: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  i8: { width: 8, read: readInt64 },
  u1: { width: 1, read: (view, offset) => view.getUint8(offset) },
};

/**
 * The array in the bytes of a .npy file, in row-major order whatever the order in the file.
 *
 * Reads the dtypes f4, f8, i4, i8 and u1 in either byte order; f4 stays float32, integers become float64.
 *
 * @throws {TypeError} if the bytes are no .npy file, are cut off or too many, or hold another dtype.
 * @throws {RangeError} for an empty array, and for an i8 entry beyond ±(2⁵³ − 1), which float64 does not hold
 * exactly.
 *
 * @example There and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./array.ts";
 * import { readNpy, writeNpy } from "./npy.ts";
 *
 * const a = readNpy(writeNpy(array([[1, 2], [3, 4]])));
 * assert.deepEqual(a.toNested(), [[1, 2], [3, 4]]);
 * ```
 */
export function readNpy(bytes: Uint8Array): NdArray {
  if (!(bytes instanceof Uint8Array)) refuse("its content", "a Uint8Array", show(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { text, end } = readHeader(bytes, view);
  const { order, kind, fortranOrder, shape } = parseHeader(text);
  const { width, read } = DTYPES[kind];
  const size = sizeOf(shape);
  const length = end + size * width;
  if (bytes.length !== length) {
    refuse("the number of bytes", `${length}, as its header says`, `${bytes.length}`);
  }
  const data = kind === "f4" ? new Float32Array(size) : new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = read(view, end + i * width, order !== ">");
  return new NdArray(fortranOrder ? fromColumnMajor(data, shape) : data, shape);
}

/**
 * The bytes of a .npy file (format 1.0, little-endian, row-major) that holds an array as f4 or f8, as
 * `numpy.save` writes it.
 *
 * @throws {TypeError} if `a` is not an `NdArray`.
 *
 * @example The file begins with the magic string
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./array.ts";
 * import { writeNpy } from "./npy.ts";
 *
 * const bytes = writeNpy(array([1, 2, 3]));
 * assert.equal(String.fromCharCode(...bytes.subarray(1, 6)), "NUMPY");
 * assert.equal(bytes.length, 128 + 3 * 8);
 * ```
 */
export function writeNpy(a: NdArray): Uint8Array<ArrayBuffer> {
  if (!(a instanceof NdArray)) {
    throw new TypeError(
      `Cannot write a .npy file as its content must be an NdArray: current value is ${show(a)}`,
    );
  }
  const width = a.dtype === "float32" ? 4 : 8;
  const shape = a.shape.length === 1 ? `${a.shape[0]},` : a.shape.join(", ");
  const header = `{'descr': '<f${width}', 'fortran_order': False, 'shape': (${shape}), }`;
  // Readers map the entries straight from the file, so they start at a multiple of 64 bytes.
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + a.size * width);
  bytes.set([...MAGIC, 1, 0]);
  bytes.set(new TextEncoder().encode(header.padEnd(start - 11) + "\n"), 10);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, start - 10, true);
  for (let i = 0; i < a.size; i++) {
    if (width === 4) view.setFloat32(start + i * width, a.data[i], true);
    else view.setFloat64(start + i * width, a.data[i], true);
  }
  return bytes;
}

/** The text of the header and where the entries begin. */
function readHeader(bytes: Uint8Array, view: DataView): { text: string; end: number } {
  const first = [...bytes.subarray(0, MAGIC.length)];
  if (first.join() !== MAGIC.join()) refuse("its first 6 bytes", `${MAGIC}`, first.join() || "nothing");
  const atLeast = (length: number) => {
    if (bytes.length < length) refuse("the number of bytes", `at least ${length}`, `${bytes.length}`);
  };
  atLeast(12);
  const version = bytes[6];
  if (version < 1 || version > 3) refuse("the format version", "1, 2 or 3", `${version}`);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  atLeast(end);
  return { text: new TextDecoder().decode(bytes.subarray(start, end)), end };
}

/** What the header's Python dictionary says. */
function parseHeader(text: string) {
  const field = (key: string, value: string) =>
    text.match(new RegExp(`['"]${key}['"]\\s*:\\s*${value}`))?.[1];
  const descr = field("descr", `(\\[[^]*\\]|['"][^'"]*['"])`);
  const [, order, kind] = descr?.match(/^['"]([<>|=]?)([a-z]\d+)['"]$/) ?? [];
  if (!(kind in DTYPES)) refuse("the dtype", `one of ${Object.keys(DTYPES).join(", ")}`, descr ?? "missing");
  const fortran = field("fortran_order", "(True|False)");
  const axes = field("shape", "\\(([\\d\\s,]*)\\)");
  if (fortran === undefined || axes === undefined) {
    refuse("the header", "a dictionary with descr, fortran_order and shape", show(text.trim()));
  }
  const shape = axes.split(",").filter((axis) => axis.trim() !== "").map(Number);
  return { order, kind, fortranOrder: fortran === "True", shape };
}

/** Row-major entries of a shape from column-major ones, whose first index runs fastest. */
function fromColumnMajor<D extends Float64Array | Float32Array>(data: D, shape: readonly number[]): D {
  const result = data.slice() as D;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  let next = 0;
  const copy = (axis: number, from: number): void => {
    if (axis === shape.length) result[next++] = data[from];
    else for (let i = 0; i < shape[axis]; i++) copy(axis + 1, from + i * strides[axis]);
  };
  copy(0, 0);
  return result;
}

function readInt64(view: DataView, offset: number, littleEndian: boolean): number {
  const value = view.getBigInt64(offset, littleEndian);
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(
    `Cannot read a .npy file as its i8 entries must be at most 2^53 - 1 in size: current value is ${value}`,
  );
}

function refuse(what: string, wanted: string, is: string): never {
  throw new TypeError(`Cannot read a .npy file as ${what} must be ${wanted}: current value is ${is}`);
}
