/**
 * The operation table: one row an operation, everything else loops over it.
 *
 * A row holds the plain evaluation (the definition every renderer is tested against), the partial derivatives, and the
 * text of the operation in each target. `wgsl` and `c` texts that end in `_(` call a function that the target's prelude
 * defines (`approximations/`), because the built-in functions of those targets are too weak or do not vectorise.
 */
import { acos, asin, atan2, atanSqrt } from "../special/angles.ts";
import { erf } from "../special/erf.ts";

/** The operations. */
export type OpName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "abs"
  | "min"
  | "max"
  | "floor"
  | "lt"
  | "eq"
  | "and"
  | "select"
  | "sqrt"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tanh"
  | "erf"
  | "asin"
  | "acos"
  | "atan2"
  | "atanSqrt"
  | "ldexp"
  | "exponent";

/** What derivatives are written with: expressions have these methods (`Expr`). */
export interface Differentiable<E> {
  add(y: E | number): E;
  mul(y: E | number): E;
  div(y: E | number): E;
  neg(): E;
  reciprocal(): E;
  square(): E;
  sqrt(): E;
  exp(): E;
  sin(): E;
  cos(): E;
  ldexp(k: E | number): E;
  lt(y: E | number): E;
  gt(y: E | number): E;
  /** x where this is not 0, else y */
  select(x: E | number, y: E | number): E;
}

/** One row of the operation table. */
export interface Op {
  /** The value of the operation; comparisons give 0 or 1. */
  readonly evaluate: (...args: number[]) => number;
  /** ∂/∂argument for every argument (0 where it is zero almost everywhere); the last parameter is the node itself. */
  readonly partials: <E extends Differentiable<E>>(...argsAndSelf: E[]) => (E | number)[];
  /** The text of the operation in JavaScript. */
  readonly js: (...args: string[]) => string;
  /** The text of the operation in WGSL. */
  readonly wgsl: (...args: string[]) => string;
  /** The text of the operation in C. */
  readonly c: (...args: string[]) => string;
}

type Text = (...args: string[]) => string;

const call = (name: string): Text => (...args) => `${name}(${args.join(", ")})`;
const infix = (symbol: string): Text => (x, y) => `(${x} ${symbol} ${y})`;
const everywhere = (text: Text) => ({ js: text, wgsl: text, c: text });
const approximated = (name: string) => ({
  js: call(`Math.${name}`),
  wgsl: call(`${name}_`),
  c: call(`${name}_`),
});

/** 1/√((1 − x)(1 + x)), and 0 where it is infinite. */
function arcSlope<E extends Differentiable<E>>(x: E): E {
  const cosine = x.neg().add(1).mul(x.add(1)).sqrt();
  const inside = cosine.gt(0);
  return inside.select(1, 0).div(inside.select(cosine, 1));
}

const INVERSE_SQRT_PI_TIMES_2 = 2 / Math.sqrt(Math.PI);

