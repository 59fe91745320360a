/** What `auto` does where a backend that should work does not: it says so once, and computes on another one. */
import { BackendUnavailableError } from "../errors.ts";
import type { DType } from "../array/dtype.ts";
import type { Program } from "../program/program.ts";
import type { Backend } from "./backend.ts";
import type { Job, JobResult } from "../program/job.ts";
import { warnOnce } from "../warn_once.ts";

/** What failed took a time; so many times that long it is not tried again, so that a tenth of all time is lost at most. */
const PAUSE = 10;

/** When what has failed, a backend or its code for a program, may be tried again. */
const pauses = new WeakMap<Backend | Program, number>();

/** Whether a backend, or its code for a program, has failed not long ago. */
export const isPausing = (what: Backend | Program): boolean => performance.now() < (pauses.get(what) ?? 0);

/** Says that something failed that was tried at `start`, unless that was said before, and has it pause. */
export function noteFailure(what: Backend | Program, reason: string, start: number): void {
  const now = performance.now();
  pauses.set(what, now + PAUSE * (now - start));
  warnOnce(`${reason}; computed on reference instead, which is slower`, "fallback");
}

/** Milliseconds for which code is waited for: loading what was compiled before takes some 30, a compiler takes seconds. */
const PATIENCE = 500;
/** Of more pairs than this two results at a time would take too much memory, and a compiler is fast beside the other backend. */
const MOST = 2 ** 25;
/** Of more pairs than this near ones may take as long as their code, and the other backend longer. */
const MOST_NEAR = 2 ** 22;

/**
 * The backend until its code for a program turns out not to work, then the other one. While it is being compiled, that for near
 * pairs too, the other one computes as well, and what is there first counts; the code is there for the next call then.
 */
export function withFallback(backend: Backend, other: Backend): Backend {
  let isBroken = false;
  const began = performance.now();
  const note = (error: unknown, program: Program, start: number) => {
    if (!(error instanceof BackendUnavailableError)) throw error;
    isBroken = true;
    noteFailure(program, error.message, start);
  };
  const tried = async (
    program: Program,
    call: (on: Backend) => Promise<JobResult>,
  ): Promise<JobResult> => {
    if (isBroken || isPausing(program)) return await call(other);
    const start = performance.now();
    try {
      return await call(backend);
    } catch (error) {
      note(error, program, start);
      return await call(other);
    }
  };
  const isSoonReady = async (ready: Promise<void>): Promise<boolean> =>
    await inTime(ready, Math.max(0, began + PATIENCE - performance.now()));
  const prepared = (program: Program, dtype: DType, signal?: AbortSignal): Promise<void> =>
    backend.prepare?.(program, dtype, signal) ?? Promise.resolve();

  /** What `awaited` gives, unless the other backend has its result before; it computes until then. */
  const meanwhile = async <T>(job: Job, awaited: Promise<T>): Promise<T | JobResult> => {
    const controller = new AbortController();
    const end = AbortSignal.any([...job.signal ? [job.signal] : [], controller.signal]);
    const result = other.run({ ...job, signal: end });
    result.catch(() => {});
    try {
      return await Promise.race([result, awaited]);
    } finally {
      controller.abort();
    }
  };
  /** The result of the backend; of the other one if code for near pairs is asked for that takes long, and it has its own before. */
  const runPatiently = async (job: Job): Promise<JobResult> => {
    if (!backend.prepare || job.n1 * job.n2 > MOST_NEAR) return await backend.run(job);
    const { asking, asked } = noticingNear(job);
    const result = backend.run(asking);
    const isDone = result.then(() => {});
    if (await Promise.race([isDone.then(() => true), asked.then(() => false)])) return await result;
    if (await inTime(isDone, PATIENCE)) return await result;
    // Where the other one is faster, this one goes on until its code is there for the next call.
    result.catch(() => {});
    return await meanwhile(job, result);
  };

  const run = (given: Job): Promise<JobResult> => {
    const job = { ...given, onProgress: rising(given.onProgress) };
    const { program, dtype, signal, n1, n2 } = job;
    return tried(program, async (on) => {
      if (on === other || n1 * n2 > MOST) return await on.run(job);
      const start = performance.now();
      const ready = prepared(program, dtype, signal);
      if (await isSoonReady(ready)) return await runPatiently(job);
      const isReady = ready.then(() => null, (error) => {
        note(error, program, start);
        // Never: only the other one will have a result.
        return new Promise<null>(() => {});
      });
      return await meanwhile(job, isReady) ?? await runPatiently(job);
    });
  };
  return { ...backend, run };
}

/** The job, and a promise that its backend asks for the map of near pairs. */
function noticingNear(job: Job): { readonly asking: Job; readonly asked: Promise<void> } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { program, program: { vectors } } = job;
  const known = vectors?.near;
  if (!known) return { asking: job, asked };
  const near = (signal?: AbortSignal) => {
    resolve();
    return known(signal);
  };
  return { asking: { ...job, program: { ...program, vectors: { ...vectors, near } } }, asked };
}

/** Whether a promise is fulfilled within a time; rejects if it is rejected before. */
async function inTime(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), milliseconds));
  try {
    return await Promise.race([promise.then(() => true), end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reports of progress without those that fall behind earlier ones, as those of a second backend do. */
function rising(report: Job["onProgress"]): Job["onProgress"] {
  let reached = 0;
  return report && ((progress) => {
    const part = progress.done / progress.total;
    if (part < reached) return;
    reached = part;
    report(progress);
  });
}
