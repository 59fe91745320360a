/** Products of arrays over any axes, as `jax.lax.dot_general`. */
import { countOf, NdArray, showData } from "../array/mod.ts";
import { matmul } from "../linalg/matmul.ts";
import { from0, permuted } from "../network/axes.ts";

/** Axes that are summed over and axes that are kept in step, of the left and of the right factor. */
export type DotDimensionNumbers = readonly [
  contracting: readonly [left: readonly number[], right: readonly number[]],
  batch: readonly [left: readonly number[], right: readonly number[]],
];

/** The axes of a factor by their role. */
export interface Roles {
  readonly contracting: readonly number[];
  readonly batch: readonly number[];
  readonly free: readonly number[];
}

/** The roles of the axes of one factor, 0 for left and 1 for right, that has `rank` of them. */
export function rolesOf([contracting, batch]: DotDimensionNumbers, side: 0 | 1, rank: number): Roles {
  const located = (axes: readonly number[]) => axes.map((axis) => from0(axis, rank));
  const roles = { contracting: located(contracting[side]), batch: located(batch[side]) };
  const used = [...roles.contracting, ...roles.batch];
  if (new Set(used).size < used.length || used.some((axis) => axis < 0 || axis >= rank)) {
    throw new TypeError(
      `Cannot apply DotGeneral as dimensionNumbers must name each of ${rank} axes of the ${
        side ? "right" : "left"
      } ` +
        `factor at most once: current value is ${showData(used)}`,
    );
  }
  return {
    ...roles,
    free: Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !used.includes(axis)),
  };
}

/** The shape of a product: axes in step, free axes on the left, free axes on the right. */
export function dotShape(
  left: readonly number[],
  right: readonly number[],
  numbers: DotDimensionNumbers,
): number[] {
  const [a, b] = [rolesOf(numbers, 0, left.length), rolesOf(numbers, 1, right.length)];
  const lengths = (shape: readonly number[], { batch, contracting }: Roles) =>
    [...batch, ...contracting].map((axis) => shape[axis]);
  if (String(lengths(left, a)) !== String(lengths(right, b))) {
    throw new TypeError(
      "Cannot apply DotGeneral as the axes in dimensionNumbers must have equal lengths: " +
        `current value is [${lengths(left, a)}] on the left and [${lengths(right, b)}] on the right`,
    );
  }
  const of = (shape: readonly number[], axes: readonly number[]) => axes.map((axis) => shape[axis]);
  return [...of(left, a.batch), ...of(left, a.free), ...of(right, b.free)];
}

/** The product of two arrays. */
export function dotGeneral(
  left: NdArray<Float64Array>,
  right: NdArray<Float64Array>,
  numbers: DotDimensionNumbers,
): NdArray<Float64Array> {
  const shape = dotShape(left.shape, right.shape, numbers);
  const a = rolesOf(numbers, 0, left.shape.length);
  const b = rolesOf(numbers, 1, right.shape.length);
  const x = permuted(left, [...a.batch, ...a.free, ...a.contracting]);
  const y = permuted(right, [...b.batch, ...b.contracting, ...b.free]);
  const size = (of: NdArray<Float64Array>, axes: readonly number[]) =>
    countOf(axes.map((axis) => of.shape[axis]));
  const [steps, depth] = [size(left, a.batch), size(left, a.contracting)];
  const [rows, columns] = [size(left, a.free), size(right, b.free)];
  const out = new Float64Array(steps * rows * columns);
  for (let k = 0; k < steps; k++) {
    const part = (of: NdArray<Float64Array>, length: number, other: number) =>
      new NdArray(of.data.subarray(k * length * other, (k + 1) * length * other), [length, other]);
    out.set(matmul(part(x, rows, depth), part(y, depth, columns)).data, k * rows * columns);
  }
  return new NdArray(out, shape);
}
