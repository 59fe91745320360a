/**
 * Pairs of inputs that lie close together, seen from the origin, that are one point, or of which one is the origin.
 *
 * There slopes are large and what they are multiplied by is small, so that a pair is computed by itself: what tells the points apart is
 * y − (cov/var1)·x, coordinate by coordinate in twice the digits, from which the gaps of the moments follow without a difference, and the
 * expressions are evaluated in twice the digits too. Tables have no more digits than doubles, and neither have sums of them.
 */
import { type Evaluate, evaluator } from "../backends/reference/double_double.ts";
import { type Expr, type Variable, variable } from "../expr/expr.ts";
import { substituteSteps } from "../expr/graph.ts";
import { evaluateRows } from "../rows/rows.ts";
import {
  add,
  divide,
  type DoubleDouble,
  multiply,
  negate,
  product,
  subtract,
} from "../special/double_double.ts";
import { sqrt } from "../special/double_double_functions.ts";
import type { Steps } from "../steps.ts";
import type { NetworkSlopes } from "./network_slopes.ts";

/** Rows of inputs, with d entries each. */
export interface Rows {
  readonly x1: Float64Array;
  readonly x2: Float64Array;
  readonly depth: number;
}

/** The rows of a pair. */
export type Pair = readonly [i: number, j: number];

/** The gradient of a pair, and what its kink is (`NetworkSlopes`). */
export interface PairGradient {
  readonly pair: Pair;
  readonly gradient: Float64Array;
  readonly kink: number;
  /** They are two points, and none is 0 */
  readonly areApart: boolean;
}

/** What of y is not along x, to all digits of y. */
interface Geometry {
  readonly aside: Float64Array;
  readonly moments: Readonly<Record<MomentName, DoubleDouble>>;
}

const momentNames = ["cov", "var", "var2", "gap", "apart", "same"] as const;
type MomentName = typeof momentNames[number];

const ZERO: DoubleDouble = [0, 0];

/** Rest of y, relative to it, that rounding in twice the digits leaves of a multiple of x. */
const NOTHING = 2 ** -98;

/** The gradients of some pairs, by the slopes of near ones; how many at once is up to the caller. In steps. */
export function* pairGradients(
  { across, outwards, kink }: NetworkSlopes,
  pairs: readonly Pair[],
  rows: Rows,
  hasTables: boolean,
): Steps<PairGradient[]> {
  const geometries: Geometry[] = [];
  for (const pair of pairs) {
    geometries.push(geometryOf(rows, pair));
    yield;
  }
  const roots = [across, outwards, kink];
  const values = yield* (hasTables ? inDoubles : inTwiceTheDigits)(roots, geometries);
  return pairs.map((pair, k) => {
    const [across, outwards, kink] = values[k];
    const { var: [var1], var2: [var2], same: [isSame] } = geometries[k].moments;
    const areApart = !isSame && var1 > 0 && var2 > 0;
    return { pair, kink, areApart, gradient: gradientOf(rows, pair, geometries[k], across, outwards) };
  });
}

/** (across·(y − (cov/var1)·x) + outwards/var1·x)/d */
function gradientOf(
  { x1, depth }: Rows,
  [i]: Pair,
  { aside, moments }: Geometry,
  across: number,
  outwards: number,
): Float64Array {
  const [variance] = moments.var;
  const along = variance > 0 ? outwards / variance : 0;
  return aside.map((part, k) => (across * part + along * x1[i * depth + k]) / depth);
}

/** The moments of a pair with the gaps of `lib/gaps.ts`: √(v₁v₂) − |cov| = v₁·E[r²]/(√(v₁v₂) + |cov|) with r = y − (cov/v₁)·x. */
function geometryOf({ x1, x2, depth }: Rows, [i, j]: Pair): Geometry {
  const [x, y] = [x1.subarray(i * depth, (i + 1) * depth), x2.subarray(j * depth, (j + 1) * depth)];
  const mean = (sum: DoubleDouble): DoubleDouble => divide(sum, [depth, 0]);
  const [cov, var1, var2] = [mean(dot(x, y)), mean(dot(x, x)), mean(dot(y, y))];
  const isSame = x.every((value, k) => value === y[k]);
  const share = var1[0] > 0 && !isSame ? divide(cov, var1) : ZERO;
  const rests = isSame ? [] : Array.from(y, (value, k) => subtract([value, 0], multiply(share, [x[k], 0])));
  const square = mean(rests.reduce((sum, rest) => add(sum, multiply(rest, rest)), ZERO));
  const isAlong = isSame || Math.sqrt(square[0]) <= NOTHING * Math.sqrt(var2[0]);
  const size = multiply(sqrt(var1), sqrt(var2));
  const above = add(size, cov[0] < 0 ? negate(cov) : cov);
  const gap = isAlong || above[0] === 0 ? ZERO : divide(multiply(var1, square), above);
  const sign = cov[0] < 0 ? 1 : -1;
  const apart = mean(x.reduce<DoubleDouble>((sum, value, k) => {
    const difference = add([y[k], 0], [sign * value, 0]);
    return add(sum, multiply(difference, difference));
  }, ZERO));
  return {
    aside: Float64Array.from(y, (_, k) => isAlong ? 0 : rests[k][0]),
    moments: { cov, var: var1, var2, gap, apart, same: [isSame ? 1 : 0, 0] },
  };
}

function dot(x: Float64Array, y: Float64Array): DoubleDouble {
  let sum = ZERO;
  for (let k = 0; k < x.length; k++) sum = add(sum, product(x[k], y[k]));
  return sum;
}

/** The name of the moment that a variable of the slopes stands for. */
const momentOf = ({ payload }: Expr): MomentName => {
  const { name, scope } = payload as Variable;
  return (scope === "row2" ? `${name}2` : name) as MomentName;
};

/** The expressions for every pair, in twice the digits. */
function* inTwiceTheDigits(roots: readonly Expr[], geometries: readonly Geometry[]): Steps<number[][]> {
  const leaf = (node: Expr): Evaluate => {
    const name = momentOf(node);
    return (k) => geometries[k].moments[name];
  };
  const { evaluate } = yield* evaluator(roots, leaf);
  const values: number[][] = [];
  for (let k = 0; k < geometries.length; k++) {
    values.push(evaluate(k).map(([high]) => high));
    yield;
  }
  return values;
}

/** The same in doubles, a column for each node. */
function* inDoubles(roots: readonly Expr[], geometries: readonly Geometry[]): Steps<number[][]> {
  const renamed = yield* substituteSteps(
    roots,
    new Map([[variable("var", "row2"), variable("var2", "row1")]]),
  );
  const inputs = Object.fromEntries(
    momentNames.map((name) => [name, () => Float64Array.from(geometries, ({ moments }) => moments[name][0])]),
  );
  const columns = yield* evaluateRows(renamed, inputs, geometries.length);
  return geometries.map((_, k) => renamed.map((root) => (columns.get(root) as Float64Array)[k]));
}
