/** Keeps long computations on the JavaScript thread answerable: progress, timers and cancellation stay alive. */
import type { Job } from "./backend.ts";

const QUANTUM_MS = 40;

/** A function to await between the steps of a piece of work, which may take long itself. */
export function breather({ signal }: Pick<Job, "signal">): () => Promise<void> {
  const pause = pacer({ signal }, 0);
  return () => pause(0);
}

/** A function to await between pieces of work: it reports progress, stops when cancelled and yields to timers now and then. */
export function pacer({ onProgress, signal }: Pick<Job, "onProgress" | "signal">, total: number) {
  let last = performance.now();
  return async (done: number): Promise<void> => {
    onProgress?.({ done, total });
    if (performance.now() - last > QUANTUM_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
