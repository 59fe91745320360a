/** The loss of a device: what waits for the device is told at once, since drivers may leave it waiting for ever. */
import { DeviceLostError } from "../../../errors.ts";

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
    `Cannot compute a kernel on webgpu as the device must stay available: current value is lost (${
      loss.message || loss.reason
    }), call again to open it anew or use { backend: "reference" }`,
    { cause },
  );
}
