/** The dtypes of .npy files: how an entry is read, and which of our types holds it. */
import type { DType } from "../array/dtype.ts";

/** How entries of a dtype are read. */
export interface Format {
  /** Bytes an entry */
  readonly width: number;
  /** Our type, which holds every value that is read */
  readonly dtype: DType;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const format = (width: number, dtype: DType, read: Format["read"]): Format => ({ width, dtype, read });

/** By NumPy's name without the byte order. */
const formats: Readonly<Record<string, Format>> = {
  b1: format(1, "float64", (view, offset) => Number(view.getUint8(offset) !== 0)),
  i1: format(1, "float64", (view, offset) => view.getInt8(offset)),
  i2: format(2, "float64", (view, offset, little) => view.getInt16(offset, little)),
  i4: format(4, "float64", (view, offset, little) => view.getInt32(offset, little)),
  i8: format(8, "float64", (view, offset, little) => {
    return wide("i8", view.getInt32(offset + (little ? 4 : 0), little), view, offset, little);
  }),
  u1: format(1, "float64", (view, offset) => view.getUint8(offset)),
  u2: format(2, "float64", (view, offset, little) => view.getUint16(offset, little)),
  u4: format(4, "float64", (view, offset, little) => view.getUint32(offset, little)),
  u8: format(8, "float64", (view, offset, little) => {
    return wide("u8", view.getUint32(offset + (little ? 4 : 0), little), view, offset, little);
  }),
  f2: format(2, "float32", (view, offset, little) => half(view.getUint16(offset, little))),
  f4: format(4, "float32", (view, offset, little) => view.getFloat32(offset, little)),
  f8: format(8, "float64", (view, offset, little) => view.getFloat64(offset, little)),
};

/** The names that `formatOf` knows. */
export const dtypeNames: readonly string[] = Object.keys(formats);

/** The format of a dtype in quotes, such as `'<f8'`, and its byte order; undefined for any other text. */
export function formatOf(descr: string): (Format & { readonly littleEndian: boolean }) | undefined {
  const [, order, kind] = /^['"]([<>|=]?)(\w+)['"]$/.exec(descr) ?? [];
  if (kind === undefined || !Object.hasOwn(formats, kind)) return undefined;
  // "=" is the order of the machine that wrote the file; all that NumPy runs on today are little-endian.
  return { ...formats[kind], littleEndian: order !== ">" };
}

/** high·2³² + low, where float64 holds it. */
function wide(name: string, high: number, view: DataView, offset: number, little: boolean): number {
  const value = high * 2 ** 32 + view.getUint32(offset + (little ? 0 : 4), little);
  if (Number.isSafeInteger(value)) return value;
  const exact = name === "i8" ? view.getBigInt64(offset, little) : view.getBigUint64(offset, little);
  throw new RangeError(
    `Cannot read a .npy file as its ${name} entries must be at most 2^53 - 1 in size: current value is ${exact}, ` +
      "save it as float64 if rounding does no harm",
  );
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 bits of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}
