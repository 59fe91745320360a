/** Which calls into compiled code run at a time: never more threads than processors, whatever is asked for at once. */
export class Pool {
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #last: Promise<void> = Promise.resolve();

  constructor(readonly threads: number) {
    this.#free = threads;
  }

  /** The result of `call`, which starts when a thread is free. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await call();
    } finally {
      this.#give();
    }
  }

  /** The result of `call`, which starts threads of its own, when all are free. */
  async runAlone<T>(call: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    for (let thread = 0; thread < this.threads; thread++) await this.#take();
    resolve();
    try {
      return await call();
    } finally {
      for (let thread = 0; thread < this.threads; thread++) this.#give();
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

  #take(): Promise<void> {
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#free--;
    return Promise.resolve();
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** The threads that all of this process shares. */
export const processors = new Pool(navigator.hardwareConcurrency);
