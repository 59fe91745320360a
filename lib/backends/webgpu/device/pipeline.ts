/**
 * Compiled shaders, and how commands run them. Shaders are kept per device by their text: the second kernel of a network compiles
 * none, and neither does that of another depth or width of tables where padding (budget.ts) makes its text the same.
 */
import { PIPELINES } from "../budget.ts";
import { guarded, shaderError, unlessLost } from "./errors.ts";

/** What a shader binds: the uniforms at 0, then storage that it reads, then storage that it writes. */
export interface Bindings {
  readonly reads: number;
  readonly writes: number;
}

/** Those of shaders/block.wgsl. */
const blockBindings: Bindings = { reads: 4, writes: 1 };

const caches = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/**
 * The pipeline of a shader, compiled when its text is first seen on the device. `PIPELINES` of them are kept: the one that was
 * asked for longest ago goes. Two that ask for the same text at once wait for the same compilation.
 *
 * Its layout is explicit: an automatic one leaves out what a shader happens not to read.
 */
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

/** Compiles a shader; what is wrong with it is told by the compiler in its own words. */
async function compile(device: GPUDevice, text: string, bindings: Bindings): Promise<GPUComputePipeline> {
  const layout = await guarded(device, () => {
    const entries = typesOf(bindings).map((type, binding) => ({
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

const typesOf = ({ reads, writes }: Bindings): GPUBufferBindingType[] => [
  "uniform",
  ...Array<GPUBufferBindingType>(reads).fill("read-only-storage"),
  ...Array<GPUBufferBindingType>(writes).fill("storage"),
];

/** Adds a dispatch of x · y workgroups, with these buffers bound in their order. */
export function encodeDispatch(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  buffers: readonly GPUBuffer[],
  [x, y]: readonly [number, number],
): void {
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(x, y);
  pass.end();
}
