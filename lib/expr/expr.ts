/**
 * Scalar expressions: a hash-consed graph of the operations of `ops.ts`.
 *
 * Equal expressions are the same object, so sharing costs nothing and renderers compute every value once. Expressions
 * are simplified only while they are built: constants fold, neutral elements vanish.
 */
import { show } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { add, divide, type DoubleDouble, multiply, negate, subtract } from "../special/double_double.ts";
import { commutative, type OpName, ops } from "./ops.ts";
import type { Table } from "./table.ts";

/** Where a value of a kernel map lives: per row of x1, per row of x2, or per pair. */
export type Scope = "row1" | "row2" | "pair";

/** Kinds of node: the operations of the table, the two leaves, and the two for Hermite tables. */
export type Kind = OpName | "const" | "variable" | "table" | "hermiteSum";

/** What a leaf carries: a number, a variable's name and scope, or the table that a node reads. */
export type Payload = number | Variable | Table | HermiteOrder | null;

/** A named input of an expression: two variables of the same name and different scopes are different. */
export interface Variable {
  readonly name: string;
  readonly scope: Scope;
}

/** The order of differentiation of a Hermite sum. */
export interface HermiteOrder {
  readonly order: number;
}

/** An expression or a number that stands for a constant. */
export type Operand = Expr | number;

/**
 * One node of a scalar expression over real numbers. Build expressions from `variable` and `constant` with the methods below
 * and the free functions of the same names; JavaScript's own `+`, `<` and `Math.exp` refuse them.
 *
 * Equal expressions are the same object, and constants fold while an expression is built.
 *
 * @throws {TypeError} from every method whose operand is neither an expression nor a number.
 *
 * @example Build and evaluate
 * ```ts
 * import { evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * const softplus = x.exp().log1p();
 * if (evaluate(softplus, { x: 0 }) !== Math.log(2)) throw new Error("softplus(0) must be log 2");
 * if (softplus !== x.exp().log1p()) throw new Error("equal expressions must be the same object");
 * ```
 */
export class Expr {
  /** @internal What the node is. */
  readonly kind: Kind;
  /** @internal The nodes that it is computed from. */
  readonly args: readonly Expr[];
  /** @internal What a leaf carries. */
  readonly payload: Payload;
  /** @internal A number of its own. */
  readonly id: number;
  /** @internal Of a folded constant, what the rounding of its value left out; 0 for all other nodes. */
  readonly rest: number;
  /** @internal Length of the longest chain of operations below, 0 for a leaf. */
  readonly height: number;

  /** @internal Use the builders: they share equal nodes. */
  constructor(kind: Kind, args: readonly Expr[], payload: Payload, id: number, rest = 0) {
    this.kind = kind;
    this.args = args;
    this.payload = payload;
    this.id = id;
    this.rest = rest;
    this.height = args.length === 0 ? 0 : 1 + Math.max(...args.map((arg) => arg.height));
  }

