/**
 * A kernel that was computed before, as the input of another network. In: the kernel, which is plain data that a program may have
 * changed or put together by itself, while the backends read memory as its members say. Out: checked, what a kernel is computed from.
 */
import { rowCount } from "../pairs.ts";
import { type ArrayInput, assertFinite, type DType, NdArray, show, type Values } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { atPositions } from "./axes.ts";
import { indices, type InputOptions, type Prepared, rounded } from "./prepared.ts";
import type { Kernel } from "./kernel.ts";
import { patternsOf } from "./patterns.ts";
import { separated } from "./position_order.ts";
import type { Steps } from "../steps.ts";
import { isWhole } from "../array/memory.ts";

/** The inputs of a network that continues `kernel`. */
export function* continued(
  kernel: Kernel,
  x2: ArrayInput | null,
  { dtype, pattern, maskConstant }: Pick<InputOptions, "dtype" | "pattern" | "maskConstant">,
): Steps<Prepared> {
  if (maskConstant !== null) {
    throw new UnsupportedError(
      `Cannot continue a kernel as maskConstant must be null: current value is ${maskConstant}, ` +
        "compute the kernel of both networks in one",
    );
  }
  if (x2 !== null) {
    throw new TypeError("Cannot continue a kernel as x2 must be null: current value is an array");
  }
  if (!kernel.diagonalBatch) {
    throw new TypeError(
      "Cannot continue a kernel as diagonalBatch must be true: current value is false, compute it without that option",
    );
  }
  yield* requireKernel(kernel);
  const { nngp, shape1, batchAxis, channelAxis } = kernel;
  const symmetric = kernel.x1IsX2;
  const [n1, n2] = nngp.shape;
  const counts = symmetric ? [n1] : [n1, n2];
  const count = rowCount({ n1, n2, symmetric });
  const positions = positionsOf(kernel);
  return {
    source: yield* given(kernel, positions, dtype),
    n1,
    n2,
    symmetric,
    width: shape1[channelAxis],
    positions,
    batchAxis,
    channelAxis,
    kernel,
    array1: null,
    array2: null,
    rowVariables: { index: { values: indices(count), positions: 1 } },
    facts: {
      count,
      labels: {},
      masks: [],
      patterns: patternsOf(pattern, counts).flat(),
    },
  };
}

const covariances = ({ x1IsX2, cov1, cov2 }: Kernel) => x1IsX2 ? [cov1] : [cov1, cov2!];

/** The numbers of arrays one after the other. */
function joined(parts: readonly NdArray[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { size }) => sum + size, 0));
  parts.forEach(({ data }, k) => all.set(data, k && parts[0].size));
  return all;
}

/** The covariances in the precision, over (P, Q) or P; of vectors, one a pair. */
function* given(
  kernel: Kernel,
  positions: readonly number[],
  dtype: DType,
): Steps<Prepared["source"]> {
  const { nngp, ntk } = kernel;
  const isDiagonal = kernel.diagonalSpatial || positions.length === 0;
  const values = function* (a: NdArray): Steps<Values> {
    const inPrecision = rounded(a, dtype);
    return isDiagonal ? inPrecision : yield* separated(inPrecision, positions);
  };
  const own = joined(covariances(kernel));
  return {
    kind: "given",
    layout: isDiagonal ? "diagonal" : "full",
    cov: yield* values(nngp),
    ntk: ntk && (yield* values(ntk)),
    own: yield* values(new NdArray(own, [own.length])),
  };
}

const wrong = (name: string, must: string, is: string) =>
  new TypeError(`Cannot continue a kernel as ${name} must ${must}: current value is ${is}`);

/** Entries whose bounds are checked in a step, a few milliseconds. */
const STEP_ENTRIES = 2 ** 20;

/** Refuses a kernel whose members do not fit each other, in steps. */
export function* requireKernel(kernel: Kernel): Steps<void> {
  const [n1, n2] = requireMembers(kernel);
  const { x1IsX2, diagonalSpatial, nngp, ntk, cov1, cov2 } = kernel;
  const lengths = positionsOf(kernel);
  const positions = diagonalSpatial ? lengths : lengths.flatMap((length) => [length, length]);
  requireArray("nngp", nngp, [n1, n2, ...positions]);
  yield;
  if (ntk !== null) requireArray("ntk", ntk, [n1, n2, ...positions]);
  yield;
  requireArray("cov1", cov1, [n1, ...positions]);
  if (cov2 !== null) requireArray("cov2", cov2, [n2, ...positions]);
  if (cov2 === null && !x1IsX2) throw wrong("cov2", "be an array where x2 is not x1", "null");
  if (x1IsX2 && n1 !== n2) throw wrong("x1IsX2", `be false for ${n1} and ${n2} examples`, "true");
  yield* requireBounded(nngp, cov1, cov2 ?? cov1);
}

