/** Runs a program of a network with positions on a backend, and shapes its results. */
import { NdArray } from "../array.ts";
import type { Backend, Gram, Job, Values } from "../backends/backend.ts";
import { UnsupportedError } from "../errors.ts";
import type { SpatialProgram } from "../spatial/program.ts";
import type { Entries } from "./execute.ts";
import type { Prepared } from "./inputs.ts";

/** Computes the kernel of inputs with positions; a full covariance has the shape (n1, n2, X, X, Y, Y, …). */
export async function executeSpatial(
  program: SpatialProgram,
  { source, n1, n2, symmetric }: Prepared,
  backend: Backend,
  { dtype, onProgress, signal }: Pick<Job, "dtype" | "onProgress" | "signal">,
): Promise<Entries> {
  if (!backend.runSpatial) {
    throw new UnsupportedError(
      `Cannot compute a network with positions on ${backend.name} as it must be on another backend: use { backend: "reference" }`,
    );
  }
  const { x1, x2, depth: channels } = source as Gram;
  const job = { program, x1, x2, channels, n1, n2, symmetric, dtype, onProgress, signal };
  const { matrices, own, numericalError } = await backend.runSpatial(job);
  const entries = own.length / (symmetric ? n1 : n1 + n2);
  const shaped = (values: Values, batch: readonly number[]) => shape(values, batch, program);
  return {
    nngp: shaped(matrices.nngp, [n1, n2]),
    ntk: matrices.ntk ? shaped(matrices.ntk, [n1, n2]) : null,
    cov1: shaped(own.slice(0, n1 * entries), [n1]),
    cov2: symmetric ? null : shaped(own.slice(n1 * entries), [n2]),
    numericalError,
  };
}

/** The array of values over (…batch, P, Q), or (…batch, P), with position axes in the order X, X, Y, Y of the Python library. */
function shape(
  values: Values,
  batch: readonly number[],
  { outputPositions, outputLayout }: SpatialProgram,
): NdArray {
  const lengths = outputPositions;
  if (outputLayout === "diagonal" || lengths.length <= 1) {
    const twice = outputLayout === "full" ? lengths.flatMap((length) => [length, length]) : lengths;
    return new NdArray(values, [...batch, ...twice]);
  }
  return new NdArray(interleaved(values, lengths), [
    ...batch,
    ...lengths.flatMap((length) => [length, length]),
  ]);
}

/** (X, Y, X′, Y′) to (X, X′, Y, Y′) in every matrix. */
function interleaved(values: Values, lengths: readonly number[]): Values {
  const positions = lengths.reduce((product, length) => product * length, 1);
  const order = new Int32Array(positions ** 2);
  for (let p = 0; p < positions; p++) {
    for (let q = 0; q < positions; q++) order[p * positions + q] = interleavedIndex(p, q, lengths);
  }
  const out = values.slice();
  values.forEach((value, k) => {
    const entry = k % order.length;
    out[k - entry + order[entry]] = value;
  });
  return out;
}

function interleavedIndex(p: number, q: number, lengths: readonly number[]): number {
  let index = 0;
  let stride = 1;
  for (const length of lengths.toReversed()) {
    index += stride * (q % length + length * (p % length));
    stride *= length * length;
    p = Math.floor(p / length);
    q = Math.floor(q / length);
  }
  return index;
}
