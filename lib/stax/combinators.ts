/** Layers made of layers: one after another, side by side, several times. Plain data among them is checked. */
import { MOST_PARTS, requireSize } from "../network/limits.ts";
import { integer } from "../options.ts";
import { inSeries, noneOf, type Parallel, type Serial, sideBySide } from "./combined.ts";
import type { Layer } from "../network/layer.ts";
import type { Network } from "../network/network.ts";
import { checked } from "../network/reading.ts";

/**
 * The composition of `layers`, the first applied first.
 *
 * @throws {TypeError} if an argument is not a layer, or if it is given branches and takes one array, or the reverse.
 * @throws {RangeError} for more than 65536 layers in all, or more than 128 levels of layers in layers; plain data is checked as
 * `fromJSON` does.
 * @throws {UnsupportedError} if a `parallel` is given another number of branches than it has layers, or for a network that the
 * theory does not cover, such as a nonlinearity after another; where that depends on the input, `kernelFn` refuses it.
 *
 * @example A network, its finite version and its kernel
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(512), stax.Relu(), stax.Dense(1));
 * const ntk = await kernelFn([[1, 0]], [[1, 0]], "ntk");
 * if (Math.abs(ntk.at(0, 0) - 0.5) > 1e-15) throw new Error("the NTK of a unit vector must be 1/2");
 * ```
 */
export function serial(...layers: Layer[]): Network<Serial> {
  requireSize("serial", layers);
  return inSeries(layers.map(checked));
}

/**
 * `layers` side by side: the i-th takes the i-th branch (see `FanOut`), and its output is the i-th branch for the layer that
 * follows, `FanInSum`, `FanInProd` or `FanInConcat`.
 *
 * @throws {RangeError} without layers, or with more of them or more levels than `serial` takes.
 * @throws {TypeError} if an argument is not a layer.
 *
 * @example The sum of two linear layers
 * ```ts
 * import * as stax from "./mod.ts";
 * const branches = stax.parallel(stax.Dense(4), stax.Dense(4, { wStd: 2 }));
 * const { kernelFn } = stax.serial(stax.FanOut(2), branches, stax.FanInSum());
 * const nngp = await kernelFn([[1, 1]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 5) throw new Error("1 + 2² must be 5");
 * ```
 */
export function parallel(...layers: Layer[]): Network<Parallel> {
  requireSize("parallel", layers);
  return sideBySide(layers.map(checked));
}

/**
 * `layer` applied `n` times with separate parameters; n = 0 is the identity, to which a call may still give the `pattern` that
 * `layer` reads.
 *
 * @param n an integer ≥ 0
 * @throws {RangeError} for any other `n`, or more layers or levels than `serial` takes.
 * @throws {TypeError} if `layer` is not a layer.
 *
 * @example Three linear layers
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.repeat(stax.Dense(4, { wStd: 2 }), 3);
 * const nngp = await kernelFn([[1]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 64) throw new Error("2² three times must be 64");
 * ```
 */
export function repeat(layer: Layer, n: number): Network<Serial> {
  integer("build repeat", "n", n, 0, MOST_PARTS);
  requireSize("repeat", [layer]);
  const own = checked(layer);
  return n === 0 ? noneOf(own) : serial(...Array<Layer>(n).fill(own));
}
