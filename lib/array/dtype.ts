/** Element types of arrays, and the checks of shapes and sizes that everything making an array shares. */

/** Precision of the numbers in an array. */
export type DType = "float64" | "float32";

/** The typed array that holds numbers of a `DType`. */
export type DataOf<T extends DType> = T extends "float32" ? Float32Array : Float64Array;

/** A number, a list of numbers, a list of lists of equal lengths, and so on. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** The numbers of an array, in its precision. */
export type Values = Float64Array | Float32Array;

/** Bytes of a number. */
export const bytesOf = { float32: 4, float64: 8 } as const;

/** All of `memory` as numbers of a precision. */
export const numbersIn = (memory: ArrayBuffer, dtype: DType) =>
  dtype === "float32" ? new Float32Array(memory) : new Float64Array(memory);

/** A new typed array of `size` zeros; `TypeError` for any other `dtype`, `RangeError` if there is no memory for it. */
export function allocate<T extends DType>(size: number, dtype: T): DataOf<T> {
  assertDType(dtype, "make an array");
  try {
    return (dtype === "float32" ? new Float32Array(size) : new Float64Array(size)) as DataOf<T>;
  } catch {
    const gibibytes = (size * bytesOf[dtype] / 2 ** 30).toPrecision(3);
    throw new RangeError(
      `Cannot make an array of ${size} numbers as there must be memory for it: current value is ${gibibytes} GiB in ${dtype}, ` +
        "compute less at a time, and end networks with positions with Flatten() or GlobalAvgPool()",
    );
  }
}

/** Refuses every `dtype` but the two, in an error that says what was to be done. */
export function assertDType(dtype: DType, action: string): void {
  if (dtype === "float64" || dtype === "float32") return;
  throw new TypeError(
    `Cannot ${action} as dtype must be "float64" or "float32": current value is ${show(dtype)}`,
  );
}

/** How many entries there are of so many along each axis. */
export const countOf = (lengths: readonly number[]): number =>
  lengths.reduce((size, length) => size * length, 1);

/** Number of entries of a shape, 1 for `[]`; refuses axes that are not positive integers. */
export function sizeOf(shape: readonly number[]): number {
  if (!Array.isArray(shape)) {
    throw new TypeError(
      `Cannot make an array as shape must be a list of integers: current value is ${show(shape)}`,
    );
  }
  const bad = shape.findIndex((axis) => !Number.isSafeInteger(axis) || axis < 1);
  if (bad >= 0) {
    throw new RangeError(
      `Cannot make an array as shape[${bad}] must be a positive integer: current value is ${
        show(shape[bad])
      }`,
    );
  }
  return countOf(shape);
}

/** A short text of any value for an error message: strings quoted, lists and objects only described. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `a list of length ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) {
    return `a value of type ${value.constructor?.name ?? "object"}`;
  }
  return String(value);
}

/** Letters of a message that a value may take, and entries of one that is shown as it is. */
const LETTERS = 200;
const ENTRIES = 64;

/** The JSON of data for an error message where it is short, else its description. */
export const showData = (value: unknown): string =>
  entriesOf(value, ENTRIES) < ENTRIES ? cut(JSON.stringify(value) ?? String(value)) : show(value);

/** A number, a name or data for an error message, without quotes. */
export const showPlain = (value: unknown): string =>
  typeof value === "object" && value !== null ? showData(value) : cut(String(value));

const cut = (text: string) => text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text;

/** How many entries a value has at all levels, up to `most`: data may hold the same list very often, or itself. */
function entriesOf(value: unknown, most: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const key in value) {
    if (count >= most) return most;
    count += entriesOf((value as Record<string, unknown>)[key], most - count);
  }
  return count;
}
