/** A queue of plane rotations of neighbouring columns, applied to many rows while they are in the cache. */
import type { Steps } from "../steps.ts";

/** Rotations that are queued before they are applied: their 512 KiB stay in the level-2 cache. */
const CAPACITY = 32768;

/** Rows that are rotated together, so that one row's rotation need not wait for the last one of the same row. */
export const ROTATED_ROWS = 4;

interface Sweep {
  readonly first: number;
  readonly column: number;
  count: number;
}

/** Collects sweeps of rotations for a row-major matrix of n columns whose number of rows is a multiple of four. */
export class RotationQueue {
  readonly #z: Float64Array;
  readonly #n: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  #count = 0;
  #sweeps: Sweep[] = [];

  constructor(z: Float64Array, n: number) {
    this.#z = z;
    this.#n = n;
    this.#cosines = new Float64Array(CAPACITY + n);
    this.#sines = new Float64Array(CAPACITY + n);
  }

  /** Whether everything queued has to be applied before the next sweep. */
  get isFull(): boolean {
    return this.#count >= CAPACITY;
  }

  /** Starts a sweep whose first rotation mixes columns `column` and `column` + 1, the next one the pair before, … */
  beginSweep(column: number): void {
    this.#sweeps.push({ first: this.#count, column, count: 0 });
  }

  /** Queues (z[i], z[i+1]) ← (c·z[i] − s·z[i+1], s·z[i] + c·z[i+1]) for the next column i of the sweep. */
  push(cosine: number, sine: number): void {
    this.#cosines[this.#count] = cosine;
    this.#sines[this.#count++] = sine;
    this.#sweeps[this.#sweeps.length - 1].count++;
  }

  /** Applies everything queued, in steps of a fraction of a millisecond. */
  *flush(): Steps<void> {
    for (let row = 0; row < this.#z.length; row += ROTATED_ROWS * this.#n) {
      for (const sweep of this.#sweeps) this.#rotateRows(row, sweep);
      yield;
    }
    this.#count = 0;
    this.#sweeps = [];
  }

  #rotateRows(row: number, { first, column, count }: Sweep): void {
    const z = this.#z, n = this.#n, cosines = this.#cosines, sines = this.#sines;
    let at = row + column + 1;
    let z0 = z[at], z1 = z[at + n], z2 = z[at + 2 * n], z3 = z[at + 3 * n];
    for (let k = first; k < first + count; k++, at--) {
      const c = cosines[k], s = sines[k];
      const y0 = z[at - 1], y1 = z[at - 1 + n], y2 = z[at - 1 + 2 * n], y3 = z[at - 1 + 3 * n];
      z[at] = s * y0 + c * z0, z0 = c * y0 - s * z0;
      z[at + n] = s * y1 + c * z1, z1 = c * y1 - s * z1;
      z[at + 2 * n] = s * y2 + c * z2, z2 = c * y2 - s * z2;
      z[at + 3 * n] = s * y3 + c * z3, z3 = c * y3 - s * z3;
    }
    z[at] = z0, z[at + n] = z1, z[at + 2 * n] = z2, z[at + 3 * n] = z3;
  }
}
