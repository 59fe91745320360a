/** Nonlinearities as plain functions with their derivatives. */
import { differentiate } from "../../expr/differentiate.ts";
import { input, plainFunction } from "../../network/activation.ts";
import type { Layer } from "../../network/layer.ts";
import { activationOf } from "../../network/nonlinearity.ts";

/** φ and φ′. */
export interface Pointwise {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

/** The functions of a nonlinearity whose forward function is known. */
export function pointwise(layer: Layer): Pointwise {
  const { fn, call } = activationOf(layer);
  if (call) return { value: call, slope: (x) => centralDifference(call, x) };
  const expr = fn!(input);
  return { value: plainFunction(expr), slope: plainFunction(differentiate(expr, input)) };
}

/** The step for which rounding and curvature take as much of a central difference, some 1e-10 of it. */
const STEP = Math.cbrt(Number.EPSILON);

/** (φ(x + h) − φ(x − h))/2h. */
export function centralDifference(call: (x: number) => number, x: number): number {
  const h = STEP * Math.max(1, Math.abs(x));
  const [above, below] = [x + h, x - h];
  return (call(above) - call(below)) / (above - below);
}
