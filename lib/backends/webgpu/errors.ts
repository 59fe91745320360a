/** What the GPU finds wrong becomes an error with a class and a remedy. */
import { DeviceLostError } from "../../errors.ts";
import type { Gpu } from "./device.ts";

const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/**
 * The value of `work`, or the error that its commands cause.
 *
 * The scopes are a stack of the device, shared by computations that run side by side: `work` is synchronous so that they nest.
 */
export async function guarded<T>(device: GPUDevice, work: () => T): Promise<T> {
  FILTERS.forEach((filter) => device.pushErrorScope(filter));
  const attempt = new Promise<T>((resolve) => resolve(work()));
  const [value, ...found] = await Promise.all([attempt, ...FILTERS.map(() => device.popErrorScope())]);
  const error = found.find((one) => one !== null);
  if (error) throw refusal(error);
  return value;
}

function refusal(error: GPUError): Error {
  if (error instanceof GPUOutOfMemoryError) {
    return new RangeError(
      "Cannot compute a kernel on webgpu as its buffers must fit in the memory of the device: " +
        `current value is ${
          error.message || "out of memory"
        }, compute fewer rows at once or use { backend: "reference" }`,
    );
  }
  return new Error(
    `Cannot compute a kernel on webgpu as its commands must be valid: current value is ${error.message.trim()}`,
  );
}

/** The error of a shader that does not compile, with the compiler's message. */
export function shaderError(messages: string): Error {
  return new Error(
    `Cannot compile a kernel for webgpu as its WGSL must be valid: current value is ${messages.trim()}`,
  );
}

/** The cause of a failed computation: the loss of the device where there was one, else `error` itself. */
export async function causeOf(error: unknown, gpu: Gpu): Promise<unknown> {
  // The loss is reported in a task of its own, which may come after the commands that fail because of it.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const loss = gpu.loss();
  if (!loss) return error;
  return new DeviceLostError(
    `Cannot compute a kernel on webgpu as the device must stay available: current value is lost (${
      loss.message || loss.reason
    }), call again to open it anew or use { backend: "reference" }`,
    { cause: error },
  );
}
