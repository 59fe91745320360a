/** The one rule of all nonlinearities: their activation says what E[φφ] and E[φ′φ′] are. */
import { countOf, NdArray } from "../array/mod.ts";
import { type Activation, dualSteps, input, plainFunction } from "./activation.ts";
import { UnsupportedError } from "../errors.ts";
import { diagonalMoments, momentsOf } from "../moments.ts";
import { remembered } from "../remembered.ts";
import { roomForSums } from "../room.ts";
import type { Steps } from "../steps.ts";
import { type Context, type KernelExpr } from "./kernel_expr.ts";
import { type Layer } from "./layer.ts";
import { afterNonlinearity } from "./numerical_errors.ts";
import { registerOneBranch } from "./one_branch.ts";
import type { Parameters } from "./rule.ts";

const builders = new Map<string, (layer: Layer) => Activation>();

/** Makes layers of this type nonlinearities, with the activation that `build` gives for their parameters. */
export function registerNonlinearity<L extends Layer>(
  type: string,
  build: (layer: L) => Activation,
  parameters: Parameters = {},
): void {
  builders.set(type, build as unknown as (layer: Layer) => Activation);
  registerOneBranch<L>(type, {
    kernel: dual,
    parameters: () => parameters,
    prepare: (layer) => activationOf(layer).load?.(),
    apply: (layer, _params, x) => forward(layer, x),
    traits(_layer, [input]) {
      requireGaussian(type, input);
      return { ...input, isGaussian: false };
    },
    remask: true,
  });
}

/** True for nonlinearities, which have an activation. */
export const isNonlinearity = ({ type }: Layer): boolean => builders.has(type);

/** The activation of a nonlinearity. */
export const activationOf = remembered((layer: Layer): Activation => {
  const build = builders.get(layer?.type);
  if (!build) {
    throw new TypeError(
      `Cannot take the dual of a layer as it must be a nonlinearity: current value is ${
        layer?.type ?? String(layer)
      }`,
    );
  }
  return build(layer);
});

/** Refuses an input that nonlinearities have no expectation over. */
export function requireGaussian(
  type: string,
  { isGaussian, isInput }: { isGaussian: boolean; isInput?: boolean },
): void {
  if (isGaussian) return;
  throw new UnsupportedError(
    `Cannot apply ${type} as its input must be Gaussian: ` +
      `current value is ${
        isInput ? "the network's input" : "not a layer with weights"
      }, put Dense(…) before it`,
  );
}

/** K′ = E[φφ], Θ′ = Θ · E[φ′φ′] (Jacot et al. 2018, arXiv:1806.07572, theorem 1). */
function* dual(
  layer: Layer,
  k: KernelExpr,
  { checks, ntks, numerical, cancelling, standIn = ({ outputs }) => outputs }: Context,
): Steps<KernelExpr> {
  const activation = activationOf(layer);
  const { gaps, maxVariance, hasSteepSlope, room = roomForSums } = activation;
  if (activation.numerical) numerical.push(layer);
  if (!k.gaps) cancelling.push(activation);
  requireGaussian(layer.type, k);
  const moments = momentsOf(k.nngp, k.var1, k.var2, k.same, k.gaps);
  const output1 = yield* dualSteps(activation, "nngp", diagonalMoments(k.var1));
  const output2 = yield* dualSteps(activation, "nngp", diagonalMoments(k.var2));
  const errorKey = {};
  const errors = afterNonlinearity(k.errors, activation, errorKey);
  const key = errors && !activation.numerical ? errorKey : undefined;
  const positions = countOf(k.positions);
  for (const variance of [k.var1, k.var2]) {
    checks.push({ layer: layer.type, variance, positions, limit: maxVariance, room, key });
  }
  if (!maxVariance) {
    for (const variance of [output1, output2]) {
      checks.push({ layer: `the layer after ${layer.type}`, variance, positions });
    }
  }
  if (hasSteepSlope) {
    for (const k1 of [k.var1, k.var2]) {
      const variance = yield* dualSteps(activation, "dNngp", diagonalMoments(k1));
      checks.push({ layer: `the NTK of ${layer.type}`, variance, positions, isSlope: true });
    }
  }
  const outputs = standIn({
    layer,
    activation,
    input: k,
    moments,
    outputs: {
      nngp: yield* dualSteps(activation, "nngp", moments),
      dNngp: yield* dualSteps(activation, "dNngp", moments),
      var1: output1,
      var2: output2,
      gaps: k.gaps && gaps ? gaps(moments, k.gaps.below) : null,
    },
  });
  const ntk = k.ntk.mul(outputs.dNngp);
  ntks.push(k.ntk, ntk);
  return {
    ...k,
    nngp: outputs.nngp,
    // A kernel that may be infinite must leave an NTK of 0 alone: 0·∞ would be NaN.
    ntk: maxVariance ? k.ntk.eq(0).select(0, ntk) : ntk,
    var1: outputs.var1,
    var2: outputs.var2,
    gaps: outputs.gaps,
    errors,
    isGaussian: false,
  };
}

function forward(layer: Layer, x: NdArray<Float64Array>): NdArray<Float64Array> {
  const { fn, call } = activationOf(layer);
  const apply = call ?? (fn && plainFunction(fn(input)));
  if (!apply) {
    throw new UnsupportedError(
      `Cannot apply ${layer.type} to arrays as its forward function must be known: ` +
        "current value is a kernel without one, use kernelFn, or give fn",
    );
  }
  return new NdArray(Float64Array.from(x.data, apply), x.shape);
}
