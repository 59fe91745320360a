/**
 * The pairs of a batch x1 with a batch x2, or with itself: K is a matrix (n1, n2) of them.
 *
 * Inputs are *rows*, counted through both batches: those of x1, then those of x2. Where x2 is x1 they are counted once, K is
 * symmetric, and only its upper triangle is computed; whoever computes it mirrors what lies above the diagonal.
 */

/** How many inputs there are on either side, and whether x2 is x1. */
export interface Pairs {
  readonly n1: number;
  readonly n2: number;
  /** x2 is x1: n2 is n1, and the rows of x2 are those of x1 */
  readonly symmetric: boolean;
}

/** The pairs of rows i0 ≤ i < i1 of x1 and j0 ≤ j < j1 of x2. */
export type Block = readonly [i0: number, i1: number, j0: number, j1: number];

/** The number of rows: n1 + n2, or n1 where x2 is x1. */
export const rowCount = ({ n1, n2, symmetric }: Pairs): number => symmetric ? n1 : n1 + n2;

/** The row of input j of x2. */
export const secondRow = ({ n1, symmetric }: Pairs, j: number): number => symmetric ? j : n1 + j;

/** The input of x2 that a row is. */
export const secondIndex = ({ n1, symmetric }: Pairs, row: number): number => symmetric ? row : row - n1;

/** The number of pairs to compute: n1 · n2, or those on and above the diagonal. */
export const pairCount = ({ n1, n2, symmetric }: Pairs): number => symmetric ? n1 * (n1 + 1) / 2 : n1 * n2;

/** The first input of x2 whose pair with input i of x1 is computed. */
export const firstPartner = ({ symmetric }: Pairs, i: number): number => symmetric ? i : 0;

/** The first input of x2, from `first` on, whose pair with input i of x1 is computed and that is not the same input. */
export const firstOther = ({ symmetric }: Pairs, i: number, first: number): number =>
  symmetric ? Math.max(first, i + 1) : first;

/** The entries of a pair: one for vectors, one a position, or one for all `side`² pairs of positions (P, Q), row by row. */
export interface Entries {
  readonly count: number;
  /** Positions of entries (P, Q), or null */
  readonly side: number | null;
}

/** The entry of vectors. */
export const single: Entries = { count: 1, side: null };

/**
 * Puts what a symmetric matrix of n × n pairs has above its diagonal in the block below it, K_ji(Q, P) = K_ij(P, Q). In squares, of
 * which both sides stay in the cache.
 */
export function mirror(
  values: { [index: number]: number },
  n: number,
  [i0, i1, j0, j1]: Block,
  entries: Entries = single,
): void {
  for (let top = i0; top < i1; top += SQUARE) {
    for (let left = j0; left < j1; left += SQUARE) {
      for (let i = top; i < Math.min(top + SQUARE, i1); i++) {
        const end = Math.min(left + SQUARE, j1);
        for (let j = Math.max(left, i + 1); j < end; j++) {
          if (entries.count === 1) values[j * n + i] = values[i * n + j];
          else mirrorPair(values, (i * n + j) * entries.count, (j * n + i) * entries.count, entries);
        }
      }
    }
  }
}

/** Side of a square. */
const SQUARE = 32;

function mirrorPair(
  values: { [index: number]: number },
  from: number,
  to: number,
  { count, side }: Entries,
): void {
  if (side === null) { for (let k = 0; k < count; k++) values[to + k] = values[from + k]; }
  else {
    for (let p = 0; p < side; p++) {
      for (let q = 0; q < side; q++) values[to + q * side + p] = values[from + p * side + q];
    }
  }
}
