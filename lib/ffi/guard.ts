/** Calls into compiled code outlive no memory: the end of this thread of JavaScript waits for them. */
import text from "./guard.c" with { type: "text" };
import { loaded } from "./objects.ts";
import { Shared } from "../shared.ts";
import type { Toolchain } from "./compiler.ts";

const symbols = { address: { parameters: [], result: "pointer" } } as const;

/** What counts the calls of this thread (guard.c). */
export class Guard {
  /** Of `struct guard`, which calls are given */
  readonly pointer: Deno.PointerValue;
  readonly #running: BigInt64Array;

  private constructor(pointer: Deno.PointerObject) {
    this.pointer = pointer;
    this.#running = new BigInt64Array(Deno.UnsafePointerView.getArrayBuffer(pointer, 16), 8, 1);
  }

  /**
   * The guard of this thread of JavaScript. The system loads a file once a process, and would unload it when the last thread
   * closes it: so every thread has a copy, which needs no name once it is loaded.
   */
  static open(toolchain: Toolchain, signal?: AbortSignal): Promise<Guard> {
    const load = (object: string) => {
      const copy = `${object}.${crypto.randomUUID()}`;
      Deno.copyFileSync(object, copy);
      try {
        return new Guard(Deno.dlopen(copy, symbols).symbols.address()!);
      } finally {
        Deno.removeSync(copy);
      }
    };
    return loaded(toolchain, text, load, signal);
  }

  /** The result of a call that works on memory of this thread, and leaves (guarded.c) when it is done. */
  run<T>(call: () => Promise<T>): Promise<T> {
    Atomics.add(this.#running, 0, 1n);
    try {
      return call();
    } catch (error) {
      // It was refused before it started.
      Atomics.sub(this.#running, 0, 1n);
      throw error;
    }
  }
}

let opened: Shared<Guard> | undefined;

/** The guard of this thread of JavaScript, whichever compiler it comes from. */
export function openGuard(toolchain: Toolchain, signal?: AbortSignal): Promise<Guard> {
  opened ??= new Shared((signal) => Guard.open(toolchain, signal));
  return opened.get(signal);
}