/** The table. `sqrt` is total: √max(x, 0), since rounding makes squares that cancel slightly negative. */
export const ops: Record<OpName, Op> = {
  add: { evaluate: (x, y) => x + y, partials: () => [1, 1], ...everywhere(infix("+")) },
  sub: { evaluate: (x, y) => x - y, partials: () => [1, -1], ...everywhere(infix("-")) },
  mul: { evaluate: (x, y) => x * y, partials: (x, y) => [y, x], ...everywhere(infix("*")) },
  div: {
    evaluate: (x, y) => x / y,
    partials: (_x, y, self) => [y.reciprocal(), self.div(y).neg()],
    ...everywhere(infix("/")),
  },
  neg: { evaluate: (x) => -x, partials: () => [-1], ...everywhere((x) => `(-${x})`) },
  abs: {
    evaluate: Math.abs,
    partials: (x) => [x.lt(0).select(-1, 1)],
    js: call("Math.abs"),
    wgsl: call("abs"),
    c: call("abs_"),
  },
  min: {
    evaluate: Math.min,
    partials: (x, y) => [x.lt(y).select(1, 0), x.lt(y).select(0, 1)],
    js: call("Math.min"),
    wgsl: call("min"),
    c: call("min_"),
  },
  max: {
    evaluate: Math.max,
    partials: (x, y) => [y.lt(x).select(1, 0), y.lt(x).select(0, 1)],
    js: call("Math.max"),
    wgsl: call("max"),
    c: call("max_"),
  },
  floor: {
    evaluate: Math.floor,
    partials: () => [0],
    js: call("Math.floor"),
    wgsl: call("floor"),
    c: call("floor_"),
  },
  lt: { evaluate: (x, y) => Number(x < y), partials: () => [0, 0], ...everywhere(infix("<")) },
  eq: {
    evaluate: (x, y) => Number(x === y),
    partials: () => [0, 0],
    js: infix("==="),
    wgsl: infix("=="),
    c: infix("=="),
  },
  and: {
    evaluate: (x, y) => Number(x !== 0 && y !== 0),
    partials: () => [0, 0],
    js: infix("&&"),
    wgsl: infix("&&"),
    c: infix("&"),
  },
  select: {
    evaluate: (condition, x, y) => condition !== 0 ? x : y,
    partials: (condition) => [0, condition.select(1, 0), condition.select(0, 1)],
    js: (condition, x, y) => `(${condition} ? ${x} : ${y})`,
    wgsl: (condition, x, y) => `select(${y}, ${x}, ${condition})`,
    // A function computes both values in any case, where a conditional expression is a branch to begin with.
    c: call("select_"),
  },
  sqrt: {
    evaluate: (x) => Math.sqrt(Math.max(x, 0)),
    // 0 at 0, where the slope is infinite: the callers' limits are finite there and 0·∞ would be NaN.
    partials: (x, self) => {
      const positive = x.gt(0);
      return [positive.select(0.5, 0).div(positive.select(self, 1))];
    },
    js: (x) => `Math.sqrt(Math.max(${x}, 0))`,
    wgsl: call("sqrt_"),
    c: call("sqrt_"),
  },
  exp: { evaluate: Math.exp, partials: (_x, self) => [self], ...approximated("exp") },
  expm1: { evaluate: Math.expm1, partials: (_x, self) => [self.add(1)], ...approximated("expm1") },
  log: { evaluate: Math.log, partials: (x) => [x.reciprocal()], ...approximated("log") },
  log1p: { evaluate: Math.log1p, partials: (x) => [x.add(1).reciprocal()], ...approximated("log1p") },
  sin: { evaluate: Math.sin, partials: (x) => [x.cos()], ...approximated("sin") },
  cos: { evaluate: Math.cos, partials: (x) => [x.sin().neg()], ...approximated("cos") },
  tanh: {
    evaluate: Math.tanh,
    partials: (_x, self) => [self.square().neg().add(1)],
    ...approximated("tanh"),
  },
  erf: {
    evaluate: erf,
    partials: (x) => [x.square().neg().exp().mul(INVERSE_SQRT_PI_TIMES_2)],
    js: call("erf"),
    wgsl: call("erf_"),
    c: call("erf_"),
  },
  asin: {
    evaluate: asin,
    partials: (x) => [arcSlope(x)],
    js: call("asin"),
    wgsl: call("asin_"),
    c: call("asin_"),
  },
  acos: {
    evaluate: acos,
    partials: (x) => [arcSlope(x).neg()],
    js: call("acos"),
    wgsl: call("acos_"),
    c: call("acos_"),
  },
  atan2: {
    evaluate: atan2,
    partials: (y, x) => {
      const norm = x.square().add(y.square());
      return [x.div(norm), y.div(norm).neg()];
    },
    js: call("atan2"),
    wgsl: call("atan2_"),
    c: call("atan2_"),
  },
  /** atan √x for 0 ≤ x ≤ 1. */
  atanSqrt: {
    evaluate: atanSqrt,
    // 0 at 0, where the slope is infinite, as of sqrt.
    partials: (x) => {
      const positive = x.gt(0);
      return [positive.select(0.5, 0).div(positive.select(x.sqrt().mul(x.add(1)), 1))];
    },
    js: call("atanSqrt"),
    wgsl: call("atanSqrt_"),
    c: call("atanSqrt_"),
  },
  /** x·2^k for an integral k from −2046 to 2046. */
  ldexp: {
    evaluate: (x, k) => ldexp(x, k),
    partials: (_x, k) => [k.mul(0).add(1).ldexp(k), 0],
    js: call("ldexp"),
    wgsl: call("ldexp_"),
    c: call("ldexp_"),
  },
  /** ⌊log₂|x|⌋ of a finite x that is not 0; rendered to other targets than JavaScript, of a normal x. */
  exponent: {
    evaluate: (x) => exponentOf(x),
    partials: () => [0],
    js: call("exponentOf"),
    wgsl: call("exponent_"),
    c: call("exponent_"),
  },
};

/** Operations whose value is a truth value: only `select` and `and` take it. */
export const truthValued: ReadonlySet<string> = new Set(["lt", "eq", "and"]);

/** Operations whose arguments may be exchanged. */
export const commutative: ReadonlySet<string> = new Set(["add", "mul", "min", "max", "eq", "and"]);

/** x·2^k; in two factors where 2^k itself leaves the range, which x·2^k need not do. */
export function ldexp(x: number, k: number): number {
  const power = 2 ** k;
  if (power > 0 && power < Infinity) return x * power;
  const half = Math.floor(k / 2);
  return x * 2 ** half * 2 ** (k - half);
}

/** ⌊log₂|x|⌋, exact for normal and subnormal numbers. */
export function exponentOf(x: number): number {
  const estimate = Math.floor(Math.log2(Math.abs(x)));
  const power = 2 ** Math.max(estimate, -1074);
  if (power > Math.abs(x)) return estimate - 1;
  return power * 2 <= Math.abs(x) ? estimate + 1 : estimate;
}
