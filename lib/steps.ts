/** Long work without waiting in it, as steps: done at once, or with pauses in between that keep everything else answerable. */

/** Work that says where it can pause, and its result. */
export type Steps<T> = Generator<void, T>;

/** True for steps, which a function may return in place of their result if it may take long. */
const isSteps = <T extends object>(value: T | Steps<T>): value is Steps<T> => "next" in value;

/** What is there, or comes in steps, as steps. */
export function* stepsOf<T extends object>(value: T | Steps<T>): Steps<T> {
  return isSteps(value) ? yield* value : value;
}

/** So many nodes of expressions take a few milliseconds. */
export const STEP = 256;

/** The result of steps that are done one after the other. */
export function finished<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The result of steps with `pause` between them, which says what to wait for, if anything. */
export async function inTurns<T>(steps: Steps<T>, pause: () => Promise<void> | undefined): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    const pausing = pause();
    if (pausing) await pausing;
    step = steps.next();
  }
  return step.value;
}

/** Calls `act` for every item, with a step after so many of them. */
export function* forEach<T>(items: Iterable<T>, act: (item: T) => void, step = STEP): Steps<void> {
  let count = 0;
  for (const item of items) {
    act(item);
    if (++count % step === 0) yield;
  }
}

/** Calls `act` for ranges of so many of `count` indices, a step each: loops over numbers that no call interrupts. */
export function* inRanges(
  count: number,
  length: number,
  act: (start: number, end: number) => void,
): Steps<void> {
  for (let start = 0; start < count; start += length) {
    if (start > 0) yield;
    act(start, Math.min(start + length, count));
  }
}

/** What `act` makes of every item, with a step after each. */
export function* mapped<T, U>(items: readonly T[], act: (item: T, index: number) => U): Steps<U[]> {
  const results: U[] = [];
  for (let i = 0; i < items.length; i++) {
    results.push(act(items[i], i));
    yield;
  }
  return results;
}

/** Entries that are looked at in a step, well below a millisecond. */
const STEP_ENTRIES = 2 ** 16;

/** The index of the first value that `test` holds for, or −1; in steps. */
export function* findIndex(values: ArrayLike<number>, test: (value: number) => boolean): Steps<number> {
  for (let start = 0; start < values.length; start += STEP_ENTRIES) {
    const end = Math.min(start + STEP_ENTRIES, values.length);
    for (let i = start; i < end; i++) if (test(values[i])) return i;
    yield;
  }
  return -1;
}