  /** this + y */
  add(y: Operand): Expr {
    return node("add", this, y);
  }
  /** this − y */
  sub(y: Operand): Expr {
    return node("sub", this, y);
  }
  /** this · y */
  mul(y: Operand): Expr {
    return node("mul", this, y);
  }
  /** this / y */
  div(y: Operand): Expr {
    return node("div", this, y);
  }
  /** −this */
  neg(): Expr {
    return node("neg", this);
  }
  /** 1 / this */
  reciprocal(): Expr {
    return node("div", 1, this);
  }
  /** this² */
  square(): Expr {
    return node("mul", this, this);
  }
  /**
   * thisⁿ for an integer n ≥ 0, by repeated squaring.
   *
   * @throws {RangeError} for any other n.
   */
  pow(n: number): Expr {
    if (!Number.isInteger(n) || n < 0) {
      throw new RangeError(
        `Cannot raise to a power as it must be a non-negative integer: current value is ${show(n)}`,
      );
    }
    if (n === 0) return constant(1);
    // Not n >> 1, which takes n for 32 bits.
    const root = this.pow(Math.floor(n / 2));
    return n % 2 ? root.square().mul(this) : root.square();
  }
  /** |this| */
  abs(): Expr {
    return node("abs", this);
  }
  /** min(this, y) */
  min(y: Operand): Expr {
    return node("min", this, y);
  }
  /** max(this, y) */
  max(y: Operand): Expr {
    return node("max", this, y);
  }
  /** ⌊this⌋ */
  floor(): Expr {
    return node("floor", this);
  }
  /** this < y, a truth value for `select` and `and`. */
  lt(y: Operand): Expr {
    return node("lt", this, y);
  }
  /** this > y, a truth value for `select` and `and`. */
  gt(y: Operand): Expr {
    return node("lt", y, this);
  }
  /** this = y, a truth value for `select` and `and`. */
  eq(y: Operand): Expr {
    return node("eq", this, y);
  }
  /** Both truth values hold. */
  and(y: Expr): Expr {
    return node("and", this, y);
  }
  /** x where this truth value holds, else y; both are computed. */
  select(x: Operand, y: Operand): Expr {
    return node("select", this, x, y);
  }
  /** √max(this, 0) */
  sqrt(): Expr {
    return node("sqrt", this);
  }
  /** e to the power of this */
  exp(): Expr {
    return node("exp", this);
  }
  /** e to the power of this, less 1, accurate near 0 */
  expm1(): Expr {
    return node("expm1", this);
  }
  /** Natural logarithm: −∞ at 0, NaN below */
  log(): Expr {
    return node("log", this);
  }
  /** log(1 + this), accurate near 0 */
  log1p(): Expr {
    return node("log1p", this);
  }
  /** Sine of this angle in radians */
  sin(): Expr {
    return node("sin", this);
  }
  /** Cosine of this angle in radians */
  cos(): Expr {
    return node("cos", this);
  }
  /** Hyperbolic tangent */
  tanh(): Expr {
    return node("tanh", this);
  }
  /** Error function, 2/√π ∫₀ˣ e^(−t²) dt */
  erf(): Expr {
    return node("erf", this);
  }
  /** Angle of the point (x, this) in (−π, π] */
  atan2(x: Operand): Expr {
    return node("atan2", this, x);
  }
  /** this · 2ᵏ for an integral k from −2046 to 2046 */
  ldexp(k: Operand): Expr {
    return node("ldexp", this, k);
  }
  /** ⌊log₂|this|⌋ */
  exponent(): Expr {
    return node("exponent", this);
  }

  /** The value of a constant, else undefined. */
  get value(): number | undefined {
    return this.kind === "const" ? this.payload as number : undefined;
  }

  /** Refuses `expr * 2`, `expr < 0`, `Math.exp(expr)`: JavaScript's arithmetic cannot build expressions. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      "Cannot use an expression in JavaScript arithmetic as it must be built with methods: " +
        "current value is an Expr, so write x.mul(2), x.lt(0).select(a, b), x.exp()",
    );
  }

  /** The expression as text, for error messages and debugging. */
  toString(): string {
    if (this.kind === "const") return String(this.payload);
    if (this.kind === "variable") return (this.payload as Variable).name;
    return `${this.kind}(${this.args.join(", ")})`;
  }
}

const interned = new Map<string, WeakRef<Expr>>();
const forgotten = new FinalizationRegistry<string>((key) => {
  if (!interned.get(key)?.deref()) interned.delete(key);
});
const payloadIds = new WeakMap<object, number>();
let count = 0;

/** The one node of this kind, arguments and payload. */
function intern(
  kind: Kind,
  args: readonly Expr[],
  payload: Payload,
  payloadKey: string,
  rest = 0,
): Expr {
  const ids = args.map((arg) => arg.id);
  // Only the key is sorted: rendered text must not depend on which of two arguments was built first.
  if (commutative.has(kind)) ids.sort((a, b) => a - b);
  const key = `${kind} ${ids.join(" ")} ${payloadKey}`;
  const known = interned.get(key)?.deref();
  if (known) return known;
  const made = new Expr(kind, args, payload, count++, rest);
  interned.set(key, new WeakRef(made));
  forgotten.register(made, key);
  return made;
}

function identity(object: object): string {
  if (!payloadIds.has(object)) payloadIds.set(object, count++);
  return `#${payloadIds.get(object)}`;
}

