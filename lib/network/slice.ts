/** Indexing as numpy writes it: `1:3, ::2, ...`. */
import { show } from "../array/dtype.ts";

/** Every `step`-th entry from `start` up to `stop`, which is not included; null for the ends, negative numbers from the end. */
export interface Slice {
  /** The first position; null: the first of all, or the last for a negative step */
  readonly start: number | null;
  /** The position to stop before; null: none */
  readonly stop: number | null;
  /** The distance of positions, negative to go backwards; null: 1 */
  readonly step: number | null;
}

/** One entry of an index: a position, which removes its axis, a slice, or all axes that the others leave. */
export type IndexItem = number | Partial<Slice> | "...";

/** An index: its text, or its entries. */
export type IndexInput = string | readonly IndexItem[];

/** The entries of an index. */
export function parseIndex(index: IndexInput): (number | Slice | "...")[] {
  const items = typeof index === "string"
    ? index.split(",").map((text) => parseItem(text.trim(), index))
    : index;
  if (!Array.isArray(items) || items.length === 0) refuse(index);
  const parsed = items.map((item) => canonicalItem(item, index));
  if (parsed.filter((item) => item === "...").length > 1) refuse(index);
  return parsed;
}

/** The text of an index. */
export function formatIndex(items: readonly (number | Slice | "...")[]): string {
  return items.map((item) => typeof item === "object" ? formatSlice(item) : String(item)).join(", ");
}

/** The text of a slice. */
export function formatSlice({ start, stop, step }: Slice): string {
  return `${start ?? ""}:${stop ?? ""}${step === null ? "" : `:${step}`}`;
}

/** One entry for each of `axes` axes: the dots and what is missing at the end stand for whole axes. */
export function expandIndex(items: readonly (number | Slice | "...")[], axes: number): (number | Slice)[] {
  const given = items.filter((item) => item !== "...");
  if (given.length > axes) {
    throw new TypeError(
      `Cannot apply Index as idx must have at most ${axes} entries, one an axis: current value is ${
        formatIndex(items)
      }`,
    );
  }
  const whole = Array<Slice>(axes - given.length).fill({ start: null, stop: null, step: null });
  const dots = items.indexOf("...");
  return dots < 0 ? [...given, ...whole] : [...given.slice(0, dots), ...whole, ...given.slice(dots)];
}

/** True for a slice that keeps a whole axis as it is. */
export function isWhole(item: number | Slice): boolean {
  return typeof item === "object" && item.start === null && item.stop === null && (item.step ?? 1) === 1;
}

/** The positions of an axis that a slice keeps, in its order. */
export function sliceIndices({ start, stop, step: given }: Slice, length: number): number[] {
  const step = given ?? 1;
  // As in numpy, ends beyond the axis are moved to it, and a backward slice may stop before position 0.
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamped = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, low), high);
  const from = start === null ? (step > 0 ? 0 : length - 1) : clamped(start);
  const to = stop === null ? (step > 0 ? length : -1) : clamped(stop);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

function parseItem(text: string, index: IndexInput): IndexItem {
  if (text === "...") return text;
  const parts = text.split(":").map((part) => part.trim());
  const numbers = parts.map((part) => part === "" ? null : Number(part));
  if (parts.length > 3 || numbers.some((value) => value !== null && !Number.isInteger(value))) refuse(index);
  if (parts.length > 1) return { start: numbers[0], stop: numbers[1], step: numbers[2] ?? null };
  return numbers[0] ?? refuse(index);
}

function canonicalItem(item: IndexItem, index: IndexInput): number | Slice | "..." {
  if (item === "..." || Number.isInteger(item)) return item as number | "...";
  if (typeof item !== "object" || item === null) refuse(index);
  if (Object.keys(item).some((key) => !["start", "stop", "step"].includes(key))) refuse(index);
  const { start = null, stop = null, step = null } = item;
  if (step === 0 || ![start, stop, step].every((value) => value === null || Number.isInteger(value))) {
    refuse(index);
  }
  return { start, stop, step };
}

function refuse(index: unknown): never {
  throw new TypeError(
    'Cannot build Index as idx must be numbers and slices with at most one "...", such as "::2, 0, ...": ' +
      `current value is ${typeof index === "string" ? index : show(index)}`,
  );
}
