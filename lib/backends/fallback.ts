/** What `auto` does where a backend that should work does not: it says so once, and computes on another one. */
import { BackendUnavailableError } from "../errors.ts";
import type { Program } from "../program.ts";
import type { SpatialProgram } from "../spatial/program.ts";
import type { Backend } from "./backend.ts";
import { warnOnce } from "./warn_once.ts";

/** What failed took a time; so many times that long it is not tried again, so that a tenth of all time is lost at most. */
const PAUSE = 10;

/** When what has failed, a backend or its code for a program, may be tried again. */
const pauses = new WeakMap<Backend | Program | SpatialProgram, number>();

/** Whether a backend, or its code for a program, has failed not long ago. */
export const isPausing = (what: Backend | Program | SpatialProgram): boolean =>
  performance.now() < (pauses.get(what) ?? 0);

/** Says that something failed that was tried at `start`, unless that was said before, and has it pause. */
export function noteFailure(what: Backend | Program | SpatialProgram, reason: string, start: number): void {
  const now = performance.now();
  pauses.set(what, now + PAUSE * (now - start));
  warnOnce(`${reason}; computed on reference instead, which is slower`, "fallback");
}

/** The backend until its code for a program turns out not to work, then the other one. */
export function withFallback(backend: Backend, other: Backend): Backend {
  let isBroken = false;
  const tried = async <T>(
    program: Program | SpatialProgram,
    call: (on: Backend) => Promise<T>,
  ): Promise<T> => {
    if (isBroken || isPausing(program)) return await call(other);
    const start = performance.now();
    try {
      return await call(backend);
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      isBroken = true;
      noteFailure(program, error.message, start);
      return await call(other);
    }
  };
  return {
    ...backend,
    rows: (program, dtype, signal) => tried(program, async (on) => await on.rows?.(program, dtype, signal)),
    run: (job) => tried(job.program, (on) => on.run(job)),
    runSpatial: (job) => tried(job.program, (on) => on.runSpatial(job)),
  };
}
