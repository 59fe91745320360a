/** Layers without weights as matrices over positions, from what their finite networks do to unit vectors. */
import { NdArray, random, stax } from "../../mod.ts";

/** Where an array has its examples and features, and how long its other axes are. */
export interface Shape {
  readonly batchAxis: number;
  readonly channelAxis: number;
  readonly positions: readonly number[];
}

/** A layer, and the shape of its output. */
export interface Step {
  readonly layer: stax.Network;
  readonly out: Shape;
}

const size = (lengths: readonly number[]) => lengths.reduce((product, length) => product * length, 1);

/** Numbers from 0 to `below` − 1, the same for the same seed. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** The matrix T[P][p] of a network that keeps features, for inputs of one feature; `masked` positions are padding. */
export function matrixOf(
  network: stax.Network,
  input: Shape,
  out: Shape,
  masked: readonly number[] = [],
): number[][] {
  const count = size(input.positions);
  const units = new Float64Array(count * count);
  for (let p = 0; p < count; p++) {
    units[p * count + p] = 1;
    for (const q of masked) units[p * count + q] = NaN;
  }
  const shape = [...input.positions];
  for (const [axis, length] of axesInOrder(input, count)) shape.splice(axis, 0, length);
  const places = placesOf(shape, input);
  const x = new Float64Array(units.length);
  units.forEach((value, k) => x[places[k]] = value);
  const params = network.initFn(random.key(0), shape)[1];
  const options = masked.length > 0 ? { maskConstant: NaN } : {};
  const y = network.applyFn(params, new NdArray(x, shape), options);
  const found = placesOf(y.shape, out);
  const outCount = size(out.positions);
  return Array.from(
    { length: outCount },
    (_, P) => Array.from({ length: count }, (_, p) => y.data[found[p * outCount + P]]),
  );
}

/** Both axes in rising order with their lengths, as they are put among those of positions. */
function axesInOrder({ batchAxis, channelAxis }: Shape, count: number): [number, number][] {
  const axes: [number, number][] = [[batchAxis, count], [channelAxis, 1]];
  return axes.sort(([a], [b]) => a - b);
}

/** For example and position, row-major, the place in an array of this shape with one feature. */
function placesOf(shape: readonly number[], { batchAxis, channelAxis }: Shape): number[] {
  const strides = shape.map((_, axis) => size(shape.slice(axis + 1)));
  const order = [
    batchAxis,
    ...shape.map((_, axis) => axis).filter((a) => a !== batchAxis && a !== channelAxis),
  ];
  return order.reduce<number[]>(
    (starts, axis) =>
      starts.flatMap((start) => Array.from({ length: shape[axis] }, (_, i) => start + i * strides[axis])),
    [0],
  );
}

/** K(P, Q) of a pair of inputs as a matrix over row-major positions. */
export function pairOf(kernel: NdArray, i: number, j: number, positions: readonly number[]): number[][] {
  const count = size(positions);
  const indexOf = (P: number) =>
    positions.map((length, axis) => Math.floor(P / size(positions.slice(axis + 1))) % length);
  return Array.from({ length: count }, (_, P) =>
    Array.from({ length: count }, (_, Q) => {
      const [p, q] = [indexOf(P), indexOf(Q)];
      return kernel.at(i, j, ...p.flatMap((value, axis) => [value, q[axis]]));
    }));
}

/** T₁·K·T₂ᵀ, row by row. */
export function transformed(t1: number[][], k: number[][], t2: number[][]): number[] {
  return t1.flatMap((row) =>
    t2.map((column) =>
      row.reduce((sum, w, p) => sum + w * column.reduce((inner, v, q) => inner + v * k[p][q], 0), 0)
    )
  );
}

const methods = ["nearest", "linear", "cubic", "lanczos3", "lanczos5"] as const;
const paddings = ["SAME", "VALID", "CIRCULAR"] as const;

/** A random layer that moves or sums positions. */
export function randomStep(
  roll: (below: number) => number,
  { batchAxis, channelAxis, positions }: Shape,
): Step {
  const axes = { batchAxis, channelAxis };
  const rank = positions.length + 2;
  const places = Array.from({ length: rank }, (_, axis) => axis).filter((axis) =>
    axis !== batchAxis && axis !== channelAxis
  );
  const at = roll(positions.length);
  const numbers = (count: number) => Array.from({ length: count }, () => roll(9) - 4);
  const moved = (axis: number) => axis - Number(places[at] < axis);
  switch (roll(6)) {
    case 0: {
      const shape = Array.from({ length: rank }, () => -1).with(places[at], 1 + roll(5));
      const layer = stax.ImageResize(shape, { ...axes, method: methods[roll(5)], antialias: roll(2) === 0 });
      return { layer, out: { ...axes, positions: positions.with(at, shape[places[at]]) } };
    }
    case 1: {
      const window = positions.map((length) => 1 + roll(Math.min(3, length)));
      const strides = positions.map(() => 1 + roll(2));
      const padding = paddings[roll(3)];
      const options = { ...axes, strides, padding };
      const layer = roll(2)
        ? stax.AvgPool(window, { ...options, normalizeEdges: roll(2) === 0 })
        : stax.SumPool(window, options);
      const lengths = positions.map((length, i) =>
        padding === "VALID"
          ? Math.floor((length - window[i]) / strides[i]) + 1
          : Math.ceil(length / strides[i])
      );
      return { layer, out: { ...axes, positions: lengths } };
    }
    case 2: {
      // A new axis after all others.
      const length = 1 + roll(2);
      const layer = stax.DotGeneral({ ...axes, rhs: numbers(length) });
      return { layer, out: { ...axes, positions: [...positions, length] } };
    }
    case 3: {
      // A new axis before all others.
      const length = 1 + roll(2);
      const layer = stax.DotGeneral({ ...axes, lhs: numbers(length) });
      const out = {
        batchAxis: batchAxis + 1,
        channelAxis: channelAxis + 1,
        positions: [length, ...positions],
      };
      return { layer, out };
    }
    case 4: {
      // One axis times a matrix: it becomes the last one.
      const length = 1 + roll(3);
      const rhs = Array.from({ length: positions[at] }, () => numbers(length));
      const layer = stax.DotGeneral({ ...axes, rhs, dimensionNumbers: [[[places[at]], [0]], [[], []]] });
      const out = { batchAxis: moved(batchAxis), channelAxis: moved(channelAxis) };
      return { layer, out: { ...out, positions: [...positions.toSpliced(at, 1), length] } };
    }
    default: {
      // One axis in step: it becomes the first one.
      const layer = stax.DotGeneral({
        ...axes,
        rhs: numbers(positions[at]),
        dimensionNumbers: [[[], []], [[places[at]], [0]]],
      });
      const out = { batchAxis: 1 + moved(batchAxis), channelAxis: 1 + moved(channelAxis) };
      return { layer, out: { ...out, positions: [positions[at], ...positions.toSpliced(at, 1)] } };
    }
  }
}
