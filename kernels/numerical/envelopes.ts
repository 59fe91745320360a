/**
 * What is taken out of a function at a kink: for each octave of the standard deviation the envelope and the orders.
 *
 * The closed form of the singular part h is added to the series and the series of h is subtracted: the result loses
 * (‖h‖/‖f‖)² rounding units. Bare powers outgrow most functions, so that an envelope is chosen which does not, as wide as it may be.
 */
import type { Steps } from "../../lib/steps.ts";
import { type Dual, slopesOf, type Term } from "./terms.ts";
import { singularSize } from "./singular_coefficients.ts";
import { differentiatePanel, sample } from "./legendre_panel.ts";

/** A kink and the jumps of the function and its derivatives there. */
export interface Kink {
  readonly at: number;
  readonly jumps: readonly number[];
}

type Bare = Pick<Term, "at" | "order" | "jump" | "narrowness">;

/**
 * ‖h‖/‖f‖ up to here, of all terms together at most, takes 36 rounding units, of which few add up: 2e-6 in float32. Slopes have
 * slower series, so that more is spent on them.
 */
const HARMLESS: Record<Dual, number> = { nngp: 6, dNngp: 12 };
/** Bare powers may exceed f so far, by order, where no envelope helps or the function consists of polynomials. */
const EXCESS = [1e5, 1e5, 60, 300, 1e3, 1e3];
/** A kink this many standard deviations away carries e^(−32). */
const FAR = 8;
/** Envelopes of widths from 2⁻³ to 2³ standard deviations. */
const WIDTHS = Array.from({ length: 13 }, (_, i) => 3 - i / 2);
/** How many jumps are taken out: fewer are smaller, but leave a slower series. */
const COUNTS = [6, 5, 4, 3, 2];
/** Jumps of higher orders than this are those of functions that are no polynomials beside the kink. */
const POLYNOMIAL = 3;
/** What a series may leave, where the lengths of series are compared. */
const LEFT = 1e-8;
const LAST = 30;

/** The terms of a kink for the values of a function, or of its bends alone for the slopes, over all octaves; in steps. */
export function* bentTerms(
  { at, jumps }: Kink,
  sizes: (sigma: number) => Sizes,
  dual: Dual,
): Steps<Term[]> {
  const own = dual === "nngp" ? jumps : [0, ...jumps.slice(1)];
  if (own.every((jump) => jump === 0)) return [];
  const bare = enveloped(at, own, 0);
  const isPolynomial = bare.every(({ order }) => order <= POLYNOMIAL);
  const sizeOf = (terms: readonly Bare[], sigma: number) =>
    singularSize(dual === "nngp" ? terms : slopesOf(terms), sigma);
  const choose = (octave: number): readonly Bare[] => {
    if (Math.abs(at) > FAR * 2 ** (octave + 1)) return [];
    const sigma = 2 ** (octave + 0.5);
    const size = sizes(sigma);
    const fits = (terms: readonly Bare[]) => sizeOf(terms, sigma) <= HARMLESS[dual] * size[dual];
    const powers = () => bare.filter((term) => singularSize([term], sigma) <= EXCESS[term.order] * size.nngp);
    if (isPolynomial) return powers();
    if (fits(bare)) return bare;
    let [best, least] = [undefined as readonly Bare[] | undefined, Infinity];
    for (const narrowness of [0, ...WIDTHS.map((width) => 4 ** -(octave + width))]) {
      for (const count of COUNTS) {
        const terms = enveloped(at, own.slice(0, count), narrowness);
        const length = seriesLength(own, terms, narrowness, sigma, size[dual], dual);
        if (length < least && fits(terms)) [best, least] = [terms, length];
      }
    }
    return best ?? powers();
  };
  const found: Term[] = [];
  for (let octave = -LAST; octave <= LAST; octave++) {
    for (const term of choose(octave)) extend(found, term, octave);
    yield;
  }
  return found;
}

/** Derivatives of w at t in units of dʲ, for an even number 2j of them. */
const ENVELOPE = [1, -1, 3, -15];
const BINOMIALS = binomials(8);

/**
 * About how long a series becomes: a jump J of order m that is left has terms of mass J²σ²ᵐ/(2π k^(m + 3/2)), and an envelope of
 * D = dσ² terms that fall like (D/(1 + D))ᵏ.
 */
