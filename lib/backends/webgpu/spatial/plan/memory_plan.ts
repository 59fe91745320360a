/** Where the values of a pair are kept: regions of one buffer, used again when their values are no longer read. */

/** A part of the buffer: the region of pair k among `pairs` starts at start · pairs + size · k. */
export interface Region {
  /** Values a pair before it */
  readonly start: number;
  /** Values a pair in it */
  readonly size: number;
}

/** Hands out regions: the first gap that is large enough. */
export class Regions {
  readonly #used: Region[] = [];
  #peak = 0;

  /** The largest number of values a pair so far. */
  get peak(): number {
    return this.#peak;
  }

  take(size: number): Region {
    let start = 0;
    for (const region of this.#used) {
      if (region.start - start >= size) break;
      start = region.start + region.size;
    }
    const taken = { start, size };
    this.#used.push(taken);
    this.#used.sort((a, b) => a.start - b.start);
    this.#peak = Math.max(this.#peak, start + size);
    return taken;
  }

  free(region: Region): void {
    this.#used.splice(this.#used.indexOf(region), 1);
  }
}
