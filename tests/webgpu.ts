/**
 * Tests on the WebGPU device: `gpuTest` registers one, `evaluateOnGpu` computes an expression there.
 *
 * Without an adapter, or without float64 on it, they are ignored or, with REQUIRE_WEBGPU=1, fail.
 */
import type { DType } from "../lib/array/dtype.ts";
import type { Expr, Variable } from "../lib/expr/expr.ts";
import { topological } from "../lib/expr/graph.ts";
import { renderWgsl, wgslTypes } from "../lib/render/wgsl.ts";
import { testsOf } from "./equipment.ts";

// Without it the loader of Linux's Vulkan drivers prints a line for every device.
if (Deno.build.os === "linux" && !Deno.env.get("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");

const features: Readonly<Record<DType, string[]>> = { float32: [], float64: ["wgpu-shader-f64"] };
const arrays = { float32: Float32Array, float64: Float64Array };

/** A new device that computes in `precision`; throws with the reason where there is none. */
export async function requestDevice(precision: DType): Promise<GPUDevice> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  return await adapter.requestDevice({ requiredFeatures: features[precision] as GPUFeatureName[] });
}

/** Why tests in `precision` cannot run here, or null when they can. */
async function obstacle(precision: DType): Promise<string | null> {
  try {
    (await requestDevice(precision)).destroy();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const float32 = await obstacle("float32");
const float64 = float32 ?? (await obstacle("float64") && "no float64 on the WebGPU adapter");

/** Why tests cannot run here, by precision; null where they can. */
export const obstacles = { float32, float64 };
const register = {
  float32: await compilesSlowly() ? sampled : testsOf("WEBGPU", float32),
  float64: testsOf("WEBGPU", float64),
};

/** Whether the adapter is Mesa's OpenGL in software, the one without float64: the shader of a network takes up to minutes there. */
async function compilesSlowly(): Promise<boolean> {
  if (float32 !== null || float64 === null) return false;
  return (await navigator.gpu.requestAdapter())!.info.isFallbackAdapter;
}

/** Registers one in 16 tests, the same ones in every run; with ALL_SHADERS=1 all. */
function sampled(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  const hash = Array.from(name).reduce((sum, letter) => (31 * sum + letter.codePointAt(0)!) % 65521, 0);
  if (hash % 16 === 0 || Deno.env.get("ALL_SHADERS") === "1") return Deno.test(name, test);
  const reason = "OpenGL in software compiles too slowly for more than one shader in 16, set ALL_SHADERS=1";
  Deno.test({ name: `${name} (ignored: ${reason})`, ignore: true, fn() {} });
}

/** Registers a test that gets a device for `precision`; validation errors fail it, and the device is destroyed after it. */
export function gpuTest(
  name: string,
  test: (device: GPUDevice) => Promise<void>,
  precision: DType = "float32",
): void {
  register[precision](name, async () => {
    const device = await requestDevice(precision);
    try {
      device.pushErrorScope("validation");
      await test(device);
      const error = await device.popErrorScope();
      if (error) throw new Error(`WebGPU validation: ${error.message}`);
    } finally {
      device.destroy();
    }
  });
}

/** `expr` at every index of the arrays of `bindings`, computed on `device`. */
export async function evaluateOnGpu(
  device: GPUDevice,
  expr: Expr,
  bindings: Readonly<Record<string, ArrayLike<number>>>,
  precision: DType,
): Promise<Float64Array> {
  const { length } = Object.values(bindings)[0];
  const inputs = arrays[precision].from(Object.values(bindings).flatMap((values) => Array.from(values)));
  const module = device.createShaderModule({ code: shader(expr, Object.keys(bindings), length, precision) });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  return await dispatch(device, pipeline, inputs, length);
}

/** A shader that reads the value i of variable v at `inputs[v · length + i]`. */
function shader(expr: Expr, names: string[], length: number, precision: DType): string {
  const type = wgslTypes[precision];
  const variables = topological([expr]).filter(({ kind }) => kind === "variable");
  const nameOf = (variable: Expr) => (variable.payload as Variable).name;
  const { prelude, statements, results } = renderWgsl({ value: expr }, {
    precision,
    reference: (variable) => `v${variables.indexOf(variable)}`,
  });
  const loads = variables.map((variable, i) =>
    `let v${i} = inputs[${names.indexOf(nameOf(variable)) * length}u + i];`
  );
  return `
@group(0) @binding(0) var<storage, read> inputs: array<${type}>;
@group(0) @binding(1) var<storage, read_write> outputs: array<${type}>;
${prelude}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
  let i = thread.x;
  if (i >= ${length}u) { return; }
  ${loads.join("\n  ")}
  ${statements}
  outputs[i] = ${results.value};
}`;
}

async function dispatch(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  inputs: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  length: number,
): Promise<Float64Array> {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const size = length * inputs.BYTES_PER_ELEMENT;
  const input = device.createBuffer({ size: inputs.byteLength, usage: STORAGE | COPY_DST });
  const output = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const readback = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(input, 0, inputs);
  const entries = [input, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(length / 64));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  const mapped = readback.getMappedRange();
  const values = Float64Array.from(
    inputs instanceof Float32Array ? new Float32Array(mapped) : new Float64Array(mapped),
  );
  for (const buffer of [input, output, readback]) buffer.destroy();
  return values;
}
