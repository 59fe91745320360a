/** Telling expressions from opaque functions, and calling either at a number. */
import { showPlain } from "../../lib/array/dtype.ts";
import { Expr } from "../../lib/expr/expr.ts";
import { type Forward, input, plainFunction } from "../../lib/network/activation.ts";

/** A forward function that can be called at numbers, with its expression in `input` if it has one. */
export interface TracedForward {
  readonly expr?: Expr;
  readonly call: (x: number) => number;
}

/**
 * Calls `fn` with an expression: one that builds an expression is returned with it and as a compiled function; one that
 * throws or answers with something else (JavaScript's operators refuse expressions) is opaque and is called as it is.
 *
 * @param fn A forward function.
 * @param name What messages call it.
 * @returns `call` for numbers and, where there is one, `expr`, an expression in the variable "x".
 * @throws {TypeError} If `fn` is not a function, or gives something other than a number at 0.
 *
 * @example An expression and an opaque function
 * ```ts
 * import { traceForward } from "./trace.ts";
 * import type { Expr } from "../../lib/expr/mod.ts";
 * const known = traceForward((x: Expr) => x.tanh());
 * if (String(known.expr) !== "tanh(x)") throw new Error("tanh is an expression");
 * if (known.call(0.5) !== Math.tanh(0.5)) throw new Error("and can be called");
 * if (traceForward(Math.tanh).expr) throw new Error("Math.tanh is opaque");
 * ```
 */
export function traceForward(fn: Forward, name = "fn"): TracedForward {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot use a nonlinearity as ${name} must be a function: current value is ${showPlain(fn)}`,
    );
  }
  const expr = answer(fn as (x: Expr) => unknown);
  if (expr instanceof Expr) return { expr, call: plainFunction(expr) };
  const call = fn as (x: number) => number;
  const value: unknown = call(0);
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use a nonlinearity as ${name}(0) must be an Expr or a number: current value is ${value}`,
    );
  }
  return { call };
}

function answer(fn: (x: Expr) => unknown): unknown {
  try {
    return fn(input);
  } catch {
    return undefined;
  }
}

/**
 * `f` with the mean of its values right beside a point where it is infinite, as |x − t|^a with a < 0 is at t: quadrature comes as
 * close to such a point as numbers go, and may hit it.
 */
export function besidePoles(f: (x: number) => number): (x: number) => number {
  return (x) => {
    const value = f(x);
    if (Math.abs(value) !== Infinity) return value;
    const beside = (f(x * (1 - Number.EPSILON)) + f(x * (1 + Number.EPSILON))) / 2;
    return Number.isFinite(beside) ? beside : value;
  };
}
