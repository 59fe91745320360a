/** The activations that have a name: their functions, and their duals where there is a closed form. */
import type { Expr } from "../lib/expr/expr.ts";
import { sigmoid, softplus } from "../lib/expr/functions.ts";
import { show } from "../lib/array/dtype.ts";
import { erfc } from "../lib/special/erf.ts";
import { UnsupportedError } from "../lib/errors.ts";
import type { Activation } from "../lib/network/activation.ts";
import { activationOf } from "../lib/network/nonlinearity.ts";
import { Abs, LeakyRelu, Relu } from "./ab_relu.ts";
import { Cos } from "./cos.ts";
import { Erf } from "./erf.ts";
import { Gaussian } from "./gaussian.ts";
import { Gelu } from "./gelu.ts";
import { traceForward } from "./numerical/trace.ts";
import { Sin } from "./sin.ts";

/** An activation that may lack a dual, but not its expression. */
type Named = Partial<Activation>;

const relu6 = (x: Expr) => x.max(0).min(6);
const hardSigmoid = (x: Expr) => relu6(x.add(3)).div(6);
/** x for x > 0, alpha·(eˣ − 1) below: the exponent never grows, so that nothing overflows where it is not used. */
const elu = (x: Expr, alpha: number) => x.max(0).add(x.min(0).expm1().mul(alpha));
const silu: Named = { fn: (x) => x.mul(sigmoid(x)) };
const hardSilu: Named = { fn: (x) => x.mul(hardSigmoid(x)) };

/** Klambauer et al. 2017 (arXiv:1706.02515), eq. 14: these make mean 0 and variance 1 a fixed point. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

const named: Readonly<Record<string, Named>> = {
  relu: activationOf(Relu()),
  relu6: { fn: relu6 },
  sigmoid: { fn: sigmoid },
  softplus: { fn: softplus },
  soft_sign: { fn: (x) => x.div(x.abs().add(1)) },
  silu,
  swish: silu,
  log_sigmoid: { fn: (x) => softplus(x.neg()).neg() },
  leaky_relu: activationOf(LeakyRelu(0.01)),
  hard_sigmoid: { fn: hardSigmoid },
  hard_silu: hardSilu,
  hard_swish: hardSilu,
  hard_tanh: { fn: (x) => x.max(-1).min(1) },
  elu: { fn: (x) => elu(x, 1) },
  celu: { fn: (x) => elu(x, 1) },
  selu: { fn: (x) => elu(x, SELU.alpha).mul(SELU.scale) },
  // 1 + erf(x/√2) cancels for x < 0; expressions have no erfc.
  gelu: { ...activationOf(Gelu()), call: (x) => x / 2 * erfc(-x * Math.SQRT1_2) },
  sin: activationOf(Sin()),
  cos: activationOf(Cos()),
  erf: activationOf(Erf()),
  gaussian: activationOf(Gaussian({ b: -0.5 })),
  abs: activationOf(Abs()),
};

/** The names, in the order of the Python library. */
export const activationNames: readonly string[] = Object.keys(named);

/** The activation called `name` as a function of a number. */
export function activationFunction(name: string): (x: number) => number {
  const { fn, call } = lookUp(name);
  return call ?? traceForward(fn!).call;
}

/** The activation called `name`, if its dual has a closed form. */
export function exactActivation(name: string): Activation {
  const { nngp, dNngp, ...forward } = lookUp(name);
  if (nngp && dNngp) return { ...forward, nngp, dNngp };
  const exact = activationNames.filter((other) => named[other].nngp).join(", ");
  throw new UnsupportedError(
    `Cannot compute the exact dual of ${name} as act must be one of ${exact}, which have a closed form: ` +
      `current value is ${
        show(name)
      }, give the layer stax.ElementwiseNumerical(fn) instead, which integrates to a tolerance`,
  );
}

function lookUp(name: string): Named {
  if (name === "glu") {
    throw new UnsupportedError(
      "Cannot use glu as an activation must act on each entry alone: current value is a gate that halves the last axis, " +
        "apply sigmoid to one half and multiply",
    );
  }
  if (Object.hasOwn(named, name)) return named[name];
  throw new RangeError(
    `Cannot find an activation as its name must be one of ${activationNames.join(", ")}: current value is ${
      show(name)
    }`,
  );
}
