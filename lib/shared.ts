/** Results that are made once and that any number of callers wait for. */
import type { DType } from "./array/dtype.ts";
import { until } from "./until.ts";

/** One attempt to make a result. */
interface Attempt<V> {
  readonly result: Promise<V>;
  readonly controller: AbortController;
  /** How many callers wait for it */
  waiting: number;
  isMade: boolean;
}

/**
 * A result that is made when it is first asked for. An attempt that fails is forgotten, so that the next call makes another one,
 * and one that nobody waits for any more, since all who did were aborted, is stopped.
 */
export class Shared<V> {
  readonly #make: (signal: AbortSignal) => Promise<V>;
  #attempt: Attempt<V> | undefined;

  constructor(make: (signal: AbortSignal) => Promise<V>) {
    this.#make = make;
  }

  /** Begins to make the result; whoever asks for it learns what became of it. */
  start(): void {
    this.#attempt ??= this.#begin();
  }

  /** The result; rejects with the reason of the signal when that is aborted first. */
  async get(signal?: AbortSignal): Promise<V> {
    signal?.throwIfAborted();
    const attempt = this.#attempt ??= this.#begin();
    attempt.waiting++;
    try {
      return await until(attempt.result, signal);
    } finally {
      attempt.waiting--;
      if (attempt.waiting === 0 && !attempt.isMade) this.#end(attempt, signal?.reason);
    }
  }

  #begin(): Attempt<V> {
    const controller = new AbortController();
    const attempt = { result: this.#make(controller.signal), controller, waiting: 0, isMade: false };
    attempt.result.then(() => attempt.isMade = true, () => this.#forget(attempt));
    return attempt;
  }

  #end(attempt: Attempt<V>, reason: unknown): void {
    this.#forget(attempt);
    attempt.controller.abort(reason);
  }

  #forget(attempt: Attempt<V>): void {
    if (this.#attempt === attempt) this.#attempt = undefined;
  }
}

/** One for each precision. */
export const ofEach = <V>(make: (dtype: DType) => V): Readonly<Record<DType, V>> => ({
  float64: make("float64"),
  float32: make("float32"),
});
