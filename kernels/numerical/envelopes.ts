/**
 * What is taken out of a function at a kink: for each octave of the standard deviation the envelope and the orders.
 *
 * The closed form of the singular part h is added to the series and the series of h is subtracted: the result loses
 * (‖h‖/‖f‖)² rounding units. Bare powers outgrow most functions, so that an envelope is chosen which does not, as wide as it may be.
 */
import type { Dual } from "./octave.ts";
import { slopesOf, type Term } from "./singular.ts";
import { singularSize } from "./singular_coefficients.ts";
import type { Sizes } from "./sizes.ts";

/** A kink and the jumps of the function and its derivatives there. */
export interface Kink {
  readonly at: number;
  readonly jumps: readonly number[];
}

type Bare = Pick<Term, "at" | "order" | "jump" | "narrowness">;

/** ‖h‖/‖f‖ up to here, of all terms together at most, takes 25 rounding units: 2e-6 in float32. */
const HARMLESS = 5;
/** Bare powers may exceed f so far, by order, where no envelope helps or the function consists of polynomials. */
const EXCESS = [1e5, 1e5, 60, 300, 1e3, 1e3];
/** A kink this many standard deviations away carries e^(−32). */
const FAR = 8;
/** Envelopes of widths from 2⁻³ to 2³ standard deviations: narrower ones would need thousands of terms. */
const WIDTHS = [3, 2, 1, 0, -1, -2, -3];
/** How many jumps are taken out with an envelope: fewer are smaller, but leave a slower series. */
const COUNTS = [6, 4, 3];
/** Jumps of higher orders than this are those of functions that are no polynomials beside the kink. */
const POLYNOMIAL = 3;
const LAST = 30;

/** The terms of a kink for the values of a function, or of its bends alone for the slopes, over all octaves. */
export function bentTerms({ at, jumps }: Kink, sizes: (sigma: number) => Sizes, dual: Dual): Term[] {
  const own = dual === "nngp" ? jumps : [0, ...jumps.slice(1)];
  if (own.every((jump) => jump === 0)) return [];
  const bare = enveloped(at, own, 0);
  const isPolynomial = bare.every(({ order }) => order <= POLYNOMIAL);
  const sizeOf = (terms: readonly Bare[], sigma: number) =>
    singularSize(dual === "nngp" ? terms : slopesOf(terms), sigma);
  const choose = (octave: number, before: readonly Bare[]): readonly Bare[] => {
    if (Math.abs(at) > FAR * 2 ** (octave + 1)) return [];
    const sigma = 2 ** (octave + 0.5);
    const size = sizes(sigma);
    const fits = (terms: readonly Bare[]) => sizeOf(terms, sigma) <= HARMLESS * size[dual];
    const powers = () => bare.filter((term) => singularSize([term], sigma) <= EXCESS[term.order] * size.nngp);
    if (isPolynomial) return powers();
    if (fits(bare)) return bare;
    for (const count of COUNTS) {
      const kept = own.slice(0, count);
      // The envelope of the octave before saves expressions.
      if (isWithin(before, octave, count) && fits(before)) return before;
      for (const width of WIDTHS) {
        const terms = enveloped(at, kept, 4 ** -(octave + width));
        if (fits(terms)) return terms;
      }
    }
    return powers();
  };
  const found: Term[] = [];
  let before: readonly Bare[] = [];
  for (let octave = -LAST; octave <= LAST; octave++) {
    before = choose(octave, before);
    for (const term of before) extend(found, term, octave);
  }
  return found;
}

/** True for so many terms with an envelope that is tried in this octave. */
function isWithin(terms: readonly Bare[], octave: number, count: number): boolean {
  if (terms.length === 0 || terms.every(({ order }) => order < count - 2)) return false;
  const width = -Math.log2(terms[0].narrowness) / 2 - octave;
  return width <= WIDTHS[0] && width >= WIDTHS[WIDTHS.length - 1];
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
