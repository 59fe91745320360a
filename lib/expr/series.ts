/**
 * Taylor coefficients of expressions: evaluation in numbers of the form c₀ + c₁·t + … + cₙ₋₁·tⁿ⁻¹ with an infinitesimal t > 0.
 *
 * Arithmetic multiplies such series out, comparisons look at the first coefficient that differs. A function of one series is the
 * integral of its derivative, for which the operation table has the expression.
 */
import { UnsupportedError } from "../errors.ts";
import type { Expr, HermiteOrder, Variable } from "./expr.ts";
import { topological } from "./graph.ts";
import { remembered } from "../remembered.ts";
import { type Differentiable, ldexp, type OpName, ops } from "./ops.ts";
import type { Table } from "./table.ts";

/** A truncated power series; one of a single coefficient is a number, whatever the length of the others. */
export class Series implements Differentiable<Series> {
  readonly c: Float64Array;

  constructor(c: Float64Array) {
    this.c = c;
  }

  /** A number as a series. */
  static of(value: number): Series {
    return new Series(Float64Array.of(value));
  }

  add(y: Series | number): Series {
    if (typeof y !== "number" && y.c.length > this.c.length) return y.add(this);
    return combined(this, y, 1);
  }

  sub(y: Series | number): Series {
    return combined(this, y, -1);
  }

  mul(y: Series | number): Series {
    if (typeof y === "number") return new Series(this.c.map((c) => c * y));
    if (y.c.length === 1) return this.mul(y.c[0]);
    if (this.c.length === 1) return y.mul(this.c[0]);
    const [a, b, product] = [this.c, y.c, new Float64Array(this.c.length)];
    for (let i = 0; i < a.length; i++) {
      if (a[i] !== 0) { for (let j = 0; i + j < b.length; j++) product[i + j] += a[i] * b[j]; }
    }
    return new Series(product);
  }

  /** Long division: qₖ = (aₖ − Σ qᵢ·bₖ₋ᵢ)/b₀. */
  div(y: Series | number): Series {
    if (typeof y === "number" || y.c.length === 1) {
      const divisor = typeof y === "number" ? y : y.c[0];
      return new Series(this.c.map((c) => c / divisor));
    }
    const [b, quotient] = [y.c, widened(this.c, y.c.length)];
    for (let k = 0; k < b.length; k++) {
      for (let i = 0; i < k; i++) quotient[k] -= quotient[i] * b[k - i];
      quotient[k] /= b[0];
    }
    return new Series(quotient);
  }

  neg(): Series {
    return this.mul(-1);
  }

  reciprocal(): Series {
    return Series.of(1).div(this);
  }

  square(): Series {
    return this.mul(this);
  }

  /** From y² = x: yₖ = (xₖ − Σ yᵢ·yₖ₋ᵢ)/(2y₀). */
  sqrt(): Series {
    const x = this.c;
    const y = new Float64Array(x.length);
    y[0] = ops.sqrt.evaluate(x[0]);
    if (y[0] === 0) return requireConstant("sqrt", this, y[0]);
    for (let k = 1; k < x.length; k++) {
      let sum = x[k];
      for (let i = 1; i < k; i++) sum -= y[i] * y[k - i];
      y[k] = sum / (2 * y[0]);
    }
    return new Series(y);
  }

  /** From y′ = x′·y: k·yₖ = Σ i·xᵢ·yₖ₋ᵢ. */
  exp(): Series {
    const x = this.c;
    const y = new Float64Array(x.length);
    y[0] = Math.exp(x[0]);
    for (let k = 1; k < x.length; k++) {
      for (let i = 1; i <= k; i++) y[k] += i * x[i] * y[k - i];
      y[k] /= k;
    }
    return new Series(y);
  }

  sin(): Series {
    return sineAndCosine(this).sine;
  }

  cos(): Series {
    return sineAndCosine(this).cosine;
  }

  ldexp(k: Series | number): Series {
    const exponent = typeof k === "number" ? k : k.c[0];
    return new Series(this.c.map((c) => ldexp(c, exponent)));
  }

  lt(y: Series | number): Series {
    return Series.of(Number(this.sub(y).sign < 0));
  }

  gt(y: Series | number): Series {
    return Series.of(Number(this.sub(y).sign > 0));
  }

  select(x: Series | number, y: Series | number): Series {
    const chosen = this.c[0] !== 0 ? x : y;
    return typeof chosen === "number" ? Series.of(chosen) : chosen;
  }

  /** The sign of the series for t → 0, t > 0. */
  get sign(): number {
    return Math.sign(this.c.find((c) => c !== 0) ?? 0);
  }
}

function combined(x: Series, y: Series | number, sign: 1 | -1): Series {
  if (typeof y === "number") {
    const sum = x.c.slice();
    sum[0] += sign * y;
    return new Series(sum);
  }
  const b = y.c;
  const sum = b.length > x.c.length ? widened(x.c, b.length) : x.c.slice();
  for (let i = 0; i < b.length; i++) sum[i] += sign * b[i];
  return new Series(sum);
}

/** A copy of at least so many coefficients. */
function widened(c: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(Math.max(c.length, length));
  copy.set(c);
  return copy;
}

/** From s′ = x′·c and c′ = −x′·s. */
function sineAndCosine({ c: x }: Series) {
  const [sine, cosine] = [new Float64Array(x.length), new Float64Array(x.length)];
  sine[0] = Math.sin(x[0]), cosine[0] = Math.cos(x[0]);
  for (let k = 1; k < x.length; k++) {
    for (let i = 1; i <= k; i++) {
      sine[k] += i * x[i] * cosine[k - i] / k;
      cosine[k] -= i * x[i] * sine[k - i] / k;
    }
  }
  return { sine: new Series(sine), cosine: new Series(cosine) };
}

