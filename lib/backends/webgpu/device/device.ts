/** The GPU: one device for the process, opened when first needed and again after it was lost. */
import { BackendUnavailableError } from "../../../errors.ts";
import type { Availability } from "../../backend.ts";
import { FIRST_OPERATIONS, LONG_MS, SHORT_MS } from "../budget.ts";

/** What a computation may ask of the device. */
export interface Limits {
  /** Bytes of a storage binding */
  readonly bindingBytes: number;
  /** Bytes of a buffer */
  readonly bufferBytes: number;
  /** Workgroups of a dispatch along each axis */
  readonly workgroups: number;
  /** Arithmetic operations of a dispatch, so that it stays short */
  readonly operations: number;
  /** Bytes of memory that a workgroup shares */
  readonly workgroupBytes: number;
}

/** An open device, as the computations of this backend see it. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly description: string;
  readonly software: boolean;
  readonly float64: boolean;
  readonly limits: Limits;
  readonly pace: Pace;
}

/** wgpu's name for float64 in shaders: not in the standard and not listed by adapters, so it is found by asking. */
const FLOAT64 = "wgpu-shader-f64" as GPUFeatureName;
/** How emulations on the CPU call themselves; not all of them say that they are fallbacks. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|basic render|software/i;
const OTHERWISE = 'use { backend: "reference" }';

let current: Promise<Gpu> | null = null;
/** There was a device, so that there may be one again. */
let opened = false;

/** The device; throws `BackendUnavailableError` if there is none. */
export function acquire(): Promise<Gpu> {
  return current ??= open().catch((error) => {
    // A driver that starts anew has no adapter for a while; a machine without a GPU is asked once.
    if (opened) current = null;
    throw error;
  });
}

/** What the device can do here. Never throws. */
export async function availability(): Promise<Availability> {
  const name = "webgpu";
  try {
    const { description, software, float64 } = await acquire();
    const reason = float64
      ? ""
      : 'the device does not compute in float64, use { dtype: "float32" } or { backend: "reference" }';
    const dtypes = float64 ? ["float64", "float32"] as const : ["float32"] as const;
    return { name, dtypes, device: description, fast: !software, reason };
  } catch (error) {
    return { name, dtypes: [], device: "", fast: false, reason: (error as Error).message };
  }
}

/** Opens a device, with float64 if it can have it: that is asked for first, and where it is refused, a device without. */
async function open(): Promise<Gpu> {
  const { adapter, device, float64 } = await request([FLOAT64]).catch(() => request([])).catch(unavailable);
  opened = true;
  device.lost.then(() => current = null);
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const software = isFallbackAdapter || SOFTWARE.test(description);
  const operations = software ? FIRST_OPERATIONS.software : FIRST_OPERATIONS.hardware;
  return {
    device,
    description: description || `${vendor} ${architecture}`.trim() || "GPU",
    software,
    float64,
    limits: {
      bindingBytes: device.limits.maxStorageBufferBindingSize,
      bufferBytes: device.limits.maxBufferSize,
      workgroups: device.limits.maxComputeWorkgroupsPerDimension,
      operations,
      workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
    },
    pace: new Pace(operations),
  };
}

function unavailable(error: Error): never {
  if (error instanceof BackendUnavailableError) throw error;
  const reason = `the GPU could not be opened (${error.message}), update its driver or ${OTHERWISE}`;
  throw new BackendUnavailableError(reason, { cause: error });
}

/** A new device with the adapter's limits: an adapter opens only one. */
async function request(features: GPUFeatureName[]) {
  if (!globalThis.navigator?.gpu) {
    throw new BackendUnavailableError(
      `this runtime has no navigator.gpu, run in Deno or a browser with WebGPU or ${OTHERWISE}`,
    );
  }
  await quietLoader();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new BackendUnavailableError(
      `no GPU was found, install its driver (on Linux a Vulkan one, such as mesa-vulkan-drivers) or ${OTHERWISE}`,
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize };
  const device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits });
  return { adapter, device, float64: features.includes(FLOAT64) };
}

/** The Vulkan loader of Linux prints a complaint when this variable is missing; any folder will do. */
async function quietLoader(): Promise<void> {
  if (globalThis.Deno?.build.os !== "linux") return;
  const { state } = await Deno.permissions.query({ name: "env", variable: "XDG_RUNTIME_DIR" });
  if (state === "granted" && !Deno.env.get("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
}

/** How much work goes to the device at once: arithmetic operations a submission, adapted to what the device is seen to do. */
export class Pace {
  // Doubled and halved: from a guess that is wrong by a factor of a thousand it takes ten submissions to the right size.
  constructor(public operations: number) {}

  /** A submission has taken at most this long, and at least `least`. */
  adapt(milliseconds: number, least: number = milliseconds): void {
    if (milliseconds < SHORT_MS) this.operations *= 2;
    if (least > LONG_MS) this.operations /= 2;
  }
}
