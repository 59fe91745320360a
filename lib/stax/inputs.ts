/** What a kernel is computed from: two batches of vectors, or a kernel computed before. */
import { type ArrayInput, assertFinite, type DType, NdArray, toArray } from "../array.ts";
import { show } from "../array/dtype.ts";
import { dot } from "../backends/gram_tile.ts";
import type { Given, Gram, Values } from "../backends/backend.ts";
import { rowClasses, type RowInputs } from "../rows.ts";
import { isKernel, type Kernel } from "./kernel.ts";

/** Checked inputs in the wanted precision. */
export interface Prepared {
  readonly source: Gram | Given;
  readonly n1: number;
  readonly n2: number;
  readonly symmetric: boolean;
  /** Features of the inputs (or of the outputs that are continued) */
  readonly width: number;
  /** Axis lengths between batch and features; none for vectors */
  readonly positions: readonly number[];
  /** The kernel that is continued, or null */
  readonly kernel: Kernel | null;
  /** The inputs, or null when a kernel is continued */
  readonly array1: NdArray | null;
  readonly array2: NdArray | null;
  /** Row variables: the rows of x1, then those of x2 unless symmetric */
  readonly rows: RowInputs;
}

/** The inputs of `kernelFn`, checked; batches are rounded to `dtype`. */
export function prepare(x1: ArrayInput | Kernel, x2: ArrayInput | null, dtype: DType): Prepared {
  if (isKernel(x1)) return continued(x1, x2, dtype);
  const first = batch(x1, "x1");
  const second = x2 === null ? null : batch(x2, "x2");
  return batches(first, second && isCopy(first, second) ? null : second, dtype);
}

/** A copy of x1 is x1 itself, as in the Python library: `Dropout` has the same noise for both. */
function isCopy(x1: NdArray, x2: NdArray): boolean {
  return String(x1.shape) === String(x2.shape) && x1.data.every((value, i) => value === x2.data[i]);
}

function batch(x: ArrayInput, name: string): NdArray {
  if (x === undefined || x === null) {
    throw new TypeError(`Cannot compute a kernel as ${name} must be an array: current value is ${show(x)}`);
  }
  const a = toArray(x, name);
  if (a.shape.length < 2) {
    throw new TypeError(
      `Cannot compute a kernel as ${name} must have shape (batch, features) or (batch, …positions, features): ` +
        `current value is [${a.shape.join(", ")}]${
          a.shape.length === 1 ? ", write [x] for a batch of one" : ""
        }`,
    );
  }
  assertFinite(a, name);
  return a;
}

function batches(x1: NdArray, x2: NdArray | null, dtype: DType): Prepared {
  const positions = x1.shape.slice(1, -1);
  const depth = x1.shape[x1.shape.length - 1];
  requireSameShape(x1, x2);
  const rows1 = rounded(x1, dtype);
  const rows2 = x2 ? rounded(x2, dtype) : rows1;
  const parts = x2 ? [rows1, rows2] : [rows1];
  const counts = [x1, ...(x2 ? [x2] : [])].map(({ shape: [count] }) => count);
  return {
    source: { kind: "gram", x1: rows1, x2: rows2, depth },
    n1: x1.shape[0],
    n2: (x2 ?? x1).shape[0],
    symmetric: x2 === null,
    width: depth,
    positions,
    kernel: null,
    array1: x1,
    array2: x2,
    rows: {
      var: () => joined(parts.map((part) => variances(part, depth))),
      id: () => rowClasses(parts.map((data) => ({ data, depth }))),
      index: () => indices(counts),
    },
  };
}

function requireSameShape(x1: NdArray, x2: NdArray | null): void {
  const [first, second] = [x1, x2 ?? x1].map(({ shape }) => shape.slice(1));
  if (String(first) === String(second)) return;
  if (first.length === 1 && second.length === 1) {
    throw new TypeError(
      `Cannot compute a kernel as x2 must have as many features as x1, ${first}: current value is ${second}`,
    );
  }
  throw new TypeError(
    `Cannot compute a kernel as inputs must have equal shapes: ` +
      `current value is [${first.join(", ")}] in x1 and [${second.join(", ")}] in x2`,
  );
}

function continued(kernel: Kernel, x2: ArrayInput | null, dtype: DType): Prepared {
  if (x2 !== null) {
    throw new TypeError("Cannot continue a kernel as x2 must be null: current value is an array");
  }
  if (!kernel.diagonalBatch) {
    throw new TypeError(
      "Cannot continue a kernel as diagonalBatch must be true: current value is false, compute it without that option",
    );
  }
  const { nngp, ntk, cov1, cov2 } = kernel;
  const symmetric = kernel.x1IsX2;
  const [n1, n2] = nngp.shape;
  return {
    source: { kind: "given", cov: rounded(nngp, dtype), ntk: ntk && rounded(ntk, dtype) },
    n1,
    n2,
    symmetric,
    width: kernel.shape1[1],
    positions: [],
    kernel,
    array1: null,
    array2: null,
    rows: {
      var: () =>
        joined([cov1, cov2].filter((cov) => cov !== null).map(({ data }) => Float64Array.from(data))),
      index: () => indices(symmetric ? [n1] : [n1, n2]),
    },
  };
}

function rounded({ data }: NdArray, dtype: DType): Values {
  if (dtype === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** ⟨x, x⟩ / depth of each row, summed as the Gram matrix is. */
function variances(data: Values, depth: number): Float64Array {
  return Float64Array.from(
    { length: data.length / depth },
    (_, i) => dot(data, i * depth, data, i * depth, depth) / depth,
  );
}

const indices = (counts: readonly number[]) =>
  joined(counts.map((count) => Float64Array.from({ length: count }, (_, i) => i)));

function joined(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
