/** Draws from a Gaussian process at some points, all outputs of which share one covariance. */
import { NdArray } from "../../array/mod.ts";
import { diagonalize } from "../../linalg/factor.ts";
import { EPSILON } from "../../linalg/precision.ts";
import { multiply } from "../../linalg/products.ts";
import { answering } from "../../pause.ts";
import type { Key } from "../../random/mod.ts";
import { normalSteps } from "../../random/normal.ts";
import { scaleColumns } from "../matrices.ts";

/** What is drawn. */
export interface Drawn {
  readonly key: Key;
  readonly count: number;
  readonly outputs: number;
}

/**
 * Draws of mean 0, shape [count, points, outputs], from U·√Λ·z with the eigensystem U·Λ·Uᵀ of the covariance: it need not have full
 * rank, as where two points are equal.
 *
 * @param scale What the covariance is a difference of: eigenvalues below −√ε of the sum of its diagonal are refused; default: itself.
 */
export async function drawn(
  covariance: NdArray,
  { key, count, outputs }: Drawn,
  scale = trace(covariance),
): Promise<NdArray<Float64Array>> {
  const n = covariance.shape[0];
  const { values, vectors } = await diagonalize(covariance, "the covariance");
  const least = values.data[0];
  const floor = -Math.sqrt(EPSILON[covariance.dtype]) * scale;
  if (least < floor) {
    throw new RangeError(
      `Cannot draw samples as the eigenvalues of the covariance must not be below ${floor.toPrecision(3)}: ` +
        `current value is ${least.toPrecision(3)}; raise the noise, or compute kernels in float64`,
    );
  }
  const root = scaleColumns(vectors, values.data.map((value) => Math.sqrt(Math.max(value, 0))));
  const z = await answering(normalSteps(key, [n, count * outputs]));
  const { data } = await multiply(root, z);
  const samples = new Float64Array(data.length);
  for (let i = 0, at = 0; i < n; i++) {
    for (let s = 0; s < count; s++) {
      for (let c = 0; c < outputs; c++, at++) samples[(s * n + i) * outputs + c] = data[at];
    }
  }
  return new NdArray(samples, [count, n, outputs]);
}

/** The sum of the diagonal, which no eigenvalue of a covariance exceeds. */
export function trace({ data, shape: [n] }: NdArray): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += data[i * n + i];
  return sum;
}