/** The numbers of examples, if all members that are no arrays are what they should be. */
function requireMembers(kernel: Kernel): readonly [number, number] {
  for (const name of ["x1IsX2", "isGaussian", "isInput", "diagonalBatch", "diagonalSpatial"] as const) {
    if (typeof kernel[name] !== "boolean") throw wrong(name, "be true or false", show(kernel[name]));
  }
  for (const name of ["shape1", "shape2"] as const) {
    if (!isShape(kernel[name])) throw wrong(name, "be a list of positive integers", show(kernel[name]));
  }
  const { shape1, shape2, batchAxis, channelAxis } = kernel;
  for (const name of ["batchAxis", "channelAxis"] as const) {
    const axis = kernel[name];
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape1.length) {
      throw wrong(name, `be one of the ${shape1.length} axes of shape1`, show(axis));
    }
  }
  if (batchAxis === channelAxis) throw wrong("channelAxis", "not be batchAxis", String(channelAxis));
  const others = (shape: readonly number[]) => String(shape.toSpliced(batchAxis, 1));
  if (others(shape1) !== others(shape2)) {
    throw wrong(
      "shape2",
      `be [${shape1.join(", ")}] but for the examples, as shape1 is`,
      `[${shape2.join(", ")}]`,
    );
  }
  return [shape1[batchAxis], shape2[batchAxis]];
}

const isShape = (value: unknown) =>
  Array.isArray(value) && value.length >= 2 &&
  value.every((length) => Number.isSafeInteger(length) && length > 0);

/** The lengths of the axes of a kernel's outputs that are neither examples nor features. */
const positionsOf = (kernel: Kernel): readonly number[] => atPositions(kernel.shape1, kernel);

function requireArray(name: string, a: unknown, shape: readonly number[]): void {
  if (!(a instanceof NdArray)) throw wrong(name, "be an array", show(a));
  if (!isWhole(a)) {
    throw new TypeError(
      `Cannot continue a kernel as ${name} must have entries: current value was disposed of`,
    );
  }
  if (String(a.shape) !== String(shape)) {
    throw wrong(
      name,
      `have shape [${shape.join(", ")}], as shape1 and shape2 say`,
      `[${a.shape.join(", ")}]`,
    );
  }
  assertFinite(a, `kernel.${name}`);
}

/** How far rounding may take a covariance beyond its variances, relative to them. */
const SLACK = 1e-3;

/** Refuses covariances that no variances allow: |K_ij| is at most the mean of K_ii and K_jj, each the largest over positions. */
function* requireBounded(nngp: NdArray, cov1: NdArray, cov2: NdArray): Steps<void> {
  const [largest1, largest2] = [cov1, cov2].map(largestOfRows);
  const { data } = nngp;
  const step = data.length / (largest1.length * largest2.length);
  const rows = Math.ceil(STEP_ENTRIES / (step * largest2.length));
  for (let i = 0, start = 0; i < largest1.length; i++) {
    if (i % rows === 0) yield;
    for (let j = 0; j < largest2.length; j++, start += step) {
      const bound = (largest1[i] + largest2[j]) / 2 * (1 + SLACK);
      const bad = firstBeyond(data, start, start + step, bound);
      if (bad < 0) continue;
      throw new RangeError(
        `Cannot continue a kernel as nngp must be at most the mean of two variances, ${bound}, at (${i}, ${j}): ` +
          `current value is ${data[bad]}, cov1 or cov2 belong to another kernel`,
      );
    }
  }
}

/** The index of the first entry beyond a bound, or −1; apart, since engines compile a function that is called often at once. */
function firstBeyond(data: NdArray["data"], start: number, end: number, bound: number): number {
  for (let k = start; k < end; k++) if (!(Math.abs(data[k]) <= bound)) return k;
  return -1;
}

function largestOfRows({ data, shape: [count] }: NdArray): Float64Array {
  const step = data.length / count;
  return Float64Array.from({ length: count }, (_, i) => {
    let largest = 0;
    for (let k = i * step; k < (i + 1) * step; k++) largest = Math.max(largest, data[k]);
    return largest;
  });
}
