/** Layers one after the other. */
import { split } from "../random/mod.ts";
import { wrongType } from "../options.ts";
import { applyOf, type FeatureLayer, featureLayer } from "./layer.ts";

/**
 * Layers of features one after the other, with the norms multiplied into the features in the end: real inner products of the rows of
 * `nngp` and `ntk` are about the kernels of the network (Han et al. 2022, arXiv:2209.04121).
 *
 * `initFn` gives the shapes and a list of the random choices of each layer, `featureFn` features of points.
 *
 * @throws {TypeError} if a layer is none of features, or there is none; when it is applied, for choices that are no such list.
 *
 * @example The kernels of a linear network
 * ```ts
 * import assert from "node:assert/strict";
 * import { features, random } from "../../mod.ts";
 *
 * const { serial, DenseFeatures } = features;
 * const { initFn, featureFn } = serial(DenseFeatures(8), DenseFeatures(1, { wStd: 2 }));
 * const [shape, inputs] = initFn(random.key(0), [-1, 1]);
 * assert.deepEqual(shape, { nngp: [-1, 1], ntk: [-1, 2], isComplex: false });
 * const { nngp, ntk } = await featureFn([[3]], inputs);
 * assert.deepEqual("re" in nngp || nngp.toNested(), [[6]]);
 * assert.deepEqual(ntk === null || "re" in ntk || ntk.toNested(), [[6, 6]]);
 * ```
 */
export function serial(...layers: readonly FeatureLayer[]): FeatureLayer<unknown[]> {
  if (layers.length === 0) throw wrongType("build serial", "the number of layers", "at least 1", 0);
  const applies = layers.map(applyOf);
  return featureLayer<unknown[]>(
    "serial",
    (shape, key) => {
      const inputs: unknown[] = [];
      let rest = key;
      for (const layer of layers) {
        const [next, own] = split(rest);
        rest = next;
        const [after, drawn] = layer.initFn(own, shape);
        shape = after;
        inputs.push(drawn);
      }
      return [shape, inputs];
    },
    function* (compute, state, inputs = layers.map(() => null)) {
      if (!Array.isArray(inputs) || inputs.length !== layers.length) {
        throw wrongType("apply serial", "inputs", `a list of length ${layers.length}, one a layer`, inputs);
      }
      for (const [i, apply] of applies.entries()) state = yield* apply(compute, state, inputs[i]);
      return yield* compute.whole(state);
    },
  );
}
