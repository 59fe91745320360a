/** Fully connected networks by the name of their nonlinearity. Widths are 1, as kernels of infinite networks do not depend on them. */
import { stax } from "../mod.ts";

/** The nonlinearities, each with a weight scale that keeps variances alive with depth. */
export const activations = {
  gelu: { layer: stax.Gelu(), wStd: 1.5 },
  relu: { layer: stax.Relu(), wStd: Math.SQRT2 },
  erf: { layer: stax.Erf(), wStd: 1.5 },
} as const;

/** Their names. */
export const activationNames = ["gelu", "relu", "erf"] as const;

/** What a network is made of. */
export interface DenseOptions {
  readonly act: keyof typeof activations;
  /** Hidden layers. */
  readonly depth: number;
  /** The scale of all weights; default: that of the nonlinearity. */
  readonly wStd?: number;
  /** The scale of the biases of hidden layers. */
  readonly bStd: number;
}

/** `depth` × [Dense, nonlinearity], then Dense without a bias: layers 0, 2, … 2·depth have weights. */
export function denseNetwork({ act, depth, wStd, bStd }: DenseOptions): stax.Network {
  const { layer, wStd: usual } = activations[act];
  const weights = { wStd: wStd ?? usual };
  const hidden = [stax.Dense(1, { ...weights, bStd }), layer];
  return stax.serial(...Array(depth).fill(hidden).flat(), stax.Dense(1, weights));
}
