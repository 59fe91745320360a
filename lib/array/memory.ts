/** Checks that the memory of an array is still there: it may have been sent away, shrunk or given up. */
import { countOf } from "./dtype.ts";

/** Entries, and the shape that they are to have. */
interface Entries {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * Refuses data whose buffer went elsewhere, as by `postMessage(data, [data.buffer])`.
 *
 * @throws {TypeError} naming the argument.
 */
export function assertAttached(data: unknown, name: string): void {
  if (!ArrayBuffer.isView(data) || !("detached" in data.buffer && data.buffer.detached)) return;
  throw new TypeError(
    `Cannot read ${name} as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())`,
  );
}

/**
 * Refuses an array that lost entries.
 *
 * @throws {TypeError} naming the argument.
 */
export function assertWhole({ data, shape }: Entries, name: string): void {
  assertAttached(data, name);
  if (isWhole({ data, shape })) return;
  const size = countOf(shape);
  const is = size === 0 ? "was disposed of" : `has ${data.length}, its buffer was resized`;
  throw new TypeError(`Cannot read ${name} as it must have all its entries: current value ${is}`);
}

/** True for an array that has all its entries. */
export const isWhole = ({ data, shape }: Entries): boolean =>
  data.length > 0 && data.length === countOf(shape);
