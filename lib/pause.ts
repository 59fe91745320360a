/** Keeps long computations on the JavaScript thread answerable: progress, timers and cancellation stay alive. */
import { inTurns, type Steps } from "./steps.ts";

/** How far a computation is: pairs done, of all. */
export interface Progress {
  /** Pairs of points that are done. */
  readonly done: number;
  /** Pairs of points in all. */
  readonly total: number;
}

/** Who watches over a computation. */
export interface Watch {
  /** Called now and then */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops it when aborted */
  readonly signal?: AbortSignal;
}

const QUANTUM_MS = 30;

/**
 * When timers last had their turn, as far as is known here, and when that was last asked. All computations share the thread, and one
 * follows the other: a clock for each piece of work would let their times add up.
 */
const clock = { turn: 0, asked: 0 };

/** Starts a call: whoever makes thousands of short ones sees to timers between them, which would cost more than the calls. */
export function beginCall(): void {
  clock.turn = clock.asked = performance.now();
}

/** Starts a piece of work. */
function begin(): void {
  const now = performance.now();
  // Nobody has worked for a while, so timers had their turn.
  if (now - clock.asked > QUANTUM_MS) clock.turn = now;
  clock.asked = now;
}

function isOverdue(): boolean {
  clock.asked = performance.now();
  return clock.asked - clock.turn > QUANTUM_MS;
}

/** Gives timers their turn, in which the signal may be aborted. */
async function rest(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  clock.turn = clock.asked = performance.now();
  signal?.throwIfAborted();
}

/** Entries of arrays that a call may copy and check at once, some milliseconds. */
const ENTRIES = 2 ** 20;

/** Gives timers their turn after what a call had to do at once with so many entries; returns nothing to wait for if they are few. */
export const afterEntries = (count: number): Promise<void> | undefined =>
  count > ENTRIES ? rest() : undefined;

/** A function to call between the steps of a piece of work, which may take long itself: what it returns, if anything, is to be awaited. */
export function breather({ signal }: Pick<Watch, "signal">): () => Promise<void> | undefined {
  begin();
  return () => {
    signal?.throwIfAborted();
    // Short work does not wait for promises, which would take as long as itself.
    return isOverdue() ? rest(signal) : undefined;
  };
}

/** The result of steps with turns of timers between them, in which they may be stopped. */
export const answering = <T>(steps: Steps<T>, watch: Pick<Watch, "signal"> = {}): Promise<T> =>
  inTurns(steps, breather(watch));

/** A function to await between pieces of work: it reports progress, stops when cancelled and yields to timers now and then. */
export function pacer({ onProgress, signal }: Watch, total: number) {
  begin();
  return async (done: number): Promise<void> => {
    onProgress?.({ done, total });
    if (isOverdue()) await rest();
    signal?.throwIfAborted();
  };
}
