/** The functions whose random features a nonlinearity has: φ of a projection, and its derivative. */
import { differentiate } from "../../expr/differentiate.ts";
import { type Expr, variable } from "../../expr/expr.ts";
import { UnsupportedError } from "../../errors.ts";
import { input } from "../../network/activation.ts";
import { centralDifference } from "../finite/slope.ts";
import type { Layer } from "../../network/layer.ts";
import { activationOf } from "../../network/nonlinearity.ts";
import { remembered } from "../../remembered.ts";
import { javaScriptFunctions, renderJavaScript } from "../../render/javascript.ts";

/** φ and φ′ of a projection, which may depend on its variance too. */
export interface Forward {
  /** Their expressions in `input` and `variance`; null for an ordinary function */
  readonly exprs: { readonly value: Expr; readonly slope: Expr } | null;
  readonly readsVariance: boolean;
  /** Its kernel diverges at large variances */
  readonly hasLimit: boolean;
  /** Overwrites z with factor·φ(z) and g with factor·φ′(z)·g, from `start` to `end`. */
  readonly apply: (
    z: Float64Array,
    g: Float64Array,
    start: number,
    end: number,
    factor: number,
    variance: number,
  ) => void;
}

/** The variance of a projection, which kernels that no φ of it alone has depend on. */
export const variance: Expr = variable("variance");

/** φ and φ′ of a nonlinearity. */
export const forwardOf = remembered((layer: Layer): Forward => {
  const { fn, wave, call, maxVariance } = activationOf(layer);
  const value = wave?.(input, variance) ?? fn?.(input);
  if (!value && !call) {
    throw new UnsupportedError(
      `Cannot map features as the forward function of ${layer.type} must be known: current value is a kernel without one, ` +
        "give fn, or use nystrom",
    );
  }
  const functions = value ? ofExpression(value) : ofFunction(call!);
  const forward = { ...functions, readsVariance: wave !== undefined, hasLimit: maxVariance !== undefined };
  requireSlope(layer, forward);
  return forward;
});

/** The functions themselves. */
type Functions = Pick<Forward, "exprs" | "apply">;

function ofExpression(value: Expr): Functions {
  const exprs = { value, slope: differentiate(value, input) };
  const reference = (leaf: Expr) => leaf === input ? "x" : "variance";
  const { statements, results } = renderJavaScript(exprs, { reference });
  const body = `return (z, g, start, end, factor, variance) => {
    for (let i = start; i < end; i++) {
      const x = z[i];
      ${statements}
      z[i] = factor * ${results.value};
      g[i] *= factor * ${results.slope};
    }
  };`;
  const apply = new Function(...Object.keys(javaScriptFunctions), body)(
    ...Object.values(javaScriptFunctions),
  );
  return { exprs, apply };
}

const ofFunction = (call: (u: number) => number): Functions => ({
  exprs: null,
  apply: (z, g, start, end, factor) => {
    for (let i = start; i < end; i++) {
      const x = z[i];
      z[i] = factor * call(x);
      g[i] *= factor * centralDifference(call, x);
    }
  },
});

/** Points of a quadrature over ±8 standard deviations. */
const POINTS = 4096;
/** What it is off by at kinks, and more. */
const OFF = 1e-2;

/** Refuses functions with jumps: E[φ′(u)] is E[u·φ(u)] for all others (Stein), and their NTK is no mean of products of φ′. */
function requireSlope(layer: Layer, { apply }: Forward): void {
  const points = Float64Array.from({ length: POINTS }, (_, i) => 16 * (i + 0.5) / POINTS - 8);
  const [z, g] = [points.slice(), new Float64Array(POINTS).fill(1)];
  apply(z, g, 0, POINTS, 1, 1);
  const weights = points.map((u) => Math.exp(-u * u / 2) * 16 / POINTS / Math.sqrt(2 * Math.PI));
  const mean = (of: (i: number) => number) => weights.reduce((sum, weight, i) => sum + weight * of(i), 0);
  const [slope, byParts, size] = [mean((i) => g[i]), mean((i) => points[i] * z[i]), mean((i) => g[i] ** 2)];
  // Functions that overflow here are not known to jump.
  if (!(Math.abs(slope - byParts) > OFF * Math.max(Math.sqrt(size), Math.abs(byParts)))) return;
  throw new UnsupportedError(
    `Cannot map features as ${layer.type} must have a derivative: current value jumps, so that its NTK is no mean of products, ` +
      "use kernelFn or nystrom",
  );
}
