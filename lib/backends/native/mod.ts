/** The native backend; its code is loaded only where there is Deno. */
import type { Backend, Engine } from "../backend.ts";
import { Shared } from "../../shared.ts";
import { lacks } from "./spatial/plan/unsupported.ts";
import { findToolchain } from "../../ffi/toolchain.ts";

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
  lacks,
};
