/**
 * Calls into C of about the same length, one after the other: between them JavaScript reports progress, hears of an abort, and
 * lets another computation have the thread. vectors/run.ts and spatial/run.ts run their jobs so.
 */
import { SLICE_MS } from "./budget.ts";
import type { Pool } from "../../ffi/pool.ts";

/** One worker's part of a computation. */
export interface Sliced {
  readonly signal: AbortSignal | undefined;
  /** Whether nothing is left, or no more is wanted */
  readonly ends: () => boolean;
  /** Does at most `most` pieces that no one has taken, and tells how many; 0 when there are none left */
  readonly compute: (thread: number, most: number) => Promise<number>;
  /** Told of every call how many pieces it did */
  readonly report: (count: number) => void;
}

/** Computes on a thread of the pool, a slice of time at a time, until there is nothing left. */
export async function inSlices(pool: Pool, { signal, ends, compute, report }: Sliced): Promise<void> {
  let most = 1;
  while (!ends()) {
    signal?.throwIfAborted();
    const { count, elapsed } = await pool.run((thread) => timed(() => compute(thread, most)));
    signal?.throwIfAborted();
    if (count === 0) return;
    most = Math.max(1, Math.round(count * SLICE_MS / elapsed));
    report(count);
  }
}

async function timed(call: () => Promise<number>): Promise<{ count: number; elapsed: number }> {
  const start = performance.now();
  return { count: await call(), elapsed: performance.now() - start };
}

/** The result of `call`; `stop` is called when the signal is aborted before that. */
export async function stoppedBy<T>(
  signal: AbortSignal | undefined,
  stop: () => void,
  call: () => Promise<T>,
): Promise<T> {
  signal?.addEventListener("abort", stop);
  try {
    return await call();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
