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

  /** Runs one worker for each thread; waits for all of them, then throws what the first that failed threw. */
  async onEach(worker: (thread: number) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: this.threads }, (_, i) => worker(i)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
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
