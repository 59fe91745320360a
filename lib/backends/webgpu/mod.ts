/** The WebGPU backend; its code is loaded only where it is asked what it can do, or used. */
import type { Backend, Engine } from "../backend.ts";
import { mayHaveHardware } from "./device/hardware.ts";

const load = async (): Promise<Engine> => (await import("./backend.ts")).webgpu;

/** The WebGPU backend. */
export const webgpu: Backend = {
  name: "webgpu",
  availability: async () => await (await load()).availability(),
  plausible: mayHaveHardware,
  precisionOf: (dtype) => dtype,
  run: async (job) => await (await load()).run(job),
};
