/**
 * Twice the digits of double precision, for inputs that lie too close together for it: every number is a sum of two doubles, and maps
 * are evaluated entry by entry, operation by operation. It takes some hundred times as long as double precision, and knows no tables.
 *
 * In: what images.ts and diagonal.ts ask of any arithmetic. Out: numbers that are 32 digits long. At x = 1e8 and y = 1e8 + ¼, where
 * doubles lose x² + y² − 2xy = 1/16,
 *
 *     x·y = { high: 1.0000000025e16, low: 0 }      x² = { high: 1e16, low: 0 }      y² = { high: 1.000000005e16, low: 0.0625 }
 */
import type { Values } from "../../array/dtype.ts";
import type { Expr, Variable } from "../../expr/expr.ts";
import { topologicalSteps } from "../../expr/graph.ts";
import { exponentOf, ldexp, type OpName } from "../../expr/ops.ts";
import { breather } from "../../pause.ts";
import { type Entrywise, featureIndex } from "../../program/entrywise.ts";
import type { Job } from "../../program/job.ts";
import { entriesOf, type Layout } from "../../program/program.ts";
import { placeIn, type Rows } from "../../rows/images.ts";
import {
  add,
  divide,
  type DoubleDouble,
  multiply,
  negate,
  product,
  subtract,
} from "../../special/double_double.ts";
import * as functions from "../../special/double_double_functions.ts";
import { inTurns, type Steps } from "../../steps.ts";
import type { Arithmetic, Covariances } from "./arithmetic.ts";
import { DOUBLED_STEP } from "./budget.ts";

/** Numbers, each the sum of its two parts. */
export interface Doubled {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** The arithmetic of numbers that are sums of two doubles. */
export const doubleDouble: Arithmetic<Doubled, DoubleDouble, Doubled> = {
  zeros,
  count: ({ high }) => high.length,
  // Weights of linear maps are doubles; the product of several of them is not.
  factor: (...weights) => weights.map(numberOf).reduce(multiply),
  addTimes: (out, to, factor, values, from) =>
    write(out, to, add(read(out, to), multiply(factor, read(values, from)))),
  of: (values) => ({ high: Float64Array.from(values), low: new Float64Array(values.length) }),
  rounded: ({ high }) => high,
  set(target, values, at) {
    target.high.set(values.high, at);
    target.low.set(values.low, at);
  },
  // Inputs are doubles, whose products are two doubles without rounding: only the sum rounds, at 2⁻¹⁰⁴.
  covariance: (out, to, ...rows) => write(out, to, divide(dot(...rows), [rows[4], 0])),
  factors: (values) => Array.from(values.high, (_, k) => read(values, k)),
  softmax(weights) {
    // Less the largest one, so that no power overflows and the sum is at least 1.
    const largest = weights.reduce((a, b) => functions.isBelow(a, b) ? b : a);
    const powers = weights.map((weight) => functions.exp(subtract(weight, largest)));
    const sum = powers.reduce(add);
    return powers.map((power) => divide(power, sum));
  },
  featuresOf,
  positionwiseMap,
};

function zeros(count: number): Doubled {
  return { high: new Float64Array(count), low: new Float64Array(count) };
}

const read = ({ high, low }: Doubled, at: number): DoubleDouble => [high[at], low[at]];

function write({ high, low }: Doubled, at: number, [first, second]: DoubleDouble): void {
  high[at] = first;
  low[at] = second;
}

const numberOf = (weight: DoubleDouble | number): DoubleDouble =>
  typeof weight === "number" ? [weight, 0] : weight;

/** ⟨x, y⟩ of two rows, in the order of the coordinates: equal rows give equal sums. */
function dot(x: Values, xStart: number, y: Values, yStart: number, depth: number): DoubleDouble {
  let sum: DoubleDouble = [0, 0];
  for (let k = 0; k < depth; k++) sum = add(sum, product(x[xStart + k], y[yStart + k]));
  return sum;
}

// Maps

/** What an expression or one of its leaves is at an entry: a number from 0 on, which stands for a pair of positions, or for a row and one. */
export type Evaluate = (entry: number) => DoubleDouble;

const truth = (holds: boolean): DoubleDouble => [holds ? 1 : 0, 0];
const isEqual = (x: DoubleDouble, y: DoubleDouble): boolean => x[0] === y[0] && x[1] === y[1];

/**
 * The operations of expressions, as `lib/expr/ops.ts` lists them; truth values are 0 and 1. A comparison looks at both parts: what
 * is equal in double precision need not be equal here.
 */
const operations: Readonly<Record<OpName, (...args: DoubleDouble[]) => DoubleDouble>> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  neg: negate,
  abs: (x) => x[0] < 0 ? negate(x) : x,
  min: (x, y) => functions.isBelow(y, x) ? y : x,
  max: (x, y) => functions.isBelow(x, y) ? y : x,
  floor: functions.floor,
  lt: (x, y) => truth(functions.isBelow(x, y)),
  eq: (x, y) => truth(isEqual(x, y)),
  and: (x, y) => truth(x[0] !== 0 && y[0] !== 0),
  select: (condition, x, y) => condition[0] !== 0 ? x : y,
  sqrt: functions.sqrt,
  exp: functions.exp,
  expm1: functions.expm1,
  log: functions.log,
  log1p: functions.log1p,
  sin: functions.sin,
  cos: functions.cos,
  tanh: functions.tanh,
  erf: functions.erf,
  asin: functions.asin,
  acos: functions.acos,
  atan2: functions.atan2,
  atanSqrt: functions.atanSqrt,
  ldexp: ([high, low], [k]) => [ldexp(high, k), ldexp(low, k)],
  exponent: ([high]) => [exponentOf(high), 0],
};

