/** What an activation is: its forward function and its dual, each written once as mathematics. */
import { at, differentiateInCov, type Moments, symbols } from "../moments.ts";
import { type Expr, variable } from "../expr/expr.ts";
import type { Table } from "../expr/table.ts";
import type { Gaps } from "../gaps.ts";
import type { Room } from "../room.ts";
import type { Steps } from "../steps.ts";
import { javaScriptFunctions, renderJavaScript } from "../render/javascript.ts";

/**
 * A forward function: over expressions (renders everywhere, serialises), or an ordinary one over numbers. As its argument's
 * type is both, `(x) => x.tanh()` and `(x) => Math.tanh(x)` need no annotation, and either annotation fits.
 */
export type Forward = (x: Expr & number) => Expr | number;

/** The mathematics of a nonlinearity φ. */
export interface Activation {
  /** φ itself, or undefined for a kernel that is no network's (then only `kernelFn` works). */
  readonly fn?: (x: Expr) => Expr;
  /** A function of u and its variance with the same E[φ(u)φ(v)], for a kernel that no function of u alone has: features need one */
  readonly wave?: (u: Expr, variance: Expr) => Expr;
  /** E[φ(u)φ(v)] */
  readonly nngp: (moments: Moments) => Expr;
  /** E[φ′(u)φ′(v)] = ∂nngp/∂cov */
  readonly dNngp: (moments: Moments) => Expr;
  /** The gaps of the outputs from those of the inputs, where a rule without cancellation is known */
  readonly gaps?: (moments: Moments, below: Expr) => Gaps;
  /** φ as an ordinary function, for one that is no expression */
  readonly call?: (x: number) => number;
  /** Its duals change no faster than angles: of them rounding takes ε/√(1 − |ρ|), not ε/(1 − |ρ|); so for φ(cx) = cᵏ·φ(x), c > 0 */
  readonly dependsOnAngles?: true;
  /** Both duals in steps, where they take long to find */
  readonly inSteps?: Readonly<Record<"nngp" | "dNngp", (moments: Moments) => Steps<Expr>>>;
  /** Loads what finds its duals, where that is much code; before, they cannot be called */
  readonly load?: () => Promise<void>;
  /** The tables that its dual is summed from, if it has no closed form: they know their errors */
  readonly numerical?: () => Readonly<Record<"nngp" | "dNngp", Table>>;
  /** The error that its tables promise, relative to √(k₁₁k₂₂): a larger one is said on the console */
  readonly tolerance?: number;
  /** E[φ′(u)²] may overflow where E[φ(u)²] does not: NTKs need both */
  readonly hasSteepSlope?: true;
  /** What its dual needs room for; default: sums of variances */
  readonly room?: Room;
  /** Variances from `value` on are refused, since an expectation diverges there */
  readonly maxVariance?: { readonly value: number; readonly reason: string };
}

/** An activation that may lack `dNngp`. */
export type ActivationParts = Omit<Activation, "dNngp"> & Partial<Pick<Activation, "dNngp">>;

/** An activation whose `dNngp` is derived from `nngp` by differentiation unless it is given in closed form. */
export function activation(parts: ActivationParts): Activation {
  let derivative: Expr | undefined;
  const derived = (moments: Moments) => at(derivative ??= differentiateInCov(parts.nngp(symbols)), moments);
  return { ...parts, dNngp: parts.dNngp ?? derived };
}

/** The dual of an activation at moments, in steps. */
export function* dualSteps<D extends "nngp" | "dNngp">(
  activation: Pick<Activation, D | "inSteps">,
  dual: D,
  moments: Moments,
): Steps<Expr> {
  return activation.inSteps ? yield* activation.inSteps[dual](moments) : activation[dual](moments);
}

/** The variable of forward functions. */
export const input: Expr = variable("x");

/** The expression in `input`, and in nothing else, as a JavaScript function. */
export function plainFunction(expr: Expr): (x: number) => number {
  const reference = (leaf: Expr) => {
    if (leaf === input) return "x";
    throw new TypeError(
      `Cannot use a nonlinearity as fn must depend on its argument alone: current value is ${expr}`,
    );
  };
  const { statements, results } = renderJavaScript({ y: expr }, { reference });
  const body = `return (x) => { ${statements}\n return ${results.y}; };`;
  return new Function(...Object.keys(javaScriptFunctions), body)(...Object.values(javaScriptFunctions));
}
