/**
 * What a kernel is judged by, with its derivative. In: A = K + noise·I, factored, and the targets. Out: a number, and the symmetric W
 * with which it changes by tr(W·dA).
 */
import { NdArray } from "../../array/mod.ts";
import type { Factor } from "../../linalg/factor.ts";
import { inverseOf } from "../../linalg/inverse.ts";
import { gramOfRows, multiplyTransposed } from "../../linalg/products.ts";
import { answering } from "../../pause.ts";
import { inRanges } from "../../steps.ts";
import { leftOut, logEvidence, type Weighed } from "../densities.ts";

/** The evidence, or the density of targets that are left out, each after the others. */
export type ObjectiveName = "evidence" | "leaveOneOut";

/** Their names. */
export const objectiveNames: readonly ObjectiveName[] = ["evidence", "leaveOneOut"];

/** A⁻¹·Y, and A⁻¹ itself. */
export interface Solved extends Weighed {
  /** A⁻¹, computed when it is asked for */
  readonly inverse: () => Promise<NdArray<Float64Array>>;
}

/** What a factor and targets of shape [n, outputs] give. */
export async function solved(factor: Factor, targets: NdArray<Float64Array>): Promise<Solved> {
  let known: Promise<NdArray<Float64Array>> | undefined;
  return {
    targets,
    alpha: await factor.solve(targets),
    logDeterminant: factor.logDeterminant,
    inverse: () => known ??= inverseOf(factor.lower),
  };
}

/** ½·(ααᵀ − c·A⁻¹) (eq. 5.9). */
async function evidenceWeights({ alpha, inverse }: Solved): Promise<Float64Array> {
  const [n, outputs] = alpha.shape;
  const [{ data: inverted }, { data: weights }] = [await inverse(), await gramOfRows(alpha)];
  await forRows(n, (start, end) => {
    for (let at = start * n; at < end * n; at++) weights[at] = (weights[at] - outputs * inverted[at]) / 2;
  });
  return weights;
}

/** Σᵢ log p(yᵢ | all others) over all outputs. */
async function logLeaveOneOut({ targets, alpha, inverse }: Solved): Promise<number> {
  const { logDensities } = leftOut(targets, alpha, diagonalOf(await inverse()));
  return logDensities.reduce((sum, density) => sum + density, 0);
}

/**
 * With dα = −A⁻¹·dA·α and dp the diagonal of −A⁻¹·dA·A⁻¹: ½·(B·αᵀ + α·Bᵀ) − A⁻¹·G·A⁻¹ with B = A⁻¹·(α/p) and the diagonal
 * Gᵢᵢ = Σ ½·(1/pᵢ + αᵢ²/pᵢ²) (eq. 5.13).
 */
async function leaveOneOutWeights({ alpha, inverse }: Solved, factor: Factor): Promise<Float64Array> {
  const [n, outputs] = alpha.shape;
  const full = await inverse();
  const p = diagonalOf(full);
  const ratio = new NdArray(alpha.data.map((a, at) => a / p[Math.floor(at / outputs)]), alpha.shape);
  const outer = await multiplyTransposed(await factor.solve(ratio), alpha);
  const roots = Float64Array.from(p, (own, i) => {
    const squares = ratio.data.subarray(i * outputs, (i + 1) * outputs).reduce((sum, r) => sum + r * r, 0);
    return Math.sqrt((outputs / own + squares) / 2);
  });
  const scaled = full.data.slice();
  await forRows(n, (start, end) => {
    for (let at = start * n; at < end * n; at++) scaled[at] *= roots[at % n];
  });
  const weights = (await gramOfRows(new NdArray(scaled, [n, n]))).data;
  await forRows(n, (start, end) => {
    for (let i = start; i < end; i++) {
      for (let j = 0, at = i * n; j < n; j++, at++) {
        weights[at] = (outer.data[at] + outer.data[j * n + i]) / 2 - weights[at];
      }
    }
  });
  return weights;
}

/** Entries of matrices that are looked at in a step, about a millisecond. */
const STEP = 2 ** 18;

/** Calls `act` for ranges of n rows of n entries, with turns of timers between them. */
const forRows = (n: number, act: (start: number, end: number) => void): Promise<void> =>
  answering(inRanges(n, Math.ceil(STEP / n), act));

function diagonalOf({ data, shape: [n] }: NdArray<Float64Array>): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => data[i * n + i]);
}

/** A judgement of kernels. */
interface Objective {
  readonly value: (solved: Solved) => number | Promise<number>;
  readonly weights: (solved: Solved, factor: Factor) => Promise<Float64Array>;
}

/** The judgements by name. */
export const objectives: Readonly<Record<ObjectiveName, Objective>> = {
  evidence: { value: logEvidence, weights: evidenceWeights },
  leaveOneOut: { value: logLeaveOneOut, weights: leaveOneOutWeights },
};
