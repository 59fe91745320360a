/** How arrays are shown to people: as nested lists, cut where they are long. */
import type { DType } from "./dtype.ts";

/** What is printed of an array. */
interface Printed {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly size: number;
  readonly dtype: DType;
}

/** Above this many entries only the ends of each axis are printed. */
const LARGE = 100;
/** Entries printed at each end of an axis of a large array. */
const EDGE = 3;

/** "NdArray float64 [2, 3]" and the values, a row a line, to 8 significant digits. */
export function formatArray(a: Printed): string {
  const text = formatAxis(a, 0, 0, a.size);
  return `NdArray ${a.dtype} [${a.shape.join(", ")}]${a.shape.length > 1 ? "\n" : " "}${text}`;
}

function formatAxis(a: Printed, axis: number, start: number, count: number): string {
  if (axis === a.shape.length) return String(Number(a.data[start].toPrecision(8)));
  const step = count / a.shape[axis];
  const parts = shownIndices(a, axis).map((i) =>
    i < 0 ? "…" : formatAxis(a, axis + 1, start + i * step, step)
  );
  const isRow = axis === a.shape.length - 1;
  return `[${parts.join(isRow ? ", " : ",\n" + " ".repeat(axis + 1))}]`;
}

/** Indices of an axis that are printed, −1 for the gap. */
function shownIndices(a: Printed, axis: number): number[] {
  const length = a.shape[axis];
  const all = Array.from({ length: Math.min(length, 2 * EDGE + 1) }, (_, i) => i);
  if (a.size <= LARGE) return Array.from({ length }, (_, i) => i);
  if (length <= 2 * EDGE + 1) return all;
  return all.map((i) => i < EDGE ? i : i === EDGE ? -1 : length - 2 * EDGE - 1 + i);
}
