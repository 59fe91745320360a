/** Scales and shifts of a function. */

/** a·f(b·x) + c for `Erf`; a·f(b·x + c) for `Sin` and `Cos`. */
export interface AffineOptions {
  /** Scale of the output; default 1 */
  readonly a?: number;
  /** Scale of the input; default 1 */
  readonly b?: number;
  /** Shift; default 0 */
  readonly c?: number;
}
