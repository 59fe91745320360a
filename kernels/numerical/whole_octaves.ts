/** Hermite coefficients over whole octaves of the standard deviation, kept from call to call. */
import type { Steps } from "../../lib/steps.ts";
import { type Interpolant, interpolate } from "./interpolation.ts";
import type { Source } from "./octave.ts";
import { coefficientsIn, type Octave, packedCoefficients, type RowCoefficients, rowsOf } from "./rows.ts";
import type { Dual } from "./terms.ts";

/** Bytes that are kept for each dual of a function. */
const CAPACITY = 2 ** 25;
/** Octaves that take this many points are computed for the variances of a call alone. */
const MOST_POINTS = 192;

/** What is kept of octaves; nothing where the function cannot be averaged, or not interpolated, as far out as they reach. */
export interface WholeOctaves {
  /** The row of `terms` coefficients at the upper end of an octave. */
  readonly end: (octave: Octave, terms: number) => Steps<RowCoefficients | undefined>;
  /** `terms` coefficients and the masses over an octave. */
  readonly interpolant: (octave: Octave, terms: number) => Steps<Interpolant | undefined>;
}

/** Ends and interpolants, computed when first needed and dropped when those used since fill the capacity. */
export function wholeOctaves(source: Source, dual: Dual): WholeOctaves {
  const end = function* ({ exponent, active }: Octave, terms: number) {
    return (yield* rowsOf(source, dual, { variances: [4 ** (exponent + 1)], active }, terms, terms))[0];
  };
  const interpolant = ({ exponent, active }: Octave, terms: number) => {
    const compute = packedCoefficients(source, dual, active, terms);
    return interpolate(2 ** exponent, 2 ** (exponent + 1), compute, coefficientsIn, MOST_POINTS);
  };
  return {
    end: kept(end, ({ regular, singular }) => regular.byteLength + singular.byteLength),
    interpolant: kept(interpolant, ({ vectors }) => vectors.length * vectors[0].byteLength),
  };
}

/** `compute` with a memory of its results of `size` bytes, by octave and number of terms. */
function kept<T>(
  compute: (octave: Octave, terms: number) => Steps<T | undefined>,
  size: (value: T) => number,
) {
  const known = new Map<string, T | undefined>();
  const sizeOf = (value: T | undefined) => value === undefined ? 0 : size(value);
  let total = 0;
  return function* (octave: Octave, terms: number): Steps<T | undefined> {
    const key = `${octave.exponent} ${terms}`;
    const made = known.has(key) ? undefined : yield* attempt(compute(octave, terms));
    // Another call may have made it meanwhile.
    const found = known.has(key) ? known.get(key) : made;
    if (!known.delete(key)) total += sizeOf(found);
    known.set(key, found);
    // A Map keeps the order of insertion: the first is the least recently used.
    for (const [oldest, value] of known) {
      if (total <= CAPACITY) break;
      known.delete(oldest);
      total -= sizeOf(value);
    }
    return found;
  };
}

/** Nothing where the function fails further out than a call asks for: the call's own rows say so if they are concerned. */
function* attempt<T>(steps: Steps<T>): Steps<T | undefined> {
  try {
    return yield* steps;
  } catch {
    return undefined;
  }
}
