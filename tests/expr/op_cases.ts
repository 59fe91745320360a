/** One list of inputs and error bounds for every operation; every target and the derivatives are tested on it. */
import type { DType } from "../../lib/array/dtype.ts";
import type { OpName } from "../../lib/expr/ops.ts";

/** Draws one argument from a uniform number in [0, 1). */
type Sampler = (uniform: number, precision: DType) => number;

/** Where an operation is tested, and how far a target may be from the exact value. */
export interface OpCase {
  /** One sampler an argument, for each region of interest. */
  readonly regions: readonly (readonly Sampler[])[];
  /** Arguments that are always tried. */
  readonly edges: readonly (readonly number[])[];
  /** Largest error in ULP, with correctly rounded arithmetic (0 means exact) … */
  readonly ulp: number;
  /** … and on a GPU, whose division and square root may be off by 2.5 ULP in float32. */
  readonly gpuUlp: number;
}

const between = (low: number, high: number): Sampler => (u) => low + (high - low) * u;
const within = (float32: number, float64: number): Sampler => (u, precision) =>
  (2 * u - 1) * { float32, float64 }[precision];
/** ±10^low … ±10^high, evenly in the exponent. */
const spread = (low: number, high: number): Sampler => (u) =>
  (u < 0.5 ? -1 : 1) * 10 ** (low + (high - low) * (u < 0.5 ? 2 * u : 2 * u - 1));
const positive = (low: number, high: number): Sampler => (u) => 10 ** (low + (high - low) * u);
const integer = (low: number, high: number): Sampler => (u) => Math.floor(low + (high + 1 - low) * u);
/** The numbers next to multiples of π/2, where sine or cosine is tiny. */
const quarterTurn: Sampler = (u, precision) =>
  Math.round((u - 0.5) * { float32: 12000, float64: 1200000 }[precision]) * Math.PI / 2;
const truth = integer(0, 1);
const unit = between(-4, 4);
const wide = spread(-12, 12);
const angle = [[unit], [within(1e4, 1e6)], [spread(-20, 0)], [quarterTurn]];

const exact = (regions: Sampler[][], edges: number[][] = []) => ({ regions, edges, ulp: 0, gpuUlp: 0 });
const approximate = (ulp: number, gpuUlp: number, regions: Sampler[][], edges: number[][]): OpCase => ({
  regions,
  edges,
  ulp,
  gpuUlp,
});
const pairs = [[0, 0], [1, 1], [-1, 1], [1, -1], [0, 2], [2, 0]];
const singles = [[0], [1], [-1], [0.5], [-0.5]];

/** The cases; exact operations are compared after rounding the exact value to the target's format. */
export const opCases: Readonly<Record<OpName, OpCase>> = {
  add: exact([[unit, unit], [wide, wide]], pairs),
  sub: exact([[unit, unit], [wide, wide]], pairs),
  mul: exact([[unit, unit], [wide, wide]], pairs),
  div: approximate(0.5, 2.5, [[unit, spread(-6, 6)], [wide, wide]], [[0, 1], [1, 1], [-1, 3], [1, -7]]),
  neg: exact([[wide]], singles),
  abs: exact([[wide]], singles),
  min: exact([[unit, unit], [wide, wide]], pairs),
  max: exact([[unit, unit], [wide, wide]], pairs),
  floor: exact([[between(-100, 100)], [spread(-8, 6)]], [...singles, [2], [-2], [1.5], [-1.5]]),
  lt: exact([[unit, unit], [truth, truth]], pairs),
  eq: exact([[unit, unit], [truth, truth]], pairs),
  and: exact([[truth, truth], [unit, truth]], pairs),
  select: exact([[truth, unit, unit], [unit, wide, wide]], [[0, 1, 2], [1, 1, 2], [-3, 1, 2]]),
  sqrt: approximate(0.5, 2.5, [[positive(-12, 12)], [unit]], [...singles, [4], [-1e-9]]),
  exp: approximate(1, 1.5, [[within(87, 708)], [unit]], [...singles, [88]]),
  expm1: approximate(2, 2, [[within(87, 708)], [unit], [spread(-20, -1)]], [...singles, [-50], [88]]),
  log: approximate(1, 1.5, [[between(0.3, 3)], [positive(-37, 38)]], [[1], [0.5], [2], [Math.SQRT2], [
    1e-30,
  ]]),
  log1p: approximate(
    1.5,
    2,
    [[between(-0.99, 3)], [spread(-20, -1)], [positive(-3, 38)]],
    [[0], [1], [-0.5], [1e-30], [-1e-30]],
  ),
  sin: approximate(2.5, 3, angle, singles),
  cos: approximate(2.5, 3, angle, singles),
  tanh: approximate(1.5, 2, [[unit], [between(-25, 25)], [spread(-20, 0)]], [...singles, [1000], [-1000], [
    0.55,
  ]]),
  erf: approximate(1.5, 2, [[unit], [between(-7, 7)], [spread(-20, 0)]], [...singles, [1000], [-1000]]),
  asin: approximate(3.5, 5, [[between(-1, 1)], [spread(-20, 0)]], [[0], [1], [-1], [0.5]]),
  acos: approximate(3.5, 5, [[between(-1, 1)], [spread(-20, 0)]], [[0], [1], [-1], [0.5]]),
  atan2: approximate(2.5, 3.5, [[unit, unit], [wide, wide]], [
    ...pairs,
    [0, -1],
    [1, 0],
    [-1, 0],
    [-1, -1],
    [1e-10, -1],
    [-1e-10, -1],
    [1, 1e-10],
    [1, -1e-10],
  ]),
  atanSqrt: approximate(1.5, 3, [[between(0, 1)], [positive(-30, 0)]], [[0], [1], [0.25]]),
  ldexp: exact([[unit, integer(-60, 60)], [unit, integer(-100, 120)]], [[0, 5], [1, 0], [-1.5, 100]]),
  exponent: exact([[wide], [spread(-37, 38)]], [[1], [2], [0.5], [1.9999998807907104], [-8], [1e30]]),
};

/** `count` inputs from each region and the edges, one array an argument, rounded to the format. */
export function drawArguments(op: OpName, precision: DType, count: number): Float64Array[] {
  const { regions, edges } = opCases[op];
  const uniform = uniforms(1);
  const rows = regions.flatMap((samplers) =>
    Array.from({ length: count }, () => samplers.map((sampler) => sampler(uniform(), precision)))
  );
  const round = precision === "float32" ? Math.fround : Number;
  const all = [...edges, ...rows];
  return all[0].map((_, k) => Float64Array.from(all, (row) => round(row[k])));
}

/** Uniform numbers in [0, 1) by the golden-ratio recurrence of splitmix32, the same in every run. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
