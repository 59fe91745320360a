/** As many calls at a time as there are processors, whatever is asked for at once. */
export class Pool {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(readonly threads: number) {
    this.#free = threads;
  }

  /** The result of `call`, which starts when a thread is free. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  /** Runs `worker` on every thread; waits for all of them, then throws what the first to fail threw. */
  async onAll(worker: (index: number) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: this.threads }, (_, i) => worker(i)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}
