/** Jobs of networks with positions, as backends receive them, and what the reference makes of them. */
import type { stax } from "../../mod.ts";
import { type DType, type NdArray } from "../../lib/array/mod.ts";
import type { Values } from "../../lib/array/dtype.ts";
import { reference } from "../../lib/backends/reference/backend.ts";
import type { Job, JobResult } from "../../lib/program/job.ts";
import { acquire, type Limits, Pace } from "../../lib/backends/webgpu/device/device.ts";
import { runPositions } from "../../lib/backends/webgpu/run/positions.ts";
import { compileNetwork } from "../../lib/network/compile.ts";
import { execute } from "../../lib/network/execute.ts";
import { prepare } from "../../lib/network/inputs.ts";
import { assert, assertEquals } from "../assert.ts";
import { finished } from "../../lib/steps.ts";

/** The job of a network's NNGP and NTK, with all pairs of output positions. */
export async function jobOf(
  network: stax.Network,
  x1: NdArray,
  x2: NdArray | null,
  dtype: DType,
): Promise<Job> {
  const axes = { batchAxis: 0, channelAxis: -1 };
  const input = finished(prepare(x1, x2, { dtype, axes, pattern: null, maskConstant: null }));
  const compiled = await compileNetwork(network, input, ["nngp", "ntk"], "full");
  return await new Promise((resolve, reject) => {
    // It never comes to an end: the job is all that is wanted.
    const run = (job: Job) => new Promise<never>(() => resolve(job));
    execute(compiled, input, { ...reference, run }, { dtype }).catch(reject);
  });
}

/** What a device with other limits and a fresh pace gives. */
export async function runWith(
  job: Job,
  limits: Partial<Limits> = {},
  operations?: number,
): Promise<JobResult> {
  const gpu = await acquire();
  const pace = new Pace(operations ?? gpu.limits.operations);
  return await runPositions({ ...gpu, pace, limits: { ...gpu.limits, ...limits } }, job);
}

/** What the reference gives in float64 for the same inputs. */
export function expectedOf(job: Job): Promise<JobResult> {
  return reference.run({ ...job, dtype: "float64", onProgress: undefined, signal: undefined });
}

/** Fails unless results differ by at most `bound` of the largest entry of each. */
export function assertNear(
  actual: JobResult,
  expected: JobResult,
  bound: number,
  message = "",
): void {
  assertClose(actual.own, expected.own, bound, `${message} own`);
  for (const [name, values] of Object.entries(expected.matrices)) {
    assertClose(actual.matrices[name], values, bound, `${message} ${name}`);
  }
}

/** Fails unless values differ by at most `bound` of the largest; SHOW_DEVIATIONS=1 prints how much they do. */
export function assertClose(actual: Values, expected: Values, bound: number, message: string): void {
  assertEquals(actual.length, expected.length, message);
  let [error, scale] = [0, 0];
  for (let k = 0; k < expected.length; k++) {
    const difference = Math.abs(actual[k] - expected[k]);
    error = Number.isNaN(difference) ? Infinity : Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[k]));
  }
  if (Deno.env.has("SHOW_DEVIATIONS")) console.log(`${message}: ${(error / scale).toExponential(1)}`);
  assert(error <= bound * scale, `${message}: ${error / scale} must be at most ${bound}`);
}
