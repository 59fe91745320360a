/**
 * Structs of shaders, declared once: the WGSL text and the words that the host uploads both follow from the declaration.
 *
 *     const work = struct("Work", { pairs: u32, entries: [u32, "All, or the diagonal"], sources: array(vec4, "SOURCES") });
 *
 *     work.text                                              work.words({ pairs: 3, entries: 4, sources: [[5, 6]] }, { SOURCES: 2 })
 *     struct Work {                                          3 4 0 0  5 6 0 0  0 0 0 0
 *       pairs: u32,
 *       // All, or the diagonal
 *       entries: u32,
 *       sources: array<vec4<u32>, SOURCES>,
 *     }
 *
 * Members are u32, vectors of four, and arrays and structs of them, as uniforms have them: arrays and the structs in them begin
 * at multiples of 16 bytes.
 */

/** The values of the constants that arrays are long in WGSL. */
export type Lengths = Readonly<Record<string, number>>;

/** A type of WGSL whose values are `T` on the host. */
export interface Type<T> {
  readonly name: string;
  /** Its values begin at multiples of so many words of 4 bytes */
  readonly align: number;
  /** A value as words; zeros where there is none */
  words(value: T | undefined, lengths: Lengths): number[];
}

/** A type of which there is a declaration. */
export interface Struct<T> extends Type<T> {
  readonly text: string;
}

/** A member: its type, with what WGSL should say of it. */
// deno-lint-ignore no-explicit-any
type Member = Type<any> | readonly [type: Type<any>, comment: string];

type ValueOf<M> = M extends Type<infer T> ? T : M extends readonly [Type<infer T>, string] ? T : never;

/** An unsigned integer. */
export const u32: Type<number> = { name: "u32", align: 1, words: (value = 0) => [value] };

/** Four of them; those that are not given are 0. */
export const vec4: Type<readonly number[]> = {
  name: "vec4<u32>",
  align: 4,
  words: (value = []) => [0, 1, 2, 3].map((k) => value[k] ?? 0),
};

/** As many values as the constant `length` says; zeros follow those that are given. */
export function array<T>(element: Type<T>, length: string): Type<readonly T[]> {
  return {
    name: `array<${element.name}, ${length}>`,
    align: 4,
    words: (value = [], lengths) =>
      Array.from({ length: lengths[length] }, (_, k) => element.words(value[k], lengths)).flat(),
  };
}

/** A struct with these members, in this order. */
export function struct<M extends Readonly<Record<string, Member>>>(
  name: string,
  members: M,
): Struct<{ readonly [K in keyof M]: ValueOf<M[K]> }> {
  const all = Object.entries(members).map(([member, given]) => {
    const [type, comment] = "name" in given ? [given, null] : given;
    return { member, type, comment };
  });
  const lines = all.flatMap(({ member, type, comment }) => [
    ...comment === null ? [] : [`  // ${comment}`],
    `  ${member}: ${type.name},`,
  ]);
  return {
    name,
    align: 4,
    text: `struct ${name} {\n${lines.join("\n")}\n}\n`,
    words(value, lengths) {
      const words: number[] = [];
      for (const { member, type } of all) {
        pad(words, type.align);
        words.push(...type.words(value?.[member], lengths));
      }
      return pad(words, 4);
    },
  };
}

/** Fills with zeros up to a multiple of `align` words. */
function pad(words: number[], align: number): number[] {
  while (words.length % align > 0) words.push(0);
  return words;
}
