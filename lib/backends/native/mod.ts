/**
 * The native backend: C, compiled for this machine's processors, on all of them. What becomes of a network, in order:
 *
 *     program   lib/network compiles it to expressions: features of every input, and a map of every pair
 *     plan      spatial/plan: with positions, which tiles of pairs are computed in which order, and where each is in memory
 *     C text    code: the map cut into pieces, strips.ts for vectors and points.ts at positions; the loops around it are the
 *               *.c of vectors and spatial, with the sizes of budget.ts and the structs of struct.ts in front
 *     object    lib/ffi: the machine's compiler makes one of every text, which a cache of files keeps; vectors/library.ts and
 *               spatial/compiled.ts load it
 *     threads   vectors/run.ts and spatial/run.ts write the job as a struct, and call C on every thread, a slice of time each
 *     matrices  what C wrote: NNGP and NTK of all pairs
 *
 * This file is what is loaded everywhere; the rest comes with the first use, and only where there is Deno.
 */
import type { Backend, Engine } from "../backend.ts";
import { Shared } from "../../shared.ts";
import { unsupported } from "./spatial/plan/network.ts";
import { findToolchain } from "../../ffi/compiler.ts";

const toolchain = new Shared(findToolchain);

/** A compiler tells what it is while the code is loaded. */
const loaded = new Shared(async (): Promise<Engine> => {
  toolchain.start();
  const [{ nativeBackend }, { processors }] = await Promise.all([
    import("./backend.ts"),
    import("../../ffi/pool.ts"),
  ]);
  return nativeBackend(processors, toolchain);
});

/** C compiled for this machine's processors. */
export const native: Backend = {
  name: "native",
  availability: async (signal) => {
    if (typeof globalThis.Deno?.dlopen === "function") {
      return await (await loaded.get(signal)).availability(signal);
    }
    const reason = "it must run in Deno: current value is another runtime";
    return { name: "native", dtypes: [], device: "", fast: false, reason };
  },
  precisionOf: (dtype, hasPositions) => hasPositions ? dtype : "float64",
  prepare: async (program, dtype, signal) =>
    await (await loaded.get(signal)).prepare!(program, dtype, signal),
  run: async (job) => await (await loaded.get(job.signal)).run(job),
  lacks: unsupported,
};
