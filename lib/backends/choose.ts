/** All backends, and how one is chosen. */
import { BackendUnavailableError, UnsupportedError } from "../errors.ts";
import { entriesOf, isOfVectors, type Program } from "../program/program.ts";
import type { DType } from "../array/mod.ts";
import { countOf, show } from "../array/dtype.ts";
import type { Availability, Backend } from "./backend.ts";
import { isPausing, noteFailure, withFallback } from "./fallback.ts";
import { native } from "./native/mod.ts";
import { reference } from "./reference/backend.ts";
import { webgpu } from "./webgpu/mod.ts";

/** The backends, fastest first: the order in which `auto` asks them. */
const all: readonly Backend[] = [webgpu, native, reference];

/** The names that the `backend` option takes. */
const backendNames: readonly string[] = ["auto", ...all.map((backend) => backend.name)];

/** What each backend can do here, fastest first. */
export function availabilities(): Promise<Availability[]> {
  return Promise.all(all.map((backend) => backend.availability()));
}

/**
 * The backend that `name` asks for; `auto` is the fastest for so many `pairs` of inputs that delivers `dtype` without emulation
 * and can run the program.
 *
 * @throws {RangeError} for an unknown name.
 * @throws {BackendUnavailableError} if it cannot run here in that precision; `auto` computes elsewhere then.
 * @throws {UnsupportedError} if it cannot run the program.
 */
export async function choose(
  name: string,
  dtype: DType,
  program: Program,
  pairs: number,
  signal: AbortSignal,
): Promise<Backend> {
  if (!backendNames.includes(name)) {
    throw new RangeError(
      `Cannot compute a kernel as the backend must be one of ${backendNames.join(", ")}: current value is ${
        show(name)
      }`,
    );
  }
  if (name === "auto") return await fastest(dtype, program, pairs, signal);
  const backend = all.find((candidate) => candidate.name === name)!;
  const { dtypes, reason } = await backend.availability(signal);
  if (!dtypes.includes(dtype)) {
    throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on ${name} as ${reason}`);
  }
  const missing = lacks(backend, program);
  if (missing) {
    throw new UnsupportedError(
      `Cannot compute ${missing} on ${name} as it must be done elsewhere: use { backend: "reference" }`,
    );
  }
  return backend;
}

/** Below so many entries of the maps opening a device or compiling takes longer than JavaScript does. */
const SMALL = 100_000;

async function fastest(
  dtype: DType,
  program: Program,
  pairs: number,
  signal: AbortSignal,
): Promise<Backend> {
  if (pairs * entriesOfPair(program) < SMALL) return reference;
  for (const backend of all) {
    if (lacks(backend, program) || !(backend.plausible?.() ?? true) || isPausing(backend)) continue;
    const start = performance.now();
    const { dtypes, fast, reason, isFault } = await backend.availability(signal);
    if (fast && dtypes.includes(dtype)) return withFallback(backend, reference);
    if (isFault) noteFailure(backend, `Cannot compute on ${backend.name} as ${reason}`, start);
  }
  return reference;
}

/** How many entries the maps of a program compute for a pair of inputs, roughly. */
function entriesOfPair(program: Program): number {
  if (isOfVectors(program)) return 1;
  const positions = countOf(program.inputPositions);
  return program.nodes.length * entriesOf(positions, program.inputLayout);
}

/** What the program needs and the backend has not. */
const lacks = (backend: Backend, program: Program): string | null =>
  isOfVectors(program) ? null : backend.lacks?.(program) ?? null;
