/** What the GPU finds wrong becomes an error with a class and a remedy. */
import { unlessLost } from "./loss.ts";

const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/**
 * The value of `work`, or the error that its commands cause.
 *
 * The scopes are a stack of the device, shared by computations that run side by side: `work` is synchronous so that they nest.
 */
export async function guarded<T>(device: GPUDevice, work: () => T): Promise<T> {
  FILTERS.forEach((filter) => device.pushErrorScope(filter));
  const attempt = new Promise<T>((resolve) => resolve(work()));
  const all = Promise.all([attempt, ...FILTERS.map(() => device.popErrorScope())]);
  // From the innermost scope outwards: what is invalid for lack of memory is reported as that.
  const [value, ...found] = await unlessLost(device, all);
  const error = found.find((one) => one !== null);
  if (error) throw refusal(error);
  return value;
}

/** The device has no memory for a buffer, or says so; smaller ones may do. */
export class OutOfMemoryError extends RangeError {}

/** Something does not fit in the largest buffer. */
export class DoesNotFitError extends RangeError {
  constructor(what: string, bytes: number, room: number) {
    super(
      `Cannot compute a kernel on webgpu as ${what} must fit in a buffer of ${room} bytes: ` +
        `current value is ${bytes} bytes, use { backend: "reference" }`,
    );
  }
}

function refusal(error: GPUError): Error {
  if (error instanceof GPUOutOfMemoryError) return new OutOfMemoryError(error.message || "out of memory");
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
