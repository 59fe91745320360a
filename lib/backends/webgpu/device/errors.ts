/**
 * What goes wrong on a device becomes an error with a class and a remedy: commands that it refuses (`guarded`), its loss
 * (`unlessLost`), what does not fit or takes too long.
 *
 * What waits for a lost device is told at once, since drivers may leave it waiting for ever.
 */
import { DeviceLostError } from "../../../errors.ts";
import { MOST_TURNS } from "../budget.ts";

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
      `Cannot compute on webgpu as ${what} must fit in a buffer of ${room} bytes: ` +
        `current value is ${bytes} bytes, use { backend: "reference" }`,
    );
  }
}

/** The error for more turns than an emulation takes. */
export const tooManyTurns = (turns: number): RangeError =>
  new RangeError(
    `Cannot compute on an emulated GPU as the loops of a thread must take at most ${MOST_TURNS} turns: ` +
      `current value is ${turns}, use { backend: "reference" }`,
  );

function refusal(error: GPUError): Error {
  if (error instanceof GPUOutOfMemoryError) return new OutOfMemoryError(error.message || "out of memory");
  return new Error(
    `Cannot compute on webgpu as its commands must be valid: current value is ${error.message.trim()}`,
  );
}

/** The error of a shader that does not compile, with the compiler's message. */
export function shaderError(messages: string): Error {
  return new Error(
    `Cannot compile a shader for webgpu as its WGSL must be valid: current value is ${messages.trim()}`,
  );
}

/** What is known of a device. */
interface Watch {
  /** Why it was lost, or null while it works */
  loss: GPUDeviceLostInfo | null;
  /** Those who wait for it now: a reaction to `device.lost` for every wait would live as long as the device */
  readonly waiting: Set<(loss: GPUDeviceLostInfo) => void>;
}

const watches = new WeakMap<GPUDevice, Watch>();

function watchOf(device: GPUDevice): Watch {
  const known = watches.get(device);
  if (known) return known;
  const watch: Watch = { loss: null, waiting: new Set() };
  watches.set(device, watch);
  device.lost.then((loss) => {
    watch.loss = loss;
    for (const tell of watch.waiting) tell(loss);
    watch.waiting.clear();
  });
  return watch;
}

/**
 * The value of a promise that the device keeps.
 *
 * @throws {DeviceLostError} as soon as the device is lost, whether the promise is kept or not.
 */
export function unlessLost<T>(device: GPUDevice, promise: Promise<T>): Promise<T> {
  const watch = watchOf(device);
  return new Promise((resolve, reject) => {
    const tell = (loss: GPUDeviceLostInfo) => reject(lossError(loss));
    if (watch.loss) tell(watch.loss);
    watch.waiting.add(tell);
    promise.then(resolve, reject).finally(() => watch.waiting.delete(tell));
  });
}

/** The cause of a failed computation: the loss of the device where there was one, else `error` itself. */
export async function causeOf(error: unknown, device: GPUDevice): Promise<unknown> {
  if (error instanceof DeviceLostError) return error;
  // The loss is reported in a task of its own, which may come after the commands that fail because of it.
  const watch = watchOf(device);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return watch.loss ? lossError(watch.loss, error) : error;
}

function lossError(loss: GPUDeviceLostInfo, cause?: unknown): DeviceLostError {
  return new DeviceLostError(
    `Cannot compute on webgpu as the device must stay available: current value is lost (${
      loss.message || loss.reason
    }), call again to open it anew or use { backend: "reference" }`,
    { cause },
  );
}
