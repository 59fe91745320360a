/** Expressions as C text without branches, so that compilers vectorise the loop around it. */
import type { DType } from "../array/dtype.ts";
import { accurateDivision } from "../expr/approximations/mod.ts";
import { type Expr, type Kind, withArgs } from "../expr/expr.ts";
import { topological } from "../expr/graph.ts";
import { ops } from "../expr/ops.ts";
import { finished, forEach, type Steps } from "../steps.ts";
import { renderStatements, type Statements } from "./statements.ts";

/** How the values that the text reads are written. */
export interface COptions {
  readonly precision: DType;
  readonly reference: (variable: Expr) => string;
}

/** The C type of each precision. */
export const cTypes: Readonly<Record<DType, "float" | "double">> = { float32: "float", float64: "double" };

/** `roots` with the approximations of transcendental functions in their place: the operations that C text consists of. */
export const inPrimitives = (
  roots: Readonly<Record<string, Expr>>,
  precision: DType,
): Record<string, Expr> => finished(primitiveSteps(roots, precision));

/** The same in steps. */
export function* primitiveSteps(
  roots: Readonly<Record<string, Expr>>,
  precision: DType,
): Steps<Record<string, Expr>> {
  const made = new Map<Expr, Expr>();
  yield* forEach(topological(Object.values(roots)), (node) => {
    const args = node.args.map((arg) => made.get(arg)!);
    const approximation = accurateDivision.get(node.kind);
    made.set(node, approximation ? approximation(precision, ...args as [Expr, Expr]) : withArgs(node, args));
  });
  return Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, made.get(root)!]));
}

/**
 * Straight-line C for `roots` in primitives, and the text that stands for each root after it; it calls the functions of
 * `renderCPrelude`.
 *
 * @throws {UnsupportedError} if a node is a Hermite sum, which is a loop of its own.
 */
export function renderC(
  roots: Readonly<Record<string, Expr>>,
  { precision, reference }: COptions,
): Statements {
  return renderStatements(roots, {
    name: "native",
    literal: (value) => literal(value, precision),
    operation: (op, args) => ops[op].c(...args),
    declare: (name, text, truth) => `const ${truth ? "_Bool" : cTypes[precision]} ${name} = ${text};`,
    reference,
  });
}

/** The functions that the text of `operations` calls. */
export function renderCPrelude(operations: Iterable<Kind>, precision: DType): string {
  return [...new Set(operations)].flatMap((op) => primitives[precision][op] ?? []).join("\n");
}

/** A literal that reads back as the value in the precision; never an integer, whose division would truncate. */
export function literal(value: number, precision: DType): string {
  const rounded = precision === "float32" ? Math.fround(value) : value;
  const digits = String(Math.abs(rounded));
  const text = digits === "Infinity"
    ? "__builtin_inf()"
    : (/[.e]/.test(digits) ? digits : `${digits}.0`) + (precision === "float32" ? "f" : "");
  return rounded < 0 || Object.is(rounded, -0) ? `(-${text})` : text;
}

/** A number format: its type, an integer of its size, and how its bits are read. */
interface Format {
  readonly type: string;
  readonly bits: string;
  readonly mantissa: number;
  readonly bias: number;
  /** 1.5·2^mantissa: added to a small integral number, it puts the number into the last bits of the sum. */
  readonly shift: string;
}

/**
 * SQRT, ABS and FLOOR are the compiler's own functions. Exponents are read and written as bits with the help of `shift`, since
 * vectors have no conversion between doubles and integers before AVX-512.
 */
function primitivesOf(
  { type, bits, mantissa, bias, shift }: Format,
): Readonly<Partial<Record<Kind, string>>> {
  return {
    select: `INLINE ${type} select_(_Bool condition, ${type} x, ${type} y) { return condition ? x : y; }`,
    min: `INLINE ${type} min_(${type} x, ${type} y) { return x < y ? x : y; }`,
    max: `INLINE ${type} max_(${type} x, ${type} y) { return x > y ? x : y; }`,
    sqrt: `INLINE ${type} sqrt_(${type} x) { return SQRT(x > 0 ? x : 0); }`,
    abs: `INLINE ${type} abs_(${type} x) { return ABS(x); }`,
    floor: `INLINE ${type} floor_(${type} x) { return FLOOR(x); }`,
    // Two factors, since 2ᵏ itself may leave the range where x·2ᵏ does not.
    ldexp: `INLINE ${type} power_of_2_(${type} k) {
  union { ${type} value; ${bits} bits; } u = { k + ${shift} };
  u.bits = (u.bits + ${bias}) << ${mantissa};
  return u.value;
}
INLINE ${type} ldexp_(${type} x, ${type} k) {
  const ${type} half = FLOOR(k / 2);
  return x * power_of_2_(half) * power_of_2_(k - half);
}`,
    exponent: `INLINE ${type} exponent_(${type} x) {
  union { ${type} value; ${bits} bits; } u = { x }, e = { ${shift} };
  e.bits += (u.bits >> ${mantissa} & ${2 * bias + 1}) - ${bias};
  return e.value - ${shift};
}`,
  };
}

const primitives = {
  float32: primitivesOf({ type: "float", bits: "unsigned", mantissa: 23, bias: 127, shift: "0x1.8p23f" }),
  float64: primitivesOf({
    type: "double",
    bits: "unsigned long long",
    mantissa: 52,
    bias: 1023,
    shift: "0x1.8p52",
  }),
};
