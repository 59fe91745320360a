/** An array of integers with lists in it, which are found by their index. */
export class Words {
  readonly #words: (number | bigint)[] = [];

  /** Appends a list; returns its index. */
  add(values: readonly (number | bigint)[]): number {
    const start = this.#words.length;
    for (const value of values) this.#words.push(value);
    return start;
  }

  /** Replaces numbers from `start` on. */
  put(start: number, values: readonly (number | bigint)[]): void {
    values.forEach((value, k) => this.#words[start + k] = value);
  }

  get array(): BigInt64Array<ArrayBuffer> {
    return BigInt64Array.from(this.#words, BigInt);
  }
}

const cell = new Float64Array(1);
const bitsOfCell = new BigInt64Array(cell.buffer);

/** The bits of a number in double precision. */
export function bitsOf(value: number): bigint {
  cell[0] = value;
  return bitsOfCell[0];
}

/** How many axes the C code has room for. */
export const AXES = 6;

/** One number an axis, filled up to `AXES`. */
export const perAxis = (values: readonly number[]): number[] => [
  ...values,
  ...Array<number>(AXES - values.length).fill(0),
];