function seriesLength(
  jumps: readonly number[],
  terms: readonly Bare[],
  narrowness: number,
  sigma: number,
  size: number,
  dual: Dual,
): number {
  const spread = narrowness * sigma ** 2;
  let length = spread > 0 ? -Math.log(LEFT) / Math.log1p(1 / spread) : 0;
  for (let order = 0; order < BINOMIALS.length; order++) {
    let left = jumps[order] ?? 0;
    for (const { order: m, jump } of terms) {
      if (m > order || (order - m) % 2) continue;
      const half = (order - m) / 2;
      left -= BINOMIALS[order][m] * jump * ENVELOPE[half] * narrowness ** half;
    }
    const power = dual === "nngp" ? order : order - 1;
    if (power < 0 || Math.abs(left) < 1e-9 * Math.abs(jumps[order] ?? 0)) continue;
    const mass = (left * sigma ** power / size) ** 2 / (2 * Math.PI * LEFT);
    length = Math.max(length, mass ** (1 / (power + 0.5)));
  }
  return length;
}

/** n over k for n < `count` */
function binomials(count: number): number[][] {
  const rows = [[1]];
  for (let n = 1; n < count; n++) {
    rows.push(Array.from({ length: n + 1 }, (_, k) => (rows[n - 1][k - 1] ?? 0) + (rows[n - 1][k] ?? 0)));
  }
  return rows;
}

/** Adds an octave to the range of a term, which ends where this one begins if it was taken out there as well. */
function extend(found: Term[], term: Bare, octave: number): void {
  const from = octave === -LAST ? 0 : 4 ** octave;
  const below = octave === LAST ? Infinity : 4 ** (octave + 1);
  const same = found.findIndex((other) =>
    other.order === term.order && other.jump === term.jump && other.narrowness === term.narrowness &&
    other.below === from
  );
  if (same < 0) found.push({ ...term, from, below });
  else found[same] = { ...found[same], below };
}

/** The terms with envelopes that have these jumps: those of f/w, whose m-th derivative has Σⱼ (m choose j) f⁽ʲ⁾ (1/w)⁽ᵐ⁻ʲ⁾. */
function enveloped(at: number, jumps: readonly number[], narrowness: number): Bare[] {
  // (1/w)⁽²ʲ⁾(t) = dʲ (2j − 1)!!
  const inverse = [1, 0, narrowness, 0, 3 * narrowness ** 2, 0];
  return jumps.map((_, order) => {
    let [jump, binomial] = [0, 1];
    for (let j = order; j >= 0; j--) {
      jump += binomial * jumps[j] * inverse[order - j];
      binomial *= j / (order - j + 1);
    }
    return { at, order, jump, narrowness };
  }).filter(({ jump }) => jump !== 0);
}

/** Root mean squares over N(0, σ²) */
export interface Sizes {
  /** Of f(σz) */
  readonly nngp: number;
  /** Of f′(σz), almost everywhere */
  readonly dNngp: number;
}

/** The sizes of `f`, which bends at `kinks`; 0 where it overflows. */
export function sizesOf(f: (x: number) => number, kinks: readonly number[]): (sigma: number) => Sizes {
  const known = new Map<number, Sizes>();
  return (sigma) => {
    if (!known.has(sigma)) known.set(sigma, compute(f, sigma, kinks));
    return known.get(sigma)!;
  };
}

function compute(f: (x: number) => number, sigma: number, kinks: readonly number[]): Sizes {
  const edges = [-6, -4, -2, -1, -0.3, 0, 0.3, 1, 2, 4, 6].map((z) => z * sigma);
  const ends = [...edges, ...kinks.filter((t) => Math.abs(t) < 6 * sigma)].sort((a, b) => a - b);
  const sums = { nngp: 0, dNngp: 0 };
  for (let i = 0; i + 1 < ends.length; i++) {
    const [from, to] = [ends[i], ends[i + 1]];
    if (from === to) continue;
    const densities = sample((x) => Math.exp(-x * x / (2 * sigma * sigma)), from, to);
    const values = sample(f, from, to);
    const square = (part: Float64Array) =>
      part.reduce((sum, value, j) => sum + value * value * densities[j], 0) / part.length * (to - from) /
      sigma;
    sums.nngp += square(values);
    sums.dNngp += square(differentiatePanel(values, to - from));
  }
  return { nngp: root(sums.nngp), dNngp: root(sums.dNngp) };
}

const root = (sum: number) => Number.isFinite(sum) ? Math.sqrt(sum / Math.sqrt(2 * Math.PI)) : 0;
