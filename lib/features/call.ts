/** Checks that all feature maps of networks share: of the network, of the key, and of the options of a call. */
import { type ArrayInput, assertFinite, type NdArray, ownArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { isNetwork, type Network } from "../network/network.ts";
import { abortSignal, callable, integer, oneOf, withDefaults, wrongType } from "../options.ts";
import { Key } from "../random/mod.ts";
import type { FeatureFnOptions } from "./network_features.ts";

/** What messages say cannot be done. */
export const ACTION = "map features";

/** Refuses anything but a network. */
export function requireNetwork(network: Network): void {
  if (typeof network === "object" && network !== null && isNetwork(network)) return;
  throw wrongType(ACTION, "network", "a network of stax", network);
}

/** `key` if it is one. */
export function requireKey(key: Key): Key {
  if (key instanceof Key) return key;
  throw wrongType(ACTION, "key", "a key", key);
}

/** The options of a call with defaults; what may be the backend is up to the map. */
export function callOptions<B extends string>(options: FeatureFnOptions<"float64" | "float32", B | "auto">) {
  const o = withDefaults<Required<typeof options>>(ACTION, {
    backend: "auto",
    dtype: "float64",
    errorRows: 32,
    onProgress: () => {},
    signal: new AbortController().signal,
  }, options);
  oneOf(ACTION, "dtype", o.dtype, ["float64", "float32"]);
  integer(ACTION, "errorRows", o.errorRows, 0);
  callable(ACTION, "onProgress", o.onProgress);
  abortSignal(ACTION, "signal", o.signal);
  return o;
}

/** The options of a call that these may compute. */
export function ownCallOptions<B extends string>(
  options: FeatureFnOptions<"float64" | "float32", B | "auto">,
  backends: readonly (B | "auto")[],
) {
  const call = callOptions(options);
  if (!backends.includes(call.backend) && ["native", "webgpu"].includes(call.backend)) {
    const must = backends.map((name) => `"${name}"`).join(" or ");
    throw new UnsupportedError(
      `Cannot ${ACTION} as backend must be ${must}: current value is "${call.backend}"`,
    );
  }
  oneOf(ACTION, "backend", call.backend, backends);
  return call;
}

/** A copy of `x`, whose rows must be finite and of this shape. */
export function rowsOfShape(x: ArrayInput, shape: readonly number[]): NdArray {
  const rows = ownArray(x, "x");
  if (rows.shape.length !== shape.length + 1 || shape.some((length, i) => rows.shape[i + 1] !== length)) {
    throw new TypeError(
      `Cannot ${ACTION} as the shape of x must be [n, ${shape.join(", ")}], as initFn was told: ` +
        `current value is [${rows.shape.join(", ")}]`,
    );
  }
  assertFinite(rows, "x");
  return rows;
}
