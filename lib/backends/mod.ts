/** Which backends there are, and how one is chosen. */
import { BackendUnavailableError, UnsupportedError } from "../errors.ts";
import { topological } from "../expr/graph.ts";
import type { Program } from "../program.ts";
import type { DType } from "../array.ts";
import type { Availability, Backend } from "./backend.ts";
import { reference } from "./reference.ts";
import { webgpu } from "./webgpu/mod.ts";

/** The backends, fastest first: the order in which `auto` asks them. */
const all: readonly Backend[] = [webgpu, reference];

/** The names that the `backend` option takes. */
export const backendNames: readonly string[] = ["auto", ...all.map((backend) => backend.name)];

/**
 * What each backend can do on this machine, fastest first, and why the others are not available.
 *
 * @example
 * ```ts
 * import { backends } from "./mod.ts";
 * const reference = (await backends()).find(({ name }) => name === "reference");
 * if (!reference?.dtypes.includes("float64")) throw new Error("reference is always available");
 * ```
 */
export function backends(): Promise<Availability[]> {
  return Promise.all(all.map((backend) => backend.availability()));
}

/**
 * The backend that `name` asks for; `auto` is the fastest that delivers `dtype` without emulation.
 *
 * @throws {RangeError} for an unknown name.
 * @throws {BackendUnavailableError} if it cannot run here in that precision.
 * @throws {UnsupportedError} if the program needs host functions and the backend has none.
 */
export async function choose(name: string, dtype: DType, program: Program): Promise<Backend> {
  if (!backendNames.includes(name)) {
    throw new RangeError(
      `Cannot compute a kernel as the backend must be one of ${
        backendNames.join(", ")
      }: current value is ${name}`,
    );
  }
  const candidates = name === "auto" ? all : all.filter((backend) => backend.name === name);
  for (const backend of candidates) {
    if (needsHost(program) && backend !== reference) {
      if (name === "auto") continue;
      throw new UnsupportedError(
        `Cannot compute a pair integral on ${name} as it must run on the CPU: use { backend: "reference" }`,
      );
    }
    const { dtypes, fast, reason } = await backend.availability();
    if (dtypes.includes(dtype) && (fast || name !== "auto")) return backend;
    if (name !== "auto") {
      throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on ${name} as ${reason}`);
    }
  }
  return reference;
}

/** The program integrates host functions pair by pair. */
function needsHost({ map }: Program): boolean {
  return topological(Object.values(map)).some((node) => node.kind === "pairIntegral");
}
