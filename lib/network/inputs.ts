/** What a kernel is computed from: two batches of inputs, or a kernel computed before. */
import { type ArrayInput, assertFinite, type DType, NdArray, takeRows, toArray } from "../array/mod.ts";
import { show } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { type Axes, canonical, locate } from "./axes.ts";
import { type Batch, type BatchRows, rowsOf } from "./examples.ts";
import { continued } from "./from_kernel.ts";
import { isKernel, type Kernel } from "./kernel.ts";
import { heldIn, isConstant, type Mask, maskOf } from "./mask.ts";
import type { RowFacts } from "./kernel_expr.ts";
import { patternsOf } from "./patterns.ts";
import { mapped, type Steps } from "../steps.ts";
import { indices, type InputOptions, type Prepared, rounded } from "./prepared.ts";

/** The inputs of `kernelFn`, checked; batches are rounded to `dtype`. In steps: each looks at all entries once at most. */
export function* prepare(
  x1: ArrayInput | Kernel,
  x2: ArrayInput | null,
  { dtype, axes, pattern, maskConstant }: InputOptions,
): Steps<Prepared> {
  if (isKernel(x1)) return yield* continued(x1, x2, { dtype, pattern, maskConstant });
  const first = batch(x1, "x1");
  const second = x2 === null ? null : batch(x2, "x2");
  const requireFinite = () => {
    for (const [x, name] of [[first, "x1"], [second, "x2"]] as const) {
      if (x) assertFinite(maskConstant === null ? x : withoutConstant(x, maskConstant), name);
    }
  };
  const isLeft = first.shape.length === 2 && maskConstant === null;
  if (!isLeft) requireFinite();
  yield;
  const located = locate("a network", axes, first.shape.length);
  requireSameShape(first, second, located);
  const both = [first, ...(second ? [second] : [])];
  const parts = yield* mapped(both, (x) => canonical("a network", axes, x).x);
  const patterns = patternsOf(pattern, parts.map(({ shape }) => shape[0]));
  const sameRows = second && isCopy(first, second) && patterns[1] === patterns[0];
  const own = sameRows ? [parts[0]] : parts;
  const masks: Mask[][] = [];
  if (maskConstant !== null) { for (const x of own) masks.push(yield* masksOf(x, maskConstant)); }
  const clean = maskConstant === null ? own : yield* mapped(own, (x) => withoutConstant(x, maskConstant));
  return yield* batches(clean, {
    dtype,
    axes: located,
    patterns,
    masks,
    requireFinite: isLeft ? requireFinite : undefined,
  });
}

/** The inputs whose rows are those of `batch`. */
export function* gathered(input: Prepared, batch: Batch, dtype: DType): Steps<Prepared> {
  if (batch.kind === "all") return input;
  if (!input.array1) {
    throw new UnsupportedError(
      "Cannot continue a kernel as the network must keep the batch: current value has Index or FanInConcat on its axis, " +
        "compute the kernel of both networks in one",
    );
  }
  input.requireFinite?.();
  const parts = [input.array1, ...(input.array2 ? [input.array2] : [])];
  const rows = parts.map(({ shape: [count] }) => rowsOf(batch, count));
  const { patterns, masks } = input.facts;
  const taken = parts.map((x, k) => takeRows(x, rows[k].sources));
  const starts = [0, parts[0].shape[0]];
  const takenFrom = <T>(values: readonly T[]) =>
    values.length === 0 ? [] : rows.map(({ sources }, k) => sources.map((i) => values[starts[k] + i]));
  return yield* batches(taken, {
    dtype,
    axes: input,
    patterns: takenFrom(patterns),
    masks: takenFrom(masks),
    labels: joinedLabels(rows),
  });
}

/** The inputs x1 (or x2) alone, after their kernel with each other: that has checked them. */
export function alone(input: Prepared, second: boolean, dtype: DType): Steps<Prepared> {
  const { n1, n2, array1, array2, facts } = input;
  const x = second ? array2! : array1!;
  const own = <T>(values: readonly T[]) => {
    if (values.length === 0) return [];
    return [second ? values.slice(n1, n1 + n2) : values.slice(0, n1)];
  };
  return batches([x], { dtype, axes: input, patterns: own(facts.patterns), masks: own(facts.masks) });
}

function joinedLabels(rows: readonly BatchRows[]): RowFacts["labels"] {
  const names = Object.keys(rows[0].labels);
  return Object.fromEntries(names.map((name) => [name, rows.flatMap(({ labels }) => labels[name])]));
}

/** A copy of x1 is x1 itself, as in the Python library: `Dropout` has the same noise for both. */
function isCopy(x1: NdArray, x2: NdArray): boolean {
  if (String(x1.shape) !== String(x2.shape)) return false;
  for (let i = 0; i < x1.data.length; i++) {
    if (x1.data[i] !== x2.data[i] && !Object.is(x1.data[i], x2.data[i])) return false;
  }
  return true;
}

function masksOf({ data, shape: [count, ...rest] }: NdArray, constant: number): Steps<Mask[]> {
  const step = data.length / count;
  const [positions, channels] = [rest.slice(0, -1), rest[rest.length - 1]];
  return mapped(
    Array.from({ length: count }, (_, i) => data.subarray(i * step, (i + 1) * step)),
    (example) => maskOf(example, positions, channels, constant),
  );
}

function withoutConstant({ data, shape }: NdArray, constant: number): NdArray {
  const held = heldIn(data, constant);
  const clean = data.slice();
  for (let k = 0; k < clean.length; k++) if (isConstant(clean[k], held)) clean[k] = 0;
  return new NdArray(clean, shape);
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
  return a;
}

/** What `batches` needs besides arrays. */
interface BatchFacts {
  readonly dtype: DType;
  readonly axes: Axes;
  /** For each of the batches the patterns of its rows, or none */
  readonly patterns: readonly RowFacts["patterns"][];
  /** For each of the batches the masks of its rows, or none */
  readonly masks: readonly RowFacts["masks"][];
  readonly labels?: RowFacts["labels"];
  readonly requireFinite?: Prepared["requireFinite"];
}

/** One batch, or two, with examples first and features last. */
function* batches(
  parts: readonly NdArray[],
  { dtype, axes, patterns, masks, labels = {}, requireFinite }: BatchFacts,
): Steps<Prepared> {
  const [x1, x2 = null] = parts;
  const depth = x1.shape[x1.shape.length - 1];
  const rounding = yield* mapped(parts, (x) => rounded(x, dtype));
  const counts = parts.map(({ shape: [count] }) => count);
  const count = counts.reduce((a, b) => a + b);
  const symmetric = x2 === null;
  return {
    source: { kind: "gram", x1: rounding[0], x2: rounding[symmetric ? 0 : 1], depth },
    n1: counts[0],
    n2: counts[symmetric ? 0 : 1],
    symmetric,
    width: depth,
    positions: x1.shape.slice(1, -1),
    batchAxis: axes.batchAxis,
    channelAxis: axes.channelAxis,
    kernel: null,
    array1: x1,
    array2: x2,
    rowVariables: { index: { values: indices(count), positions: 1 } },
    requireFinite,
    facts: { count, labels, patterns: patterns.slice(0, parts.length).flat(), masks: masks.flat() },
  };
}

function requireSameShape(x1: NdArray, x2: NdArray | null, { batchAxis }: Axes): void {
  const [first, second] = [x1, x2 ?? x1].map(({ shape }) => shape.toSpliced(batchAxis, 1));
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
