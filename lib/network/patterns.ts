/** The patterns of a call: for every input the edges along which `Aggregate` sums. */
import { type ArrayInput, assertFinite, toArray } from "../array/mod.ts";
import { show } from "../array/dtype.ts";
import type { RowFacts } from "./kernel_expr.ts";

/** The pattern of x1, and that of x2; null for none. */
export type PatternPair = readonly [ArrayInput | null, (ArrayInput | null)?];

/**
 * For each batch of `counts` examples the patterns of its rows; the same list for both where the same array was given. None
 * without patterns.
 */
export function patternsOf(pair: PatternPair | null, counts: readonly number[]): RowFacts["patterns"][] {
  if (pair === null) return [];
  if (Array.isArray(pair) && pair.length > 0 && pair.every((pattern) => pattern === null)) return [];
  if (!Array.isArray(pair) || pair.length < 1 || pair.length > 2) {
    throw new TypeError(
      `Cannot compute a kernel as pattern must be a pair of arrays, one a batch: current value is ${
        show(pair)
      }`,
    );
  }
  const [first, second = pair.length === 1 ? first : pair[1]] = pair as readonly ArrayInput[];
  if (counts.length === 1 && second !== null && second !== first) {
    throw new TypeError(
      "Cannot compute a kernel as pattern must have one array where x2 is null: current value is two, " +
        "write [pattern1]",
    );
  }
  const given = [first, second].slice(0, counts.length);
  const missing = given.findIndex((pattern) => pattern === null || pattern === undefined);
  if (missing >= 0) {
    throw new TypeError(
      `Cannot compute a kernel as pattern must have an array for x1 and x2: current value is null for x${
        missing + 1
      }`,
    );
  }
  const rows = given.map((pattern, k) => rowsOf(pattern!, `pattern[${k}]`, counts[k]));
  return first === second && rows.length > 1 && counts[0] === counts[1] ? [rows[0], rows[0]] : rows;
}

function rowsOf(pattern: ArrayInput, name: string, count: number): RowFacts["patterns"] {
  const a = toArray(pattern, name);
  assertFinite(a, name);
  if (a.shape.length < 3 || a.shape[0] !== count) {
    throw new TypeError(
      `Cannot compute a kernel as ${name} must have the shape (${count}, …), one pattern an example: ` +
        `current value is [${a.shape.join(", ")}]`,
    );
  }
  const step = a.size / count;
  const shape = a.shape.slice(1);
  return Array.from({ length: count }, (_, i) => ({
    data: Float64Array.from(a.data.subarray(i * step, (i + 1) * step)),
    shape,
  }));
}
