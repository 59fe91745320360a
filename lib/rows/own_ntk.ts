/**
 * NTKs of inputs with themselves, layer by layer: they bound all others, |Θ(x, y)|² ≤ Θ(x, x)·Θ(y, y), so that an NTK whose rows have
 * finite ones does not overflow. Slopes multiply from layer to layer while variances stay small, as of erf(1e9·x).
 */
import type { DType, Values } from "../array/dtype.ts";
import { constant, type Expr, type Variable, variable } from "../expr/expr.ts";
import { substituteSteps, topologicalSteps } from "../expr/graph.ts";
import type { Range } from "../expr/table.ts";
import { firstBeyond, LARGEST, roomForSums } from "../room.ts";
import { type Column, evaluateRows, RefusedRow, type RowInputs } from "./rows.ts";
import { inTurns, type Steps } from "../steps.ts";

/** The variances at which networks are tried: four a decade, and 0. */
const STEP = 10 ** 0.25;
const TRIED = Float64Array.from({ length: 162 }, (_, k) => k === 0 ? 0 : STEP ** (k - 81));

/** What an NTK may grow between two of them, and sums of a few. */
const MARGIN = 1e12;

const REMEDY = "lower wStd or the slopes of nonlinearities";

/** The NTKs of a row with itself after each layer, expressions of row variables. */
export class OwnNtk {
  readonly #roots: readonly Expr[];
  readonly #safe: Partial<Record<DType, Range>> = {};

  private constructor(roots: readonly Expr[]) {
    this.#roots = roots;
  }

  /** Those of the NTKs after each layer; `same` says that two points are one. In steps. */
  static *of(layers: readonly Expr[], same: Expr): Steps<OwnNtk> {
    const [cov, own] = [variable("cov"), variable("var", "row1")];
    const leaves = (yield* topologicalSteps(layers)).filter((node) => node.kind === "variable");
    const replaced = leaves.map((leaf) => [leaf, variable((leaf.payload as Variable).name, "row1")] as const);
    const ofRow = new Map<Expr, Expr>([...replaced, [cov, own], [same, constant(1)]]);
    const roots = new Set(yield* substituteSteps(layers, ofRow));
    return new OwnNtk([...roots].filter(({ value }) => value === undefined));
  }

  /** Refuses rows whose NTK with themselves overflows in some layer; `evaluate` gives columns of the rows. */
  async check(
    dtype: DType,
    variances: Float64Array,
    evaluate: (roots: readonly Expr[]) => Promise<Map<Expr, Column>>,
    breathe: () => Promise<void> | undefined,
  ): Promise<void> {
    if (this.#roots.length === 0) return;
    const safe = this.#safe[dtype] ??= await inTurns(this.#tried(dtype), breathe);
    if (variances.every((variance) => variance >= safe.lowest && variance <= safe.highest)) return;
    const columns = [...(await evaluate(this.#roots)).values()] as Float64Array[];
    for (const values of columns) requireRoom(values, dtype);
    const isSafe = columns.every((values) => values.every((value) => value <= LARGEST[dtype] / MARGIN));
    // A call of a thousand rows of a numerical nonlinearity takes 8 % less if it can rely on the one before.
    if (isSafe && safe !== NEVER) this.#safe[dtype] = longestOf(variances, safe);
  }

  /** The variances between which rows need not be computed, tried where there are no tables, which take long. */
  *#tried(dtype: DType): Steps<Range> {
    const order = yield* topologicalSteps(this.#roots);
    const readsMore = order.some(({ kind, payload }) =>
      kind === "variable" && (payload as Variable).name !== "var"
    );
    if (readsMore) return NEVER;
    if (order.some(({ kind }) => kind === "table")) return NONE;
    const inputs: RowInputs = { var: () => TRIED };
    const columns = [...(yield* evaluateRows(this.#roots, inputs, TRIED.length)).values()] as Float64Array[];
    const fits = (k: number) => columns.every((values) => values[k] <= LARGEST[dtype] / MARGIN);
    const first = TRIED.findIndex((_, k) => !fits(k));
    if (first >= 0 && first < 2) return NONE;
    return { lowest: 0, highest: TRIED[(first < 0 ? TRIED.length : first) - 1] };
  }
}

/** No variances, so far; none ever, as rows have more that their NTKs depend on. */
const NONE: Range = { lowest: Infinity, highest: -Infinity };
const NEVER: Range = { ...NONE };

/** The longest range of variances that lie as close together as those at which networks are tried, or the `known` one if it is longer. */
function longestOf(variances: Float64Array, known: Range): Range {
  const sorted = variances.toSorted();
  let longest = known;
  let lowest = sorted[0];
  for (const [k, highest] of sorted.entries()) {
    if (k > 0 && highest > sorted[k - 1] * STEP) lowest = highest;
    if (!(highest / lowest <= longest.highest / longest.lowest)) longest = { lowest, highest };
  }
  return longest;
}

/** Refuses rows from which on NTKs have no room for sums. */
function requireRoom(values: Float64Array, dtype: DType): void {
  const largest = firstBeyond(roomForSums, dtype);
  const row = values.findIndex((value) => !(value < largest));
  if (row < 0) return;
  throw new RefusedRow(
    `Cannot compute an NTK as that of every row with itself must be below ${largest} in every layer, where sums of NTKs ` +
      `overflow in ${dtype}: current value is ${values[row]} at row ${row}, ${REMEDY}`,
  );
}

/** Refuses an NTK that overflowed; every row of x1 has so many of its entries. */
export function requireFiniteNtk(ntk: Values, entries: number, dtype: DType): void {
  for (let k = 0; k < ntk.length; k++) {
    if (Number.isFinite(ntk[k])) continue;
    throw new RefusedRow(
      `Cannot compute an NTK as every entry must be finite in ${dtype}: current value is ${ntk[k]} at row ` +
        `${Math.floor(k / entries)}, ${REMEDY}`,
    );
  }
}
