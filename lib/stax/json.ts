/** Networks as text and back. */
import { UnsupportedError } from "../errors.ts";
import type { Layer } from "../network/layer.ts";
import { describe, type Network } from "../network/network.ts";
import { fromData } from "../network/reading.ts";
import { requireSize } from "../network/limits.ts";

/**
 * The network as JSON text.
 *
 * @throws {UnsupportedError} if a layer holds an ordinary function, which is not data.
 *
 * @example To text and back
 * ```ts
 * import * as stax from "./mod.ts";
 * const network = stax.serial(stax.Dense(8, { wStd: 1.5 }), stax.Gelu(), stax.Dense(1));
 * const text = stax.toJSON(network);
 * if (stax.toJSON(stax.fromJSON(text)) !== text) throw new Error("the network must survive");
 * ```
 */
export function toJSON(layer: Layer): string {
  return JSON.stringify(describe(layer), (key, value) => {
    if (typeof value === "function") {
      throw new UnsupportedError(
        `Cannot serialise a network as ${key} must be an expression: current value is an ordinary function, ` +
          "write it with the methods of Expr, as in (x) => x.tanh()",
      );
    }
    return value;
  });
}

/**
 * The network of JSON text (or of the parsed data).
 *
 * @throws {SyntaxError} if the text is not JSON.
 * @throws {TypeError} if the data is not a network.
 * @throws {RangeError} for more than 65536 layers, or more than 128 levels of layers in layers.
 *
 * @example Written by hand
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.fromJSON({ type: "Dense", outDim: 1, wStd: 3 });
 * const nngp = await kernelFn([[1]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 9) throw new Error("3² must be 9");
 * ```
 */
export function fromJSON(json: string | object): Network {
  const data = typeof json === "string" ? JSON.parse(json) : json;
  requireSize("a network", [data]);
  return fromData(data);
}
