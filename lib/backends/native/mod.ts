/** The native backend; its code is loaded only where there is Deno. */
import type { Backend } from "../backend.ts";
import { lacks } from "./spatial/lacks.ts";
import { findToolchain } from "./toolchain.ts";

let loaded: Promise<Backend> | undefined;

const load = (): Promise<Backend> => loaded ??= start();

/** A compiler tells what it is while the code is loaded. */
async function start(): Promise<Backend> {
  const toolchain = findToolchain();
  // Whoever needs it says why there is none.
  toolchain.catch(() => {});
  const [{ nativeBackend }, { processors }] = await Promise.all([
    import("./backend.ts"),
    import("./pool.ts"),
  ]);
  return nativeBackend(processors, toolchain);
}

/** C compiled for this machine's processors. */
export const native: Backend = {
  name: "native",
  availability: async () => {
    if (typeof globalThis.Deno?.dlopen === "function") return await (await load()).availability();
    const reason = "it must run in Deno: current value is another runtime";
    return { name: "native", dtypes: [], device: "", fast: false, reason };
  },
  rows: async (program, dtype) => await (await load()).rows!(program, dtype),
  run: async (job) => await (await load()).run(job),
  runSpatial: async (job) => await (await load()).runSpatial(job),
  lacks,
};
