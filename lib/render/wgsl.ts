/** Expressions as WGSL text, in float32 or (where the device grants `wgpu-shader-f64`) float64. */
import type { DType } from "../array/dtype.ts";
import { limits } from "../expr/approximations/limits.ts";
import { approximations } from "../expr/approximations/mod.ts";
import { type Expr, type Kind, variable } from "../expr/expr.ts";
import { ops } from "../expr/ops.ts";
import { renderStatements, type Statements, type Target } from "./statements.ts";
import { outOfRange } from "../options.ts";

/** How the values that the text reads are written; `hermiteSum` only where such nodes occur. */
export interface WgslOptions {
  readonly precision: DType;
  readonly reference: (variable: Expr) => string;
  readonly hermiteSum?: (node: Expr, rho: string) => string;
}

/** The WGSL type of each precision. */
export const wgslTypes: Readonly<Record<DType, "f32" | "f64">> = { float32: "f32", float64: "f64" };

/**
 * Straight-line WGSL for `roots`, the text that stands for each root after it, and the functions that both call.
 *
 * @throws {RangeError} if a constant is not finite in the precision.
 */
export function renderWgsl(
  roots: Readonly<Record<string, Expr>>,
  { precision, ...read }: WgslOptions,
): Statements & { prelude: string } {
  const statements = renderStatements(roots, { ...wgslTarget(precision), ...read });
  return { ...statements, prelude: renderWgslPrelude(statements.operations, precision) };
}

/**
 * The functions that the text of `operations` calls, each after those that it calls itself: approximations, and the few primitives
 * that WGSL lacks.
 */
export function renderWgslPrelude(operations: Iterable<Kind>, precision: DType): string {
  const definitions = new Map<Kind, string>();
  const visit = (op: Kind) => {
    if (definitions.has(op)) return;
    const primitive = primitives[precision][op];
    if (primitive) definitions.set(op, primitive);
    if (!approximations.has(op)) return;
    const parameters = op === "atan2" ? ["y", "x"] : ["x"];
    const [first, second] = parameters.map((name) => variable(name));
    const value = approximations.get(op)!(precision, first, second);
    const body = renderStatements({ value }, { ...wgslTarget(precision), reference: String });
    body.operations.forEach(visit);
    definitions.set(op, definition(`${op}_`, parameters, body, wgslTypes[precision]));
  };
  for (const op of operations) visit(op);
  return [...definitions.values()].join("\n");
}

const definition = (name: string, parameters: string[], { statements, results }: Statements, type: string) =>
  [
    `fn ${name}(${parameters.map((parameter) => `${parameter}: ${type}`).join(", ")}) -> ${type} {`,
    `  ${statements.replaceAll("\n", "\n  ")}`,
    `  return ${results.value};`,
    "}",
  ].join("\n");

const wgslTarget = (precision: DType): Omit<Target, "reference"> => ({
  name: "webgpu",
  literal: (value) => wgslLiteral(value, precision),
  operation: (op, args) => ops[op].wgsl(...args),
  declare: (name, text) => `let ${name} = ${text};`,
});

/** The shortest decimal that reads back as the value in the precision. */
export function wgslLiteral(value: number, precision: DType): string {
  const rounded = precision === "float32" ? Math.fround(value) : value;
  if (!Number.isFinite(rounded)) {
    throw outOfRange("render a constant", "it", `finite in ${precision}`, value);
  }
  const text = precision === "float32" ? shortestFloat32(rounded) : String(rounded);
  return `${Object.is(rounded, -0) ? "-0" : text}${precision === "float32" ? "f" : "lf"}`;
}

function shortestFloat32(value: number): string {
  let digits = 1;
  while (!readsBack(value.toPrecision(digits), value)) digits++;
  return String(Number(value.toPrecision(digits)));
}

/** Compilers also refuse decimals above the largest float32 that would be rounded down to it. */
const readsBack = (text: string, value: number) =>
  Math.fround(Number(text)) === value && Math.abs(Number(text)) <= limits.float32.max;

const powerOf2 = (k: number) => wgslLiteral(2 ** k, "float64");

/** float64 has no bit casts in WGSL, so powers of two go through those of float32: 2ⁿ = (2^⌊n/8⌋)⁸ · 2^(n mod 8). */
const primitives: Readonly<Record<DType, Partial<Record<Kind, string>>>> = {
  float32: {
    sqrt: "fn sqrt_(x: f32) -> f32 { return sqrt(max(x, 0f)); }",
    // Two factors, since 2ᵏ itself may leave the range where x·2ᵏ does not.
    ldexp: `fn ldexp_(x: f32, k: f32) -> f32 {
  let n = i32(k);
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}`,
    exponent: "fn exponent_(x: f32) -> f32 { return f32(i32((bitcast<u32>(x) >> 23u) & 255u) - 127); }",
  },
  float64: {
    sqrt: "fn sqrt_(x: f64) -> f64 { return sqrt(max(x, 0lf)); }",
    ldexp: `fn power_of_2_(n: i32) -> f64 {
  let root = f64(bitcast<f32>(((n >> 3u) + 127) << 23u));
  let square = root * root;
  let fourth = square * square;
  return fourth * fourth * f64(1 << u32(n & 7));
}
fn ldexp_(x: f64, k: f64) -> f64 {
  let n = i32(k);
  let half = n >> 1u;
  return x * power_of_2_(half) * power_of_2_(n - half);
}`,
    // Scaled into float32's range first; where the conversion rounds up to a power of two, the exponent is one less.
    exponent: `fn exponent_(x: f64) -> f64 {
  var y = abs(x);
  var e = 0;
${[512, 256, 128, 64].map(scalingStep).join("\n")}
  let nearest = f32(y);
  let bits = bitcast<u32>(nearest);
  let rounded_up = (bits & 0x7fffffu) == 0u && f64(nearest) > y;
  return f64(e + i32(bits >> 23u) - select(127, 128, rounded_up));
}`,
  },
};

/** Narrows 2^(2−2s) ≤ y < 2^(2s) to 2^(2−s) ≤ y < 2^s. */
function scalingStep(s: number): string {
  return `  if (y >= ${powerOf2(s)}) { y *= ${powerOf2(-s)}; e += ${s}; }
  if (y < ${powerOf2(2 - s)}) { y *= ${powerOf2(s)}; e -= ${s}; }`;
}
