/** Which calls into compiled code run at a time: never more threads than processors, whatever is asked for at once. */
export class Pool {
  readonly #waiting: ((thread: number) => void)[] = [];
  readonly #free: number[];
  #last: Promise<void> = Promise.resolve();

  constructor(readonly threads: number) {
    this.#free = Array.from({ length: threads }, (_, thread) => thread);
  }

  /** The result of `call`, which starts when a thread is free and is told its number. */
  async run<T>(call: (thread: number) => Promise<T>): Promise<T> {
    const thread = await this.#take();
    try {
      return await call(thread);
    } finally {
      this.#give(thread);
    }
  }

  /** The result of `call`, which starts threads of its own, when all are free. */
  async runAlone<T>(call: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    const all: number[] = [];
    while (all.length < this.threads) all.push(await this.#take());
    resolve();
    try {
      return await call();
    } finally {
      for (const thread of all) this.#give(thread);
    }
  }

  /**
   * Runs one worker for each thread and waits for all of them; then throws what the first that failed threw. The others can ask
   * whether one has.
   */
  async onEach(worker: (thread: number, failed: () => boolean) => Promise<void>): Promise<void> {
    let reason: { error: unknown } | undefined;
    const run = async (thread: number) => {
      try {
        await worker(thread, () => reason !== undefined);
      } catch (error) {
        reason ??= { error };
      }
    };
    await Promise.all(Array.from({ length: this.threads }, (_, thread) => run(thread)));
    if (reason) throw reason.error;
  }

  #take(): Promise<number> {
    const thread = this.#free.pop();
    if (thread === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    return Promise.resolve(thread);
  }

  #give(thread: number): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#free.push(thread);
  }
}

/** The threads that all of this process shares. */
export const processors = new Pool(navigator.hardwareConcurrency);
