/** Layers on positions against the Python library: finite networks, and kernels that `conv.json` has not. */
import { NdArray, random, stax } from "../../mod.ts";
import { assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import type { FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { positionTargets } from "../targets.ts";
import layers from "./conv_layers.json" with { type: "json" };

interface Case {
  name: string;
  inputs: string;
  net: Spec;
  pattern?: string;
}

interface Finite extends Case {
  seed: number;
  outputShape: number[];
  params: FixtureArray[];
  outputs: FixtureArray;
}

type Kernels = Partial<Record<"nngp" | "ntk" | "cov1" | "cov2", FixtureArray>> & {
  isGaussian: boolean;
  shape1: number[];
  shape2: number[];
};

interface Pairs extends Case {
  x1_x2: Kernels;
  x1_x1: Kernels;
}

const inputs = layers.inputs as Record<string, FixtureArray>;
const patterns = layers.patterns as Record<string, FixtureArray[]>;

/** The arrays of nested parameters in order. */
function leaves(params: stax.Params): NdArray[] {
  if (params === null) return [];
  return params instanceof NdArray ? [params] : params.flatMap(leaves);
}

for (
  const { name, net, inputs: source, seed, pattern, ...expected } of layers.finite as unknown as Finite[]
) {
  Deno.test(`finite ${name}: parameters and outputs are those of the Python library`, () => {
    const x = inputs[`${source}1`];
    const { initFn, applyFn } = build(net);
    const [shape, params] = initFn(random.key(seed), x.shape);
    assertDeepEquals(shape, expected.outputShape);
    assertDeepEquals(leaves(params).map((leaf) => leaf.shape), expected.params.map((leaf) => leaf.shape));
    leaves(params).forEach((leaf, i) => assertClose(leaf.data, expected.params[i].data, { rtol: 1e-15 }));
    const options = { rng: random.key(seed + 100), pattern: pattern ? patterns[pattern][0] : null };
    const got = applyFn(params, x, options);
    assertDeepEquals(got.shape, expected.outputs.shape);
    assertClose(got.data, expected.outputs.data, { rtol: 1e-13, atol: 1e-14 });
  });
}

const fields = ["nngp", "ntk", "cov1", "cov2"] as const;

function compare(kernel: stax.Kernel, expected: Kernels, scale: { rtol?: number; scale?: number }) {
  for (const field of fields) {
    const want = expected[field];
    const got = kernel[field];
    if (!want || !got) continue;
    assertDeepEquals(got.shape, want.shape, field);
    const largest = Math.max(...want.data.map(Math.abs));
    const tolerance = { rtol: scale.rtol, atol: (scale.scale ?? 0) * largest };
    assertClose(got.data, want.data, { ...tolerance, message: field });
  }
  assertEquals(kernel.isGaussian, expected.isGaussian);
  assertDeepEquals(kernel.shape1, expected.shape1);
  assertDeepEquals(kernel.shape2, expected.shape2);
}

for (const target of positionTargets) {
  for (const { name, inputs: source, net, pattern, x1_x2, x1_x1 } of layers.kernels as unknown as Pairs[]) {
    target.test(`kernel ${name}`, async () => {
      const { kernelFn } = build(net);
      const [x1, x2] = [inputs[`${source}1`], inputs[`${source}2`]];
      const [p1, p2] = pattern ? patterns[pattern] : [];
      const both = { ...target.options, ...(pattern && { pattern: [p1, p2] as const }) };
      const one = { ...target.options, ...(pattern && { pattern: [p1] as const }) };
      compare(await kernelFn(x1, x2, null, both), x1_x2, target.scale);
      compare(await kernelFn(x1, null, null, one), x1_x1, target.scale);
    });
  }
}

interface Masked extends Pairs {
  finite: Finite;
}

/** The variance of the reference counts padding as if it were 0; over positions ours does not, and neither forgets its mean. */
const countsPadding = (name: string) => name === "LayerNorm";

for (const { name, net, inputs: source, finite, x1_x2, x1_x1 } of layers.masked as unknown as Masked[]) {
  const { maskConstant } = layers;
  const [x1, x2] = [inputs[`${source}1`], inputs[`${source}2`]];
  if (!countsPadding(name)) {
    Deno.test(`masked, finite ${name}: outputs are those of the Python library`, () => {
      const { initFn, applyFn } = build(net);
      const [, params] = initFn(random.key(finite.seed), x1.shape);
      const got = applyFn(params, x1, { rng: random.key(finite.seed + 100), maskConstant });
      assertDeepEquals(got.shape, finite.outputs.shape);
      assertClose(got.data, finite.outputs.data, { rtol: 1e-13, atol: 1e-14 });
    });
  }

  for (const target of positionTargets) {
    target.test(`masked kernel ${name}`, async () => {
      const { kernelFn } = build(net);
      const options = { ...target.options, maskConstant };
      compare(await kernelFn(x1, x2, null, options), x1_x2, target.scale);
      compare(await kernelFn(x1, null, null, options), x1_x1, target.scale);
    });
  }
}