/** A number where the argument is one; else there is no series, as of √t. */
function requireConstant(name: string, { c }: Series, value: number): Series {
  if (c.some((coefficient, k) => k > 0 && coefficient !== 0)) {
    throw new UnsupportedError(
      `Cannot expand an expression as the argument of ${name} must not vanish: current value is 0`,
    );
  }
  return Series.of(value);
}

/** Operations that are no integrals of their derivatives, or quicker without. */
const arithmetic: Partial<Record<OpName, (...args: Series[]) => Series>> = {
  add: (x, y) => x.add(y),
  sub: (x, y) => x.sub(y),
  mul: (x, y) => x.mul(y),
  div: (x, y) => x.div(y),
  neg: (x) => x.neg(),
  abs: (x) => x.sign < 0 ? x.neg() : x,
  min: (x, y) => y.sub(x).sign < 0 ? y : x,
  max: (x, y) => y.sub(x).sign > 0 ? y : x,
  lt: (x, y) => x.lt(y),
  eq: (x, y) => Series.of(Number(x.sub(y).sign === 0)),
  and: (x, y) => Series.of(Number(x.c[0] !== 0 && y.c[0] !== 0)),
  select: (condition, x, y) => condition.select(x, y),
  sqrt: (x) => x.sqrt(),
  exp: (x) => x.exp(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  ldexp: (x, k) => x.ldexp(k),
};

/** Of an operation, from f′ = Σ ∂f/∂xᵢ·xᵢ′; the derivatives may read f itself, of which each turn finds one coefficient more. */
function integrated(name: OpName, args: readonly Series[]): Series {
  const { evaluate, partials } = ops[name];
  const length = Math.max(...args.map(({ c }) => c.length));
  const values = new Float64Array(length);
  values[0] = evaluate(...args.map(({ c }) => c[0]));
  for (let known = 1; known < length; known++) {
    const derivatives = partials<Series>(...args, new Series(values));
    const slope = args.reduce((sum, arg, i) => sum.add(derivative(arg).mul(derivatives[i])), Series.of(0));
    values[known] = (slope.c[known - 1] ?? 0) / known;
  }
  return new Series(values);
}

const derivative = ({ c }: Series): Series =>
  new Series(c.length === 1 ? new Float64Array(1) : c.map((_, k) => (k + 1) * (c[k + 1] ?? 0)));

/**
 * p(ρ) = Σₖ k!/(k−m)!·aₖ·bₖ·ρᵏ⁻ᵐ: the Taylor coefficients of p at ρ₀ by Horner's scheme, which go through thousands of terms, and then
 * their series in ρ − ρ₀.
 */
function hermiteSum(a: Float64Array, b: Float64Array, rho: Series, order: number): Series {
  const [center, length] = [rho.c[0], rho.c.length];
  const taylor = new Float64Array(length);
  for (let k = Math.min(a.length, b.length) - 1; k >= order; k--) {
    let factor = a[k] * b[k];
    for (let m = 0; m < order; m++) factor *= k - m;
    for (let m = length - 1; m > 0; m--) taylor[m] = taylor[m] * center + taylor[m - 1];
    taylor[0] = taylor[0] * center + factor;
  }
  const step = rho.sub(center);
  let sum = Series.of(0);
  for (let m = length - 1; m >= 0; m--) sum = sum.mul(step).add(taylor[m]);
  return sum;
}

/** What an expression is evaluated at. */
export interface SeriesBindings {
  /** The value of a variable */
  readonly variable: (variable: Variable) => Series;
  /** The coefficients of a table at a variance */
  readonly table: (table: Table, variance: number) => Float64Array;
}

/** The nodes of a list of roots in order: to sort them takes as long as to evaluate them. */
const ordered = remembered((roots: readonly Expr[]) => topological(roots));

/**
 * The Taylor coefficients of expressions whose variables are series, of the length of the longest of these.
 *
 * @throws {UnsupportedError} where an expression has no Taylor series, as √t.
 */
export function evaluateSeries(roots: readonly Expr[], bindings: SeriesBindings): Series[] {
  const values = new Map<Expr, Series>();
  for (const node of ordered(roots)) {
    values.set(node, valueOf(node, node.args.map((arg) => values.get(arg)!), bindings));
  }
  return roots.map((root) => values.get(root)!);
}

function valueOf({ kind, payload, args }: Expr, values: Series[], bindings: SeriesBindings): Series {
  switch (kind) {
    case "const":
      return Series.of(payload as number);
    case "variable":
      return bindings.variable(payload as Variable);
    case "table":
      // The coefficients are computed where they meet, as by `evaluate`.
      return values[0];
    case "hermiteSum": {
      const [a, b] = [0, 1].map((i) => bindings.table(args[i].payload as Table, values[i].c[0]));
      return hermiteSum(a, b, values[2], (payload as HermiteOrder).order);
    }
    default:
      return arithmetic[kind]?.(...values) ?? known(kind, values);
  }
}

/** Of numbers alone the value, else the integral. */
const known = (name: OpName, args: readonly Series[]): Series =>
  args.every(({ c }) => c.length === 1)
    ? Series.of(ops[name].evaluate(...args.map(({ c }) => c[0])))
    : integrated(name, args);