/**
 * The expression of a number, infinities included.
 *
 * @throws {TypeError} if `value` is not a number.
 * @throws {RangeError} if it is NaN.
 *
 * @example Constants fold
 * ```ts
 * import { constant } from "./mod.ts";
 * if (constant(2).mul(3) !== constant(6)) throw new Error("2·3 must be 6");
 * ```
 */
export function constant(value: number): Expr {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot build a constant as it must be a number: current value is ${show(value)}`);
  }
  if (Number.isNaN(value)) {
    throw new RangeError("Cannot build a constant as it must be a number: current value is NaN");
  }
  return constantOf([value, 0]);
}

/** The expression of a constant, with what the rounding of its value left out: backends without room for it leave it out. */
function constantOf([value, rest]: DoubleDouble): Expr {
  const key = Object.is(value, -0) ? "-0" : String(value);
  return intern("const", [], value, rest === 0 ? key : `${key} ${rest}`, rest);
}

/** π, to twice the digits of a double. */
export const pi: Expr = constantOf([Math.PI, 1.2246467991473532e-16]);

/**
 * A named input of an expression. Variables of the same name and scope are the same object.
 *
 * @param name the key of its value for `evaluate`
 * @param scope where its values come from when a kernel is compiled: one value a pair of points (default), or one a point
 * @throws {TypeError} if `name` is not a string.
 *
 * @example A polynomial
 * ```ts
 * import { evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(x.square().sub(x), { x: 3 }) !== 6) throw new Error("3² − 3 must be 6");
 * ```
 */
export function variable(name: string, scope: Scope = "pair"): Expr {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot build a variable as its name must be a string: current value is ${show(name)}`,
    );
  }
  return intern("variable", [], { name, scope }, `${name}@${scope}`);
}

/** The vector of coefficients that `table` gives for `variance`; only `hermiteSum` reads it. */
export function tableOf(table: Table, variance: Expr): Expr {
  return intern("table", [variance], table, identity(table));
}

/** Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) for the coefficient vectors a, b of two table nodes and m = `order`. */
export function hermiteSum(a: Expr, b: Expr, rho: Expr, order = 0): Expr {
  return intern("hermiteSum", [a, b, rho], { order }, String(order));
}

/** An operand as an expression. */
export function toExpr(x: Operand): Expr {
  if (x instanceof Expr) return x;
  if (typeof x === "number") return constant(x);
  throw new TypeError(
    `Cannot build an expression as an operand must be an Expr or a number: current value is ${show(x)}`,
  );
}

/** `expr` if it is an expression; `action` says what was to be done with it. */
export function requireExpr(action: string, expr: Expr): Expr {
  if (expr instanceof Expr) return expr;
  throw new TypeError(`Cannot ${action} as it must be an Expr: current value is ${show(expr)}`);
}

/** The simplified node of an operation of the table. */
export function node(op: OpName, ...operands: Operand[]): Expr {
  const args = operands.map(toExpr);
  const values = args.map((arg) => arg.value);
  if (values.every((value) => value !== undefined)) {
    const folded = ops[op].evaluate(...values as [number, number, number]);
    // 0/0 and its like are no constants; the node has the value that `evaluate` gives, and is not simplified to another.
    return Number.isNaN(folded) ? intern(op, args, null, "") : foldedConstant(op, args, folded);
  }
  const simple = simplify(op, args);
  if (simple) return simple;
  return intern(op, args, null, "");
}

/** Arithmetic of constants in twice the digits: what folds in one layer is computed step by step in another. */
const exactly: Partial<Record<OpName, (x: DoubleDouble, y: DoubleDouble) => DoubleDouble>> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  neg: negate,
};

/** Sizes of constants whose rests are numbers of all digits, too. */
const [LEAST, MOST] = [2 ** -900, 2 ** 900];

/** The constant that an operation on constants makes, `value` as a double. */
function foldedConstant(op: OpName, args: readonly Expr[], value: number): Expr {
  const isRoomy = [value, ...args.map((arg) => arg.value!)].every((entry) =>
    entry === 0 || Math.abs(entry) > LEAST && Math.abs(entry) < MOST
  );
  const exact = isRoomy ? exactly[op] : undefined;
  if (!exact) return constant(value);
  const [x, y] = args.map((arg): DoubleDouble => [arg.value!, arg.rest]);
  const [sum, rest] = exact(x, y);
  // The sign of a zero is that of the double.
  return sum === 0 ? constant(value) : constantOf([sum, rest]);
}

