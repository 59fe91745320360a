/** The header of a .npy file: a Python dictionary as text in, what it says of the entries out. */
import { show } from "../array/dtype.ts";

/** What a header says. */
export interface Header {
  /** NumPy's name of the dtype, in quotes as in the header or whatever stands in its place */
  readonly descr: string;
  /** The first index runs fastest */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** NumPy has no arrays of more axes. */
const MOST_AXES = 64;
/** A value or header in a message is cut off here. */
const SHOWN = 120;

const KEYS = ["descr", "fortran_order", "shape"];

/**
 * The header in a text, as versions 1 to 3 of the format have it and as Python 2 wrote it, with lengths like `3L`.
 *
 * @throws {TypeError} if it is no dictionary of exactly the three entries, or has more than 64 axes.
 */
export function parseHeader(text: string): Header {
  const fields = dictionary(text);
  const isComplete = fields?.size === KEYS.length && KEYS.every((key) => fields.has(key));
  const shape = isComplete ? axes(fields.get("shape")!) : undefined;
  const order = isComplete ? { True: true, False: false }[fields.get("fortran_order")!] : undefined;
  if (!isComplete || !shape || order === undefined) {
    throw refusal("the header", "a dictionary with descr, fortran_order and shape", show(cut(text.trim())));
  }
  if (shape.length > MOST_AXES) {
    throw refusal("the number of axes", `at most ${MOST_AXES}`, `${shape.length}`);
  }
  return { descr: cut(fields.get("descr")!), fortranOrder: order, shape };
}

/** The error of a file that is not as `wanted`. */
export function refusal(what: string, wanted: string, is: string): TypeError {
  return new TypeError(`Cannot read a .npy file as ${what} must be ${wanted}: current value is ${is}`);
}

/** A string, a word or number, or any other character: one pass, whatever the text. */
const TOKEN = /'[^']*'|"[^"]*"|\w+|\S/g;

/** The text of every entry of a dictionary by its key, or undefined if the text is none. */
function dictionary(text: string): Map<string, string> | undefined {
  if (!/^\s*\{[^]*\}\s*$/.test(text)) return undefined;
  const tokens = [...text.matchAll(TOKEN)];
  const fields = new Map<string, string>();
  for (let at = 1; at < tokens.length - 1;) {
    const end = endOfEntry(tokens, at);
    const key = /^['"](.*)['"]$/.exec(tokens[at][0])?.[1];
    if (key === undefined || tokens[at + 1][0] !== ":" || end < at + 3) return undefined;
    const last = tokens[end - 1];
    fields.set(key, text.slice(tokens[at + 2].index, last.index + last[0].length));
    at = end + 1;
  }
  return fields;
}

/** The comma after the entry that begins at a token, or the end of the dictionary. */
function endOfEntry(tokens: readonly RegExpExecArray[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length - 1; at++) {
    const [token] = tokens[at];
    if (token === "," && depth === 0) return at;
    if (token === "(" || token === "[" || token === "{") depth++;
    if (token === ")" || token === "]" || token === "}") depth--;
  }
  return tokens.length - 1;
}

/** The lengths in "(2, 3)", "(2L, 3L)", "(4,)" or "()", or undefined for any other text. */
function axes(tuple: string): number[] | undefined {
  if (!tuple.startsWith("(") || !tuple.endsWith(")")) return undefined;
  const parts = tuple.slice(1, -1).split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  return parts.every((part) => /^\d+L?$/.test(part)) ? parts.map((part) => Number.parseInt(part)) : undefined;
}

const cut = (text: string) => text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
