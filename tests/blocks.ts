/** How long a call keeps everything else on its thread waiting. */

/**
 * Milliseconds of work on this thread until now. On Linux those of the processor, which do not grow while other programs have it;
 * elsewhere those of the clock.
 */
export function worked(): number {
  if (Deno.build.os !== "linux") return performance.now();
  return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]) / 1e6;
}

/** The longest work between two turns of timers while `call` runs. */
export async function longestBlock(call: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let before = worked();
  const turn = () => {
    const now = worked();
    longest = Math.max(longest, now - before);
    before = now;
  };
  const timer = setInterval(turn, 5);
  try {
    await call();
    turn();
  } finally {
    clearInterval(timer);
  }
  return longest;
}

/** The work from when an abort is due, after so many milliseconds of the clock, to the end of `call`, and what that rejects with. */
export async function afterAbort(
  call: (signal: AbortSignal) => Promise<unknown>,
  milliseconds: number,
): Promise<{ readonly late: number; readonly reason: unknown }> {
  const controller = new AbortController();
  const due = performance.now() + milliseconds;
  // Work counts from the last turn in which the abort was not due yet: what follows kept it waiting.
  let before = worked();
  const timer = setInterval(() => {
    if (performance.now() < due) before = worked();
  }, 5);
  setTimeout(() => controller.abort("enough"), milliseconds);
  try {
    const reason = await call(controller.signal).then(() => "no error", (error) => error);
    return { late: worked() - before, reason };
  } finally {
    clearInterval(timer);
  }
}
