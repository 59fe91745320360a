/** Compiled shaders, kept per device by their text. */
import { PIPELINES } from "../budget.ts";
import { guarded, shaderError, unlessLost } from "./errors.ts";

/** What shaders bind, from binding 0 on. */
export type Bindings = readonly GPUBufferBindingType[];

/** Those of shaders/block.wgsl. */
const blockBindings: Bindings = [
  "uniform",
  "read-only-storage",
  "read-only-storage",
  "read-only-storage",
  "read-only-storage",
  "storage",
];

const caches = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/** The pipeline of a shader. Its layout is explicit: an automatic one leaves out what a shader happens not to read. */
export function pipelineOf(
  device: GPUDevice,
  text: string,
  bindings: Bindings = blockBindings,
): Promise<GPUComputePipeline> {
  const cache = caches.get(device) ?? new Map<string, Promise<GPUComputePipeline>>();
  caches.set(device, cache);
  const pipeline = cache.get(text) ?? compile(device, text, bindings);
  // The order of the map is that of the last use.
  cache.delete(text);
  cache.set(text, pipeline);
  pipeline.catch(() => cache.delete(text));
  if (cache.size > PIPELINES) cache.delete(cache.keys().next().value!);
  return pipeline;
}

async function compile(device: GPUDevice, text: string, bindings: Bindings): Promise<GPUComputePipeline> {
  const layout = await guarded(device, () => {
    const entries = bindings.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    }));
    const bindGroupLayouts = [device.createBindGroupLayout({ entries })];
    return device.createPipelineLayout({ bindGroupLayouts });
  });
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: text });
  const refused = await unlessLost(device, device.popErrorScope());
  if (refused) throw shaderError(refused.message);
  try {
    const compute = { module, entryPoint: "main" };
    return await unlessLost(device, device.createComputePipelineAsync({ layout, compute }));
  } catch (error) {
    throw shaderError((error as Error).message);
  }
}
