/** Views with strides, as other libraries have them, in; arrays in row-major order out. */
import { allocate, show, sizeOf } from "./dtype.ts";
import { NdArray } from "./nd_array.ts";
import { wrongType } from "../options.ts";

/** Entries (i, j, …) are data[offset + i·stride[0] + j·stride[1] + …]. */
export interface View {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  /** Default: row-major */
  readonly stride?: readonly number[];
  /** Default 0 */
  readonly offset?: number;
}

/** Strides of a shape whose last index runs fastest. */
function rowMajor(shape: readonly number[]): number[] {
  return columnMajor(shape.toReversed()).reverse();
}

/** Strides of a shape whose first index runs fastest. */
export function columnMajor(shape: readonly number[]): number[] {
  let next = 1;
  return shape.map((length) => (next *= length) / length);
}

/**
 * The entries of a view in row-major order: its own data where they are in that order already, else a copy. Float32 stays
 * float32, all else becomes float64.
 *
 * @throws {TypeError} if data, stride or offset are none, an entry that the view reads is no number, or it leaves its data.
 */
export function readView({ data, shape, offset = 0, ...o }: View, name: string): NdArray {
  requireList(data, name);
  const size = sizeOf(shape);
  const { stride = rowMajor(shape) } = o;
  requireSteps(shape, stride, offset, name);
  requireInside({ data, shape, stride, offset }, name);
  const isFloat = data instanceof Float64Array || data instanceof Float32Array;
  if (isFloat && data.length === size && isRowMajor(shape, stride)) return new NdArray(data, shape);
  const out = allocate(size, data instanceof Float32Array ? "float32" : "float64");
  let next = 0;
  eachPlace(shape, stride, offset, (at) => {
    const value = data[at];
    if (!isFloat && typeof value !== "number") {
      throw wrongType(`read ${name}`, `${name}.data[${at}]`, "a number", value);
    }
    out[next++] = value;
  });
  return new NdArray(out, shape);
}

/** Calls `visit` with the place of every entry, the last index first. */
function eachPlace(
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
  visit: (at: number) => void,
): void {
  // Axes of length 1 take no step, and their strides may be anything.
  const axes = shape.keys().toArray().filter((axis) => shape[axis] > 1).reverse();
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  let at = offset;
  for (let k = 0; k < size; k++) {
    visit(at);
    for (const axis of axes) {
      at += stride[axis];
      if (++index[axis] < shape[axis]) break;
      at -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  const expected = rowMajor(shape);
  return shape.every((length, axis) => length === 1 || stride[axis] === expected[axis]);
}

function requireList(data: unknown, name: string): void {
  if (Array.isArray(data) || ArrayBuffer.isView(data) && !(data instanceof DataView)) return;
  throw wrongType(`read ${name}`, `${name}.data`, "a list of numbers", data);
}

function requireSteps(shape: readonly number[], stride: unknown, offset: unknown, name: string): void {
  if (!Array.isArray(stride) || stride.length !== shape.length || !stride.every(Number.isSafeInteger)) {
    throw new TypeError(
      `Cannot read ${name} as ${name}.stride must be a list of ${shape.length} integers, one an axis: current value is ${
        Array.isArray(stride) ? `[${stride.slice(0, 8).map(show).join(", ")}]` : show(stride)
      }`,
    );
  }
  if (Number.isSafeInteger(offset) && offset as number >= 0) return;
  throw wrongType(`read ${name}`, `${name}.offset`, "a non-negative integer", offset);
}

function requireInside({ data, shape, stride, offset }: Required<View>, name: string): void {
  const steps = shape.map((length, axis) => (length - 1) * stride[axis]);
  const lowest = steps.reduce((sum, step) => sum + Math.min(step, 0), offset);
  const highest = steps.reduce((sum, step) => sum + Math.max(step, 0), offset);
  if (lowest >= 0 && highest < data.length) return;
  throw new TypeError(
    `Cannot read ${name} as its stride and offset must stay within the ${data.length} entries of ${name}.data: ` +
      `current value reaches entry ${lowest < 0 ? lowest : highest}`,
  );
}
