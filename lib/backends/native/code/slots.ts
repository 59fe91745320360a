/** Where values are kept between the loops that a map is cut into. */
export class Slots {
  readonly #lastReads: number[] = [];

  /** How many there are. */
  get count(): number {
    return this.#lastReads.length;
  }

  /** The slot of a value that loop `made` makes and loop `lastRead` is the last to read; after that it is used again. */
  take(made: number, lastRead: number): number {
    const free = this.#lastReads.findIndex((last) => last < made);
    const slot = free < 0 ? this.#lastReads.length : free;
    this.#lastReads[slot] = lastRead;
    return slot;
  }
}
