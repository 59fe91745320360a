/** The row variables of vectors: their variances, and which of them are equal. */
import type { Values } from "../array/dtype.ts";
import { type Steps } from "../steps.ts";

/** Numbers of rows that are read in a step. */
const STEP_NUMBERS = 2 ** 20;

/** `var` and `id` of the rows of all parts, which have the same depth and precision; each computed when first asked for, in steps. */
export function vectorRows(
  parts: readonly Values[],
  depth: number,
): Readonly<Record<"var" | "id", () => Steps<Float64Array>>> {
  let known: Float64Array | undefined;
  const variances = function* () {
    const each: Float64Array[] = [];
    for (const part of known ? [] : parts) each.push(yield* variancesOf(part, depth));
    return known ??= joined(each);
  };
  return {
    var: variances,
    *id() {
      return yield* rowClasses(parts, depth, yield* variances());
    },
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.forEach((part, k) => all.set(part, k && parts[0].length));
  return all;
}

/** ⟨x, x⟩ / depth of each row. */
function* variancesOf(x: Values, depth: number): Steps<Float64Array> {
  const variances = new Float64Array(x.length / depth);
  const rows = 4 * Math.ceil(STEP_NUMBERS / (4 * depth));
  for (let first = 0; first < variances.length; first += rows) {
    if (first > 0) yield;
    setVariances(variances, first, Math.min(first + rows, variances.length), x, depth);
  }
  return variances;
}

/** Those of some rows; four at a time, since the additions of one row wait for each other. */
function setVariances(variances: Float64Array, first: number, end: number, x: Values, depth: number): void {
  const last = x.length - depth;
  for (let i = first, a = first * depth; i < end; i += 4, a += 4 * depth) {
    // Past the last row, that row is computed again and stored nowhere.
    const b = Math.min(a + depth, last), c = Math.min(b + depth, last), d = Math.min(c + depth, last);
    let p = 0, q = 0, r = 0, s = 0;
    for (let k = 0; k < depth; k++) {
      p += x[a + k] * x[a + k], q += x[b + k] * x[b + k], r += x[c + k] * x[c + k], s += x[d + k] * x[d + k];
    }
    variances[i] = p / depth;
    if (b > a) variances[i + 1] = q / depth;
    if (c > b) variances[i + 2] = r / depth;
    if (d > c) variances[i + 3] = s / depth;
  }
}

/** Where a row lies: `data[start]` … `data[start + depth − 1]`. */
interface Row {
  readonly data: Values;
  readonly start: number;
  readonly id: number;
}

/**
 * A number for each row, the same for rows with the same values; exact duplicates then have a correlation of exactly 1.
 *
 * Equal rows have equal `variances`, so that only rows which share theirs with another have to be looked at.
 */
export function* rowClasses(
  parts: readonly Values[],
  depth: number,
  variances: Float64Array,
): Steps<Float64Array> {
  const shared = repeated(variances);
  const known = new Map<number, Row[]>();
  const ids = variances.map((_, i) => i);
  if (shared.size === 0) return ids;
  let [id, read] = [0, 0];
  for (const data of parts) {
    const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    const size = data.BYTES_PER_ELEMENT / 4;
    for (let start = 0; start < data.length; start += depth, id++) {
      if (!shared.has(variances[id])) continue;
      if ((read += depth) > STEP_NUMBERS) {
        read = 0;
        yield;
      }
      const hash = hashOf(words, start * size, (start + depth) * size);
      ids[id] = firstTwin(known, hash, { data, start, id }, depth);
    }
  }
  return ids;
}

/** The values that occur more than once. */
function repeated(values: Float64Array): Set<number> {
  const seen = new Set<number>();
  const again = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (seen.has(values[i])) again.add(values[i]);
    else seen.add(values[i]);
  }
  return again;
}

/** The number of the first row with the values of this one, which becomes known if there is none. */
function firstTwin(known: Map<number, Row[]>, hash: number, row: Row, depth: number): number {
  const bucket = known.get(hash);
  const twin = bucket?.find((other) => equal(other, row, depth));
  if (!bucket) known.set(hash, [row]);
  else if (!twin) bucket.push(row);
  return twin?.id ?? row.id;
}

function equal(a: Row, b: Row, depth: number): boolean {
  for (let k = 0; k < depth; k++) {
    if (a.data[a.start + k] !== b.data[b.start + k]) return false;
  }
  return true;
}

/** FNV-1a over the 32-bit words from `start` to `end`; four chains, since the steps of one wait for each other. */
function hashOf(words: Int32Array, start: number, end: number): number {
  const whole = end - (end - start) % 4;
  let a = 1, b = 2, c = 3, d = 4;
  for (let k = start; k < whole; k += 4) {
    a = mixed(a, words[k]),
      b = mixed(b, words[k + 1]),
      c = mixed(c, words[k + 2]),
      d = mixed(d, words[k + 3]);
  }
  for (let k = whole; k < end; k++) a = mixed(a, words[k]);
  return mixed(mixed(mixed(a, b), c), d);
}

/** Without the top bit of a word, as −0 counts as 0. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ (word << 1), 0x01000193);
  // Small integers differ in their high bits only, which a product never moves down.
  return product ^ (product >>> 15);
}
