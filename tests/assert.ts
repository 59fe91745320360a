/** The assertions of the test suite; a swap to `@std/assert` touches this file only. */
import assert from "node:assert/strict";

export const assertEquals: typeof assert.equal = assert.equal;
export const assertDeepEquals: typeof assert.deepEqual = assert.deepEqual;
export const assertMatch: typeof assert.match = assert.match;
const assertOk: typeof assert.ok = assert.ok;
export { assertOk as assert };

/** Fails with the worst entry, its index and both values unless |actual − expected| ≤ atol + rtol·|expected|. */
export function assertClose(
  actual: ArrayLike<number> | number,
  expected: ArrayLike<number> | number,
  { rtol = 0, atol = 0, message = "" }: { rtol?: number; atol?: number; message?: string } = {},
): void {
  const a = typeof actual === "number" ? [actual] : actual;
  const b = typeof expected === "number" ? [expected] : expected;
  if (a.length !== b.length) {
    throw new assert.AssertionError({ message: `${message} length ${a.length} is not ${b.length}` });
  }
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const over = Math.abs(a[i] - b[i]) - atol - rtol * Math.abs(b[i]);
    if (!(over <= excess)) [worst, excess] = [i, Number.isNaN(over) ? Infinity : over];
  }
  if (worst < 0) return;
  const error = Math.abs(a[worst] - b[worst]);
  const detail = `entry ${worst}: ${a[worst]} is not ${b[worst]} (off by ${error}, ${
    error / Math.abs(b[worst])
  } relative)`;
  throw new assert.AssertionError({ message: `${message} ${detail}; rtol ${rtol}, atol ${atol}`.trim() });
}

/** Fails unless `call` throws (or rejects with) an error of class `type` whose message is exactly `message`. */
export async function assertThrows(
  call: () => unknown,
  type: new (...args: never[]) => Error,
  message?: string,
): Promise<void> {
  let error: unknown;
  try {
    await call();
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof type)) {
    throw new assert.AssertionError({
      message: `Expected ${type.name}, got ${error === undefined ? "no error" : error}`,
    });
  }
  if (message !== undefined) assert.equal(error.message, message);
}
