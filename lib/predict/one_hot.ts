/** Targets that say a class: one entry of some value, such as 1, and all others of a lower one, such as 0 or −0.1. */

/** Whether all targets that were looked at have one entry of one value and the rest of a lower one. */
export class OneHot {
  #low: number | null = null;
  #high = 0;
  /** True as long as no target was anything else. */
  holds = true;

  /** Looks at one target more. */
  look(target: Float64Array): void {
    if (!this.holds) return;
    if (this.#low === null) {
      this.#high = target.reduce((a, b) => Math.max(a, b));
      this.#low = target.reduce((a, b) => Math.min(a, b));
    }
    let highs = 0, lows = 0;
    for (const value of target) {
      if (value === this.#high) highs++;
      else if (value === this.#low) lows++;
    }
    this.holds = highs === 1 && lows === target.length - 1 && lows > 0;
  }
}

/** Where the largest of so many entries from `start` on is; the first one if several are. */
export function largestAt(data: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (data[start + c] > data[start + best]) best = c;
  return best;
}
