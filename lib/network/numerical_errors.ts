/**
 * Errors of numerical nonlinearities, carried through the layers that follow them.
 *
 * All are relative to √(k₁₁k₂₂), the kernel's own entries at both points. Sums of kernels, and so `Dense` and `Conv`, have the
 * larger error of their terms, products the sum. A nonlinearity multiplies an error by what its dual changes with the
 * correlation, and adds its own. Where positions are pooled the error is that before, relative to the kernels that are averaged.
 */
import type { Activation } from "./activation.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { type Ledger, type Range, ROUGHNESS_STEP } from "../expr/table.ts";
import { type Moments, symbols } from "../moments.ts";

/** Largest errors of the entries of a kernel, relative to √(k₁₁k₂₂); 0 for closed forms. */
export interface NumericalErrors {
  /** Of `nngp` */
  readonly nngp: number;
  /** Of `ntk`; null if it was not computed */
  readonly ntk: number | null;
}

interface Errors {
  readonly nngp: number;
  readonly ntk: number;
}

/** What a computation has to say about errors. */
export interface Measured {
  readonly ledger: Ledger;
  /** Those of the kernel that is continued. */
  readonly given: Errors;
}

/** The errors of a kernel once it was computed; null if all of it is closed forms. */
export type ErrorRule = ((measured: Measured) => Errors) | null;

/** The errors of a kernel that is continued. */
export const givenErrors: ErrorRule = ({ given }) => given;

/** The worst of branches that are added or put side by side. */
export function largestOf(rules: readonly ErrorRule[]): ErrorRule {
  return combined(rules, (a, b) => Math.max(a, b));
}

/** Of branches that are multiplied: relative errors add up, and each term of the NTK has the NTK of one and the NNGPs of others. */
export function productOf(rules: readonly ErrorRule[]): ErrorRule {
  const sum = combined(rules, (a, b) => a + b);
  return sum && ((measured) => {
    const { nngp, ntk } = sum(measured);
    return { nngp, ntk: nngp + ntk };
  });
}

/** Of layers that multiply so many covariances with each other. */
export function amplified(rule: ErrorRule, factor: number): ErrorRule {
  return rule && ((measured) => {
    const { nngp, ntk } = rule(measured);
    return { nngp: factor * nngp, ntk: factor * Math.max(nngp, ntk) };
  });
}

function combined(rules: readonly ErrorRule[], combine: (a: number, b: number) => number): ErrorRule {
  const known = rules.filter((rule) => rule !== null);
  if (known.length < 2) return known[0] ?? null;
  return (measured) =>
    known.map((rule) => rule(measured)).reduce((a, b) => ({
      nngp: combine(a.nngp, b.nngp),
      ntk: combine(a.ntk, b.ntk),
    }));
}

/** The errors after a nonlinearity, whose variances the ledger has under `key`. */
export function afterNonlinearity(before: ErrorRule, activation: Activation, key: object): ErrorRule {
  const { numerical } = activation;
  if (!before && !numerical) return null;
  return (measured) => {
    const { ledger } = measured;
    const { nngp = 0, ntk = 0 } = before?.(measured) ?? {};
    const own = numerical?.();
    const of = (dual: "nngp" | "dNngp") => own && ledger.table(own[dual]) || { error: 0, roughness: 0 };
    const [values, slopes] = [of("nngp"), of("dNngp")];
    if (nngp === 0) return { nngp: values.error, ntk: ntk + slopes.error };
    const roughness = own
      ? { nngp: values.roughness, dNngp: slopes.roughness }
      : roughnessOf(activation, ledger.variances(key) ?? USUAL);
    const slope = slopes.error + carried(roughness.dNngp) * nngp;
    return {
      nngp: values.error + carried(roughness.nngp) * nngp,
      // A layer with weights adds the NNGP before.
      ntk: Math.max(nngp, ntk) * (1 + slope) + slope,
    };
  };
}

/**
 * What an error e of a covariance and half as large ones of both variances become: with coefficients aₖ, the covariance changes a
 * dual by Σ k aₖ² e, and each variance, at a fixed covariance, by at most ½ Σ √((k + 1)(k + 2)) |aₖaₖ₊₂| ½e ≤ ¼ (Σ k aₖ² + ½) e.
 */
const carried = (roughness: number) => 1.5 * roughness + 0.25;

/** Variances where they were not kept. */
const USUAL: Range = { lowest: 1e-2, highest: 1e2 };

/** The largest roughness of both duals of a closed form between two variances. */
function roughnessOf({ nngp, dNngp }: Activation, { lowest, highest }: Range) {
  const steps = 8;
  const variances = Array.from({ length: steps + 1 }, (_, i) => lowest * (highest / lowest) ** (i / steps));
  const largest = (dual: Expr) => Math.max(...variances.map((variance) => roughnessAt(dual, variance)));
  return { nngp: largest(nngp(symbols)), dNngp: largest(dNngp(symbols)) };
}

/** (1 − k(ρ)/k(1))/(1 − ρ) at ρ = 1 − ROUGHNESS_STEP. */
function roughnessAt(dual: Expr, variance: number): number {
  const at = (cov: number) => {
    const rootDet = Math.sqrt(variance - cov) * Math.sqrt(variance + cov);
    const distance = 2 * (variance - cov);
    const moments: Record<keyof Moments, number> = {
      ...{ cov, var1: variance, var2: variance, det: rootDet ** 2, rootDet, distance, apart: distance },
      angle: Math.atan2(rootDet, cov),
    };
    return evaluate(dual, moments);
  };
  const [one, near] = [at(variance), at(variance * (1 - ROUGHNESS_STEP))];
  if (one === 0) return 0;
  const roughness = (1 - near / one) / ROUGHNESS_STEP;
  return Number.isFinite(roughness) ? Math.max(0, roughness) : 1 / ROUGHNESS_STEP;
}