/** Whether an operand is this constant, to all digits. */
const isExactly = ({ value, rest }: Expr, x: number): boolean => value === x && rest === 0;

/** The rebuilt node with other arguments. */
export function withArgs(expr: Expr, args: readonly Expr[]): Expr {
  if (args.length === 0 || args.every((arg, i) => arg === expr.args[i])) return expr;
  switch (expr.kind) {
    case "const":
    case "variable":
      return expr;
    case "table":
      return tableOf(expr.payload as Table, args[0]);
    case "hermiteSum":
      return hermiteSum(args[0], args[1], args[2], (expr.payload as HermiteOrder).order);
    default:
      return node(expr.kind, ...args);
  }
}

/** x + 0, x · 1, (x · a) · b, x + a = y + a, −(−x), |√x| and their like; finite values are assumed, so x · 0 is 0. */
function simplify(op: OpName, [x, y, z]: Expr[]): Expr | undefined {
  switch (op) {
    case "add":
      return x.value === 0 ? y : y.value === 0 ? x : undefined;
    case "sub":
      return y.value === 0 ? x : x.value === 0 ? y.neg() : x === y ? constant(0) : undefined;
    case "mul":
      return product(x, y) ?? product(y, x);
    case "div":
      return isExactly(y, 1) ? x : x.value === 0 ? x : undefined;
    case "neg":
      return x.kind === "neg" ? x.args[0] : undefined;
    case "abs":
      return isNonNegative(x) ? x : undefined;
    case "lt":
      return y.value === 0 && isNonNegative(x) ? constant(0) : undefined;
    case "min":
      return x === y ? x : undefined;
    case "max":
      return x === y || y.value === 0 && isNonNegative(x) ? x : undefined;
    case "eq":
      return equality(x, y);
    case "select":
      return x.value !== undefined ? (x.value !== 0 ? y : z) : y === z ? y : undefined;
    case "and":
      return x.value !== undefined
        ? (x.value !== 0 ? y : x)
        : y.value !== undefined
        ? (y.value !== 0 ? x : y)
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a value is at least 0 whatever its variables are: the angles of roots are those of half a plane. */
const isNonNegative = ({ kind, args: [x, y] }: Expr): boolean =>
  kind === "sqrt" || kind === "abs" || kind === "exp" || kind === "mul" && x === y;

/** x·a = y·a and x + a = y + a, without the rounding of both sides. */
function equality(x: Expr, y: Expr): Expr | undefined {
  if (x.kind !== y.kind || (x.kind !== "mul" && x.kind !== "add")) return undefined;
  const shared = x.args.find((arg) => arg.value !== undefined && y.args.includes(arg));
  return shared && x.args.find((arg) => arg !== shared)!.eq(y.args.find((arg) => arg !== shared)!);
}

/** Numbers below have fewer digits. */
const MIN_NORMAL = 2 ** -1022;

function product(x: Expr, y: Expr): Expr | undefined {
  if (x.value === 0) return constant(0);
  if (isExactly(x, 1)) return y;
  if (isExactly(x, -1)) return y.neg();
  const inner = x.value !== undefined && y.kind === "mul" && y.args.find(({ value }) => value !== undefined);
  const folded = inner ? x.value! * inner.value! : 0;
  // A product that leaves the range of normal numbers may come back into it when it is multiplied step by step.
  if (!inner || Math.abs(folded) < MIN_NORMAL || !Number.isFinite(folded)) return undefined;
  return node("mul", y.args.find((arg) => arg !== inner)!, foldedConstant("mul", [x, inner], folded));
}

/** Throws `UnsupportedError` for a node that a target cannot compute. */
export function refuseKind(expr: Expr, target: string): never {
  throw new UnsupportedError(
    `Cannot compute ${expr.kind} on ${target} as it must be evaluated on the CPU: ` +
      `current value is backend ${target}, use { backend: "reference" }`,
  );
}
