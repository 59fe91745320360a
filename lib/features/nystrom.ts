/** Features of any network from landmarks: the Nyström method. */
import { type ArrayInput, assertFinite, type NdArray, ownArray, show } from "../array/mod.ts";
import type { KernelOptions } from "../network/kernel.ts";
import type { Network } from "../network/network.ts";
import { wrongType } from "../options.ts";
import { afterEntries, beginCall } from "../pause.ts";
import { Key } from "../random/mod.ts";
import { ACTION, callOptions, requireKey, requireNetwork } from "./call.ts";
import type { FeatureMap, NetworkFeatures, NystromInputs } from "./network_features.ts";

/**
 * Features φ(x) = K(x, L)·K(L, L)^(−1/2) of any network with a kernel, from m landmarks L such as some of the training inputs: φ(x)·φ(y) is
 * K(x, L)·K(L, L)⁻¹·K(L, y), which is K exactly where x or y is a landmark, and never larger on the diagonal (Williams & Seeger 2001).
 * Directions in which K(L, L) is 0 up to rounding are left out, so that there are as many columns as its rank, at most m. Unlike
 * those of `fromNetwork` they depend on data, are not unbiased, and need the exact kernel to all landmarks: m·n entries.
 *
 * @param network With one output a row, as after `Flatten()` or `GlobalAvgPool()`; any inputs.
 * @param landmarks Shape [m, features] or [m, …positions, features].
 * @throws {TypeError} for anything but a network, and for inputs of another shape.
 * @throws {RangeError} for entries that are not finite; and as `kernelFn`.
 *
 * @example Exact at the landmarks
 * ```ts
 * import assert from "node:assert/strict";
 * import { features, random, stax } from "../../mod.ts";
 *
 * const network = stax.serial(stax.Dense(1), stax.Relu(), stax.Dense(1));
 * const x = random.normal(random.key(1), [20, 3]);
 * const { initFn, featureFn } = features.nystrom(network, x);
 * const { nngp, error } = await featureFn(x, initFn(random.key(0), [-1, 3]));
 * assert.deepEqual(nngp.shape, [20, 20]);
 * assert.ok(error!.ntk.value < 1e-10);
 * ```
 */
export function nystrom(
  network: Network,
  landmarks: ArrayInput,
): FeatureMap<NystromInputs, NonNullable<KernelOptions["backend"]>> {
  requireNetwork(network);
  const own = ownArray(landmarks, "landmarks");
  assertFinite(own, "landmarks");
  const [, ...rest] = own.shape;
  if (rest.length === 0) {
    throw new TypeError(
      `Cannot map features as landmarks must have two axes or more: current value is [${own.shape}]`,
    );
  }
  return {
    initFn: (key, inputShape) => {
      requireRows(inputShape, rest, "inputShape");
      return { key: requireKey(key) };
    },
    featureFn: async (x, inputs, options = {}) => {
      beginCall();
      const o = callOptions(options);
      if (!(inputs?.key instanceof Key)) {
        throw wrongType(ACTION, "inputs", "what initFn returns", inputs);
      }
      const rows = ownArray(x, "x");
      requireRows(rows.shape, rest, "the shape of x");
      await afterEntries(rows.size);
      const { mapToLandmarks } = await import("./landmarks.ts");
      return await mapToLandmarks(network, own, rows, inputs.key, o) as NetworkFeatures<never>;
    },
  };
}

/** Refuses shapes of other rows than the landmarks have. */
function requireRows(shape: NdArray["shape"], rest: readonly number[], name: string): void {
  const fits = Array.isArray(shape) && shape.length === rest.length + 1 &&
    rest.every((length, axis) => shape[axis + 1] === length);
  if (fits) return;
  throw new TypeError(
    `Cannot map features as ${name} must be [n, ${rest.join(", ")}], as of the landmarks: current value is ${
      Array.isArray(shape) ? `[${shape.join(", ")}]` : show(shape)
    }`,
  );
}
