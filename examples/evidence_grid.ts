/** The evidence of a family of networks for some data, over the scale of weights and the noise. */
import { type NdArray, NotPositiveDefiniteError, predict, type stax } from "../mod.ts";
import type { Measurements } from "./noisy_function.ts";

/** Log evidences of a grid. */
export interface EvidenceGrid {
  /** Scales of weights, ascending. */
  readonly wStds: readonly number[];
  /** Variances of the noise, ascending. */
  readonly noises: readonly number[];
  /** Log evidence of wStds[i] and noises[j] at [j·wStds.length + i]. */
  readonly values: readonly number[];
}

/** So many numbers from `low` to `high`, equally spaced on a logarithmic scale. */
export function spaced([low, high]: readonly [number, number], count: number): number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** The evidence at every point; where the kernel is singular in spite of the noise it is −∞. */
export async function evidenceGrid(
  networkOf: (wStd: number) => stax.Network,
  data: Measurements,
  { wStds, noises }: Pick<EvidenceGrid, "wStds" | "noises">,
  { kernel, backend, onDone }: {
    readonly kernel: "nngp" | "ntk";
    readonly backend: string;
    /** Hears how many points are done. */
    readonly onDone: (done: number) => void;
  },
): Promise<EvidenceGrid> {
  const values = Array<number>(wStds.length * noises.length);
  for (const [i, wStd] of wStds.entries()) {
    const covariance = await networkOf(wStd).kernelFn(data.x, null, kernel, { backend });
    for (const [j, noise] of noises.entries()) {
      values[j * wStds.length + i] = await evidence(covariance, data.y, noise);
    }
    onDone((i + 1) * noises.length);
  }
  return { wStds, noises, values };
}

/** A regression asks for nothing but the kernel of the measurements until it predicts: all noises share one. */
async function evidence(covariance: NdArray, y: readonly number[], noise: number): Promise<number> {
  const numbers = y.map((_, i) => [i]);
  try {
    const model = await predict.regression(() => Promise.resolve(covariance), numbers, y, { noise });
    return model.logMarginalLikelihood;
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) return -Infinity;
    throw error;
  }
}
