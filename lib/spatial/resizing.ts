/**
 * Resizing along one axis: from its length before and after to the map of positions, as `jax.image.resize` has it.
 *
 * Output position P has its centre at c = (P + ½)·size/outSize − ½ of the input and reads position p with a weight that depends
 * on p − c alone. In units of 1/(2·outSize) that distance is an integer: whether a weight is 0 is exact, so that nothing is
 * taken for a read that rounding has made of none.
 */
import { type AxisMap, linear, range, selection } from "./axis.ts";

/** A way to interpolate. */
export type ResizeMethod = "nearest" | "linear" | "cubic" | "lanczos3" | "lanczos5";

/** The names of all ways. */
export const resizeMethods: readonly ResizeMethod[] = ["nearest", "linear", "cubic", "lanczos3", "lanczos5"];

/** A weight, up to a factor, at the distance x = steps/unit below `radius`; beyond, and at all integers but 0, it is 0. */
interface Weight {
  readonly radius: number;
  readonly at: (steps: number, unit: number) => number;
}

/** 1 − x: integers, so that rows have the same digits forwards and backwards */
const triangle: Weight = { radius: 1, at: (steps, unit) => unit - steps };

/** The cubic convolution of Keys 1981 (doi:10.1109/TASSP.1981.1163711), with a = −½. */
const keys: Weight = {
  radius: 2,
  at(steps, unit) {
    const x = steps / unit;
    return x <= 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  },
};

/** (sin πx / πx)·(sin(πx/r) / (πx/r)) */
const lanczos = (radius: number): Weight => ({
  radius,
  at(steps, unit) {
    const y = Math.PI * steps / unit;
    return y === 0 ? 1 : radius * Math.sin(y) * Math.sin(y / radius) / y ** 2;
  },
});

const weights: Readonly<Record<Exclude<ResizeMethod, "nearest">, Weight>> = {
  linear: triangle,
  cubic: keys,
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};

/** The nearest position, or a mean of those around the centre; `antialias` averages over all that a shrunk position covers. */
export function resizing(
  size: number,
  outSize: number,
  { method, antialias }: { method: ResizeMethod; antialias: boolean },
): AxisMap {
  if (method === "nearest") {
    return selection(size, range(outSize).map((P) => Math.floor((2 * P + 1) * size / (2 * outSize))));
  }
  const weight = weights[method];
  const unit = 2 * (antialias ? Math.max(size, outSize) : outSize);
  const rows = range(outSize).map((P) => {
    const own = range(size).map((p) =>
      weightAt(weight, Math.abs((2 * P + 1) * size - (2 * p + 1) * outSize), unit)
    );
    const total = own.reduce((sum, value) => sum + value, 0);
    return own.map((value) => value / total);
  });
  return linear(size, rows);
}

/** The weight at the distance `steps`/`unit`. */
function weightAt({ radius, at }: Weight, steps: number, unit: number): number {
  if (steps >= radius * unit || steps > 0 && steps % unit === 0) return 0;
  return at(steps, unit);
}
