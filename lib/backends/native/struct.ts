/**
 * Structs that JavaScript writes and C reads, each declared once.
 *
 * In: the members of a struct, in order. Out: its C text, which goes in front of the sources, and a writer of its values. All
 * members have 8 bytes or are made of such, so that both sides agree without padding. `struct("reading", { buffer: integer,
 * weight: real })` has the text
 *
 *     struct reading {
 *       integer buffer;
 *       double weight;
 *     };
 *
 * and `words({ buffer: 3, weight: 1 })` is [3, the bits of 1]. A member that is missing or unknown there is an error of types.
 */

/** 8 bytes, as what JavaScript converts to a `bigint`. */
type Word = number | bigint | boolean;

/** What a member is, for values of a type. */
export interface Kind<T> {
  /** The declaration of a member of that name */
  readonly declare: (name: string) => string;
  /** How many words it takes */
  readonly length: number;
  readonly words: (value: T) => readonly Word[];
}

/** Members in the order of memory; `never` since every kind takes values of another type. */
type Fields = Readonly<Record<string, Kind<never>>>;

/** The values of members, but for those that C counts in. */
export type Members<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Kind<undefined> ? never : K]: F[K] extends Kind<infer T> ? T : never;
};

/** An integer, or a truth value as 1 or 0. */
export const integer: Kind<number | boolean> = {
  declare: (name) => `integer ${name}`,
  length: 1,
  words: (value) => [value],
};

/** An integer that C works with alone; 0 at first. */
export const counter: Kind<undefined> = { ...integer, words: () => [0] };

/** A number in double precision. */
export const real: Kind<number> = {
  declare: (name) => `double ${name}`,
  length: 1,
  words: (value) => [bitsOf(value)],
};

/** Up to `length` integers, zeros behind them. */
export const integers = (length: number): Kind<readonly number[]> => ({
  declare: (name) => `integer ${name}[${length}]`,
  length,
  words: (values) => [...values, ...Array<number>(length - values.length).fill(0)],
});

/** An address (`address` of ffi/memory.ts) as a pointer of a C type, which ends with its `*`. */
export const pointer = (type: string): Kind<bigint> => ({
  declare: (name) => `${type}${name}`,
  length: 1,
  words: (value) => [value],
});

/** So many addresses; without a length any number of them, as the last member. */
export const pointers = (type: string, length?: number): Kind<readonly bigint[]> => ({
  declare: (name) => `${type}${name}[${length ?? ""}]`,
  length: length ?? 0,
  words: (values) => [...values, ...Array<bigint>(Math.max(0, (length ?? 0) - values.length)).fill(0n)],
});

/** The values of a struct. */
export type ValuesOf<S> = S extends Kind<infer T> ? T : never;

/** A struct; it may be a member of another one. */
export interface Struct<F extends Fields> extends Kind<Members<F>> {
  /** Its declaration */
  readonly text: string;
  /** A list of them, one after the other */
  readonly list: (values: readonly Members<F>[]) => Word[];
  /** One in memory of its own */
  readonly write: (values: Members<F>) => Written<keyof F>;
}

/** A struct in memory that C works on: its members by name. */
export interface Written<K> {
  /** What C is given; it must be held (`holding` of ffi/memory.ts) with all that it points to */
  readonly memory: BigInt64Array<ArrayBuffer>;
  readonly get: (name: K) => number;
  readonly set: (name: K, value: number) => void;
}

/** Declares a struct. */
export function struct<F extends Fields>(name: string, fields: F): Struct<F> {
  const entries = Object.entries(fields) as [keyof F, Kind<unknown>][];
  const places = new Map<keyof F, number>();
  let length = 0;
  for (const [member, kind] of entries) {
    places.set(member, length);
    length += kind.length;
  }
  const words = (values: Members<F>) => {
    const all = values as unknown as Record<keyof F, unknown>;
    return entries.flatMap(([member, kind]) => kind.words(all[member]));
  };
  return {
    declare: (member) => `struct ${name} ${member}`,
    text: [
      `struct ${name} {`,
      ...entries.map(([member, kind]) => `  ${kind.declare(String(member))};`),
      "};\n",
    ].join("\n"),
    length,
    words,
    list: (values) => values.flatMap(words),
    write(values) {
      const memory = BigInt64Array.from(words(values), BigInt);
      return {
        memory,
        get: (member) => Number(memory[places.get(member)!]),
        set: (member, value) => memory[places.get(member)!] = BigInt(value),
      };
    },
  };
}

/** Names for numbers, as C text: `enum { MAP = 0, INPUTS = 1 };`. */
export const constantsText = (values: Readonly<Record<string, number>>): string =>
  `enum { ${Object.entries(values).map(([name, value]) => `${name} = ${value}`).join(", ")} };\n`;

/** A struct with the lists that it refers to behind it, in one array of integers: in C, `LIST(start, type, at)` is a list. */
export class Words<T> {
  readonly #head: Kind<T>;
  readonly #words: Word[];

  constructor(head: Kind<T>) {
    this.#head = head;
    this.#words = Array<number>(head.length).fill(0);
  }

  /** Appends a list; returns its index, which is what a member whose name ends with `_at` is. */
  add(values: readonly Word[]): number {
    const start = this.#words.length;
    for (const value of values) this.#words.push(value);
    return start;
  }

  /** All of it, with the struct in front. */
  finish(head: T): BigInt64Array<ArrayBuffer> {
    this.#head.words(head).forEach((word, k) => this.#words[k] = word);
    return BigInt64Array.from(this.#words, BigInt);
  }
}

const cell = new Float64Array(1);
const bitsOfCell = new BigInt64Array(cell.buffer);

/** The bits of a number in double precision. */
function bitsOf(value: number): bigint {
  cell[0] = value;
  return bitsOfCell[0];
}
