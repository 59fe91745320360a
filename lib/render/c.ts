/** Expressions as C text without branches, so that compilers vectorise the loop around it. */
import type { DType } from "../array/dtype.ts";
import type { Expr, Kind } from "../expr/expr.ts";
import { ops } from "../expr/ops.ts";
import { type FunctionTarget, renderPrelude } from "./prelude.ts";
import { renderStatements, type Statements } from "./statements.ts";

/** How the values that the text reads are written. */
export interface COptions {
  readonly precision: DType;
  readonly reference: (variable: Expr) => string;
}

/** The C type of each precision. */
export const cTypes: Readonly<Record<DType, "float" | "double">> = {
  float32: "float",
  float64: "double",
};

/**
 * Straight-line C for `roots` and the text that stands for each root after it; it calls the functions of `renderCPrelude`.
 *
 * @throws {UnsupportedError} if a node is a Hermite sum, which is a loop of its own, or a pair integral.
 */
export function renderC(
  roots: Readonly<Record<string, Expr>>,
  { precision, reference }: COptions,
): Statements {
  return renderStatements(roots, { ...cTarget(precision), reference });
}

/** The functions that the text of `operations` calls. */
export function renderCPrelude(operations: Iterable<Kind>, precision: DType): string {
  return renderPrelude(operations, cTarget(precision));
}

function cTarget(precision: DType): FunctionTarget {
  const type = cTypes[precision];
  return {
    name: "native",
    precision,
    primitives: primitives[precision],
    literal: (value) => literal(value, precision),
    operation: (op, args) => op === "select" ? `select_(${args.join(", ")})` : ops[op].c(...args),
    declare: (name, text, truth) => `const ${truth ? "_Bool" : type} ${name} = ${text};`,
    define: (name, parameters, { statements, results }) =>
      [
        `INLINE ${type} ${name}(${parameters.map((parameter) => `${type} ${parameter}`).join(", ")}) {`,
        `  ${statements.replaceAll("\n", "\n  ")}`,
        `  return ${results.value};`,
        "}",
      ].join("\n"),
  };
}

/** A literal that reads back as the value in the precision; never an integer, whose division would truncate. */
function literal(value: number, precision: DType): string {
  const rounded = precision === "float32" ? Math.fround(value) : value;
  const suffix = precision === "float32" ? "f" : "";
  const magnitude = Math.abs(rounded);
  const digits = String(magnitude);
  const text = magnitude === Infinity
    ? "__builtin_inf()"
    : (/[.e]/.test(digits) ? digits : `${digits}.0`) + suffix;
  return rounded < 0 || Object.is(rounded, -0) ? `(-${text})` : text;
}

/**
 * The two that read or write exponents do it on the bits. An integral k of small size is converted to an integer by adding
 * 1.5·2⁵² (1.5·2²³), which puts it into the last bits: vectors have no conversion between double and integer before AVX-512.
 */
function bitPrimitives(
  { type, bits, mantissa, bias, shift }: {
    type: string;
    bits: string;
    mantissa: number;
    bias: number;
    shift: string;
  },
): FunctionTarget["primitives"] {
  const fieldMask = 2 * bias + 1;
  return {
    sqrt: `INLINE ${type} sqrt_(${type} x) { return SQRT(x > 0 ? x : 0); }`,
    // A function, so that both values are computed in any case: a conditional expression is a branch to begin with.
    select: `INLINE ${type} select_(_Bool condition, ${type} x, ${type} y) { return condition ? x : y; }`,
    min: `INLINE ${type} min_(${type} x, ${type} y) { return x < y ? x : y; }`,
    max: `INLINE ${type} max_(${type} x, ${type} y) { return x > y ? x : y; }`,
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
  e.bits += (u.bits >> ${mantissa} & ${fieldMask}) - ${bias};
  return e.value - ${shift};
}`,
  };
}

const primitives: Readonly<Record<DType, FunctionTarget["primitives"]>> = {
  float32: bitPrimitives({ type: "float", bits: "unsigned", mantissa: 23, bias: 127, shift: "0x1.8p23f" }),
  float64: bitPrimitives({
    type: "double",
    bits: "unsigned long long",
    mantissa: 52,
    bias: 1023,
    shift: "0x1.8p52",
  }),
};