/**
 * What evaluates some expressions at an entry, and how many operations that takes; `leaf` reads their variables. In steps.
 *
 * The expressions are interpreted, each node once an entry, after its arguments: what takes 300 ns an operation gains nothing from
 * being compiled, as maps in double precision are (maps.ts).
 */
export function* evaluator(
  roots: readonly Expr[],
  leaf: (variable: Expr) => Evaluate,
): Steps<{ readonly evaluate: (entry: number) => DoubleDouble[]; readonly size: number }> {
  const order = yield* topologicalSteps(roots);
  const slots = new Map(order.map((node, slot) => [node, slot]));
  // The value of each node at the entry that is being evaluated
  const values = order.map((): DoubleDouble => [0, 0]);
  const operate = ({ kind, args }: Expr): Evaluate => {
    const operation = operations[kind as OpName];
    const [a, b, c] = args.map((arg) => slots.get(arg)!);
    return () => operation(values[a], values[b], values[c]);
  };
  const nodes = order.map((node): Evaluate => {
    const { kind, value, rest } = node;
    // What rounding left out of a constant, such as π, it keeps.
    if (kind === "const") return () => [value!, rest];
    return kind === "variable" ? leaf(node) : operate(node);
  });
  const results = roots.map((root) => slots.get(root)!);
  const evaluate = (entry: number) => {
    for (let slot = 0; slot < nodes.length; slot++) values[slot] = nodes[slot](entry);
    return results.map((slot) => values[slot]);
  };
  return { evaluate, size: order.length };
}

/** The features of rows, over (row, position). */
function featuresOf(
  { features }: Entrywise,
  positions: number,
  { first, count, variances }: Rows<Doubled>,
  job: Job,
): Promise<Doubled[]> {
  const leaf = ({ payload }: Expr): Evaluate => {
    const { name } = payload as Variable;
    const known = /^var\d+$/.test(name) ? variances.get(Number(name.slice(3))) : undefined;
    if (known) return (entry) => read(known, entry);
    // Whatever comes with the job (masks, numbers of rows) is a double.
    const given = job.rowVariables[name];
    return (entry) => [given.values[placeIn(given, entry, positions, first)], 0];
  };
  const columns = features.map(() => zeros(count * positions));
  const steps = function* (): Steps<Doubled[]> {
    const { evaluate, size } = yield* evaluator(features, leaf);
    for (let entry = 0; entry < count * positions; entry++) {
      evaluate(entry).forEach((value, k) => write(columns[k], entry, value));
      if (entry % Math.ceil(DOUBLED_STEP / size) === 0) yield;
    }
    return columns;
  };
  return inTurns(steps(), breather(job));
}

/**
 * A map over all pairs of positions, or equal ones: maps.ts in this arithmetic. Entry k of a full layout of P positions is the pair
 * (⌊k / P⌋, k mod P), and of a diagonal (k, k).
 */
function positionwiseMap(program: Entrywise, positions: number, layout: Layout) {
  const names = Object.keys(program.map);
  return function* (columns: readonly Doubled[]) {
    // The pair that is being evaluated: leaves read it, and are made once for all of them.
    const pair = { row1: 0, row2: 0, covariances: {} as Covariances<Doubled> };
    const [first, second] = layout === "full"
      ? [(entry: number) => Math.floor(entry / positions), (entry: number) => entry % positions]
      : [(entry: number) => entry, (entry: number) => entry];
    const leaf = (node: Expr): Evaluate => {
      const { name, scope } = node.payload as Variable;
      const feature = columns[featureIndex(node) ?? -1];
      if (scope === "row1") return (entry) => read(feature, pair.row1 * positions + first(entry));
      if (scope === "row2") return (entry) => read(feature, pair.row2 * positions + second(entry));
      if (name === "offset") return (entry) => truth(first(entry) !== second(entry));
      return (entry) => {
        const { data, layout } = pair.covariances[name];
        return read(data, layout === "full" ? first(entry) * positions + second(entry) : entry);
      };
    };
    const { evaluate, size } = yield* evaluator(Object.values(program.map), leaf);
    return function* (row1: number, row2: number, covariances: Covariances<Doubled>) {
      Object.assign(pair, { row1, row2, covariances });
      const outputs = names.map(() => zeros(entriesOf(positions, layout)));
      for (let entry = 0; entry < outputs[0].high.length; entry++) {
        evaluate(entry).forEach((value, k) => write(outputs[k], entry, value));
        if (entry % Math.ceil(DOUBLED_STEP / size) !== 0) continue;
        yield;
        // Others may have been computed in between.
        Object.assign(pair, { row1, row2, covariances });
      }
      return Object.fromEntries(names.map((name, k) => [name, outputs[k]]));
    };
  };
}
