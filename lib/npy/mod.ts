/** NumPy's .npy files, read and written without NumPy (format: numpy.lib.format, versions 1.0 to 3.0). */
import { allocate, NdArray, show, sizeOf } from "../array/mod.ts";
import { assertAttached, assertWhole } from "../array/memory.ts";
import { columnMajor, readView } from "../array/strided.ts";
import { dtypeNames, formatOf } from "./dtypes.ts";
import { parseHeader, refusal } from "./header.ts";
import { wrongType } from "../options.ts";

/** How every .npy file begins: byte 93 hexadecimal, then "NUMPY". */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Headers that version 1 can have; those of arrays of numbers have some hundred bytes. */
const LONGEST_HEADER = 65535;

/**
 * The array in the bytes of a .npy file, in row-major order whatever the order in the file.
 *
 * Reads what NumPy writes of bool, int8 to int64, uint8 to uint64 and float16 to float64, in either byte order, also with the
 * headers of Python 2. float16 and float32 become float32, all others float64; false and true are 0 and 1.
 *
 * @throws {TypeError} if the bytes are no .npy file, are cut off or too many, or hold another dtype.
 * @throws {RangeError} for an empty array, and for an integer beyond ±(2⁵³ − 1), which float64 does not hold exactly.
 *
 * @example There and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { readNpy, writeNpy } from "./mod.ts";
 *
 * const a = readNpy(writeNpy(array([[1, 2], [3, 4]])));
 * assert.deepEqual(a.toNested(), [[1, 2], [3, 4]]);
 * ```
 */
export function readNpy(bytes: Uint8Array): NdArray {
  if (!(bytes instanceof Uint8Array)) throw refusal("its content", "a Uint8Array", show(bytes));
  assertAttached(bytes, "bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { text, end } = readHeader(bytes, view);
  const { descr, fortranOrder, shape } = parseHeader(text);
  const format = formatOf(descr);
  if (!format) throw refusal("the dtype", `one of ${dtypeNames.join(", ")}`, descr);
  const { width, dtype, read, littleEndian } = format;
  const size = sizeOf(shape);
  const length = end + size * width;
  if (bytes.length !== length) {
    throw refusal("the number of bytes", `${length}, as its header says`, `${bytes.length}`);
  }
  const data = allocate(size, dtype);
  for (let i = 0; i < size; i++) data[i] = read(view, end + i * width, littleEndian);
  const stride = columnMajor(shape);
  return fortranOrder ? readView({ data, shape, stride }, "a") : new NdArray(data, shape);
}

/**
 * The bytes of a .npy file (format 1.0, little-endian, row-major) that holds an array as f4 or f8, as
 * `numpy.save` writes it.
 *
 * @throws {TypeError} if `a` is not an `NdArray`, or its memory is gone: sent to a worker, or disposed of.
 *
 * @example The file begins with the magic string
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { writeNpy } from "./mod.ts";
 *
 * const bytes = writeNpy(array([1, 2, 3]));
 * assert.equal(String.fromCharCode(...bytes.subarray(1, 6)), "NUMPY");
 * assert.equal(bytes.length, 128 + 3 * 8);
 * ```
 */
export function writeNpy(a: NdArray): Uint8Array<ArrayBuffer> {
  if (!(a instanceof NdArray)) {
    throw wrongType("write a .npy file", "its content", "an NdArray", a);
  }
  assertWhole(a, "a");
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
  if (first.join() !== MAGIC.join()) {
    throw refusal("its first 6 bytes", `${MAGIC}`, first.join() || "nothing");
  }
  const atLeast = (length: number) => {
    if (bytes.length < length) {
      throw refusal("the number of bytes", `at least ${length}`, `${bytes.length}`);
    }
  };
  atLeast(12);
  const version = bytes[6];
  if (version < 1 || version > 3) throw refusal("the format version", "1, 2 or 3", `${version}`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) {
    throw refusal("the length of the header", `at most ${LONGEST_HEADER}`, `${length}`);
  }
  atLeast(start + length);
  return { text: new TextDecoder().decode(bytes.subarray(start, start + length)), end: start + length };
}
