/**
 * The columns of all powers of a kernel that are not exact: each holds some of every power, F(v, x̂) = Σₖ gₖ(v)·ψₖ(x̂) with
 * E ψₖ(x̂)·ψₗ(ŷ) = δₖₗ·ρᵏ, and a wave of what lies above the degree (waves.ts).
 *
 * ψₖ are Hermite polynomials of one projection z = ⟨w, x̂⟩ (hermite.ts). Where their products vary too much, as of polynomials of high degree,
 * ψₖ are sketches of powers (directions.ts).
 */
import { foldIn, type Key } from "../random/mod.ts";
import { SketchedPowers } from "./directions.ts";
import { GroupFactors } from "./group_factors.ts";
import { addHermite, hermiteFactors, kurtosis } from "./hermite.ts";
import type { NormFunctions } from "./norm_functions.ts";
import { type HighPowers, Waves } from "./waves.ts";

/** Columns in a row that share the factors of their powers. */
const GROUP = 16;
/** E F⁴/(E F²)² of Hermite series above which powers are sketched, which takes longer: then it is about nine. */
const MOST_KURTOSIS = 16;

/** What random columns are for. */
export interface RandomDemand {
  readonly count: number;
  /** Powers below are exact */
  readonly exact: number;
  /** Entries of a row */
  readonly width: number;
  readonly high: HighPowers;
}

/** The random columns of one kernel. */
export class RandomColumns {
  readonly #factors: GroupFactors;
  /** Parts that have factors; the last two of them are those of waves */
  readonly #parts: number;
  /** Powers that are not exact end here */
  readonly #terms: number;
  readonly #sketches: SketchedPowers | null;
  readonly #waves: Waves | null;
  readonly #sums: Float64Array;

  constructor(key: Key, functions: NormFunctions, { count, exact, width, high }: RandomDemand) {
    const { weights } = functions;
    const { degree } = high;
    const groups = Math.ceil(count / GROUP);
    const isRandom = weights.map((weight, p) => p >= exact && weight > 0 ? 1 : 0);
    this.#parts = weights.length;
    this.#terms = isRandom.lastIndexOf(1, degree) + 1;
    this.#sums = new Float64Array(groups * GROUP);
    const hermite = hermiteFactors(degree).map((factor, k) => factor * isRandom[k]);
    const isSketched = this.#terms > 0 &&
      kurtosis(hermite.map((factor, k) => factor * Math.sqrt(weights[k]))) > MOST_KURTOSIS;
    const scales = isRandom.map((is, p) => isSketched || p > degree ? is : hermite[p]);
    this.#factors = new GroupFactors(foldIn(key, 0), functions, scales, groups);
    const sizes = { width, degree: this.#terms - 1, most: count };
    this.#sketches = isSketched ? new SketchedPowers(foldIn(key, 1), sizes) : null;
    const hasWaves = isRandom.lastIndexOf(1) > degree;
    this.#waves = hasWaves ? new Waves(foldIn(key, 2), groups * GROUP, high) : null;
  }

  /** Projections of a direction that columns are made of. */
  get projections(): number {
    return this.#sums.length;
  }

  /** Writes all columns of a row of direction x̂, its projections, its mean square and the functions of the norm at that. */
  into(
    out: Float64Array,
    direction: Float64Array,
    projected: Float64Array,
    variance: number,
    functions: Float64Array,
  ): void {
    const sums = this.#sums.fill(0), parts = this.#parts;
    const factors = this.#factors.of(functions, variance);
    this.#sketches?.each(direction, (power, k) => {
      for (let i = 0; i < out.length; i++) sums[i] += factors[Math.floor(i / GROUP) * parts + k] * power[i];
    });
    for (let i = 0, at = 0; i < sums.length; i += GROUP, at += parts) {
      const group = [i, i + GROUP] as const;
      if (!this.#sketches) addHermite(sums, projected, group, factors.subarray(at, at + this.#terms));
      this.#waves?.add(sums, projected, group, factors[at + parts - 2], factors[at + parts - 1]);
    }
    const scale = 1 / Math.sqrt(out.length);
    for (let i = 0; i < out.length; i++) out[i] = sums[i] * scale;
  }
}
