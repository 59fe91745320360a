/** Dropout: multiplies by independent noise in train mode, so that a point's variance grows but no covariance does. */
import { reads } from "../network/reading.ts";
import { NdArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { toExpr } from "../expr/expr.ts";
import { bernoulli } from "../random/mod.ts";
import { finite, oneOf, outOfRange, withDefaults } from "../options.ts";
import { type KernelExpr } from "../network/kernel_expr.ts";
import { type Free, type Layer } from "../network/layer.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";
import type { Parameters } from "../network/rule.ts";

/** The description of a `Dropout` layer. */
export interface Dropout extends Layer {
  /** The name of the layer */
  readonly type: "Dropout";
  /** The probability to keep a unit */
  readonly rate: number;
  /** `test`: it does nothing */
  readonly mode: "train" | "test";
}

/**
 * Keeps each unit with probability `rate` and divides by it: the diagonal of K and Θ is divided by `rate`, the rest stays.
 *
 * @param rate the probability to *keep* a unit, in (0, 1]
 * @param options `mode`, `"train"` (default) or `"test"`, where it does nothing; `applyFn` in train mode needs `rng`
 * @throws {RangeError} for a rate outside (0, 1] or another mode.
 *
 * @example Every unit is kept half of the time
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(8), stax.Relu(), stax.Dropout(0.5), stax.Dense(1));
 * const nngp = await kernelFn([[1, 1], [1, 1]], null, "nngp");
 * if (String(nngp.toNested()) !== "1,0.5,0.5,1") throw new Error("only the diagonal must double");
 * ```
 */
export function Dropout(rate: number, options: { readonly mode?: "train" | "test" } = {}): Network<Dropout> {
  const { mode } = withDefaults<{ mode: "train" | "test" }>("build Dropout", { mode: "train" }, options);
  oneOf("build Dropout", "mode", mode, ["train", "test"]);
  if (finite("build Dropout", "rate", rate) <= 0 || rate > 1) {
    throw outOfRange("build Dropout", "rate, the probability to keep,", "in (0, 1]", rate);
  }
  return network({ type: "Dropout", rate, mode });
}

registerOneBranch<Dropout>("Dropout", {
  kernel: (layer, k) => layer.mode === "test" ? k : drop(layer, k),
  parameters: ({ mode }): Parameters => mode === "train" ? { rate: "share" } : {},
  traits: ({ mode }, [input]) => mode === "test" ? input : { ...input, isGaussian: false },
  apply({ rate, mode }, _params, x, { rng }) {
    if (mode === "test") return x;
    if (!rng) {
      throw new TypeError(
        "Cannot apply Dropout in train mode as rng must be a random key: current value is undefined, pass { rng: random.key(0) }",
      );
    }
    const keep = bernoulli(rng, rate, x.shape).data;
    return new NdArray(Float64Array.from(x.data, (value, i) => keep[i] ? value / rate : 0), x.shape);
  },
});

reads("Dropout", ["rate"], Dropout);

function drop({ rate }: Free<Dropout, "rate">, k: KernelExpr): KernelExpr {
  if (k.isInput) {
    throw new UnsupportedError(
      "Cannot apply Dropout as its input must be a layer's output: current value is the network's input, put Dense(…) before it",
    );
  }
  const factor = toExpr(rate).reciprocal();
  // Equal points have independent noise, so from here on only a point of the diagonal is the same as itself.
  const exact = k.same.select(k.var1, k.nngp);
  return {
    ...k,
    nngp: k.diagonal.select(k.var1.mul(factor), exact),
    ntk: k.diagonal.select(k.ntk.mul(factor), k.ntk),
    var1: k.var1.mul(factor),
    var2: k.var2.mul(factor),
    gaps: null,
    same: k.diagonal,
    isGaussian: false,
  };
}
