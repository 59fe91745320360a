/** Twice the digits give what double precision gives, of ordinary inputs: every layer on positions, masks, patterns, vectors. */
import assert from "node:assert/strict";
import { type ArrayInput, random, stax } from "../../mod.ts";
import { doubled } from "../../lib/backends/reference/doubled.ts";
import { kernelFnOf, layerOf } from "../../lib/network/kernel_fn.ts";
import type { FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { data } from "./conv_cases.ts";
import layers from "./conv_layers.json" with { type: "json" };

/** The network's kernel with twice the digits, whatever its inputs. */
const widely = (network: stax.Network) => kernelFnOf(layerOf(network.kernelFn)!, () => doubled);

/** Fails unless both kernels agree to `tolerance` of the largest entry. */
async function requireSame(
  network: stax.Network,
  [x1, x2]: readonly [ArrayInput, ArrayInput | null],
  options: stax.KernelOptions = {},
  tolerance = 1e-11,
): Promise<void> {
  const o = { ...options, backend: "reference" } as const;
  const expected = await network.kernelFn(x1, x2, ["nngp", "ntk", "cov1", "cov2"], o);
  const actual = await widely(network)(x1, x2, ["nngp", "ntk", "cov1", "cov2"], o);
  for (const field of ["nngp", "ntk", "cov1", "cov2"] as const) {
    const [got, want] = [actual[field]!, expected[field]!];
    if (want === null) continue;
    assert.deepEqual(got.shape, want.shape);
    const largest = Math.max(...want.data.map(Math.abs));
    want.data.forEach((entry, k) => {
      const error = Math.abs(got.data[k] - entry);
      assert(error <= tolerance * largest, `${field}[${k}] is ${got.data[k]}, in float64 ${entry}`);
    });
  }
}

const isClosed = (net: Spec) => !JSON.stringify(net).includes("ElementwiseNumerical");

for (const { name, net, inputs, kwargs, pattern } of data.cases.filter(({ net }) => isClosed(net))) {
  Deno.test(`twice the digits of ${name}`, async () => {
    const { diagonal_spatial: diagonalSpatial, diagonal_batch: diagonalBatch } = kwargs;
    const options = { diagonalSpatial, diagonalBatch, ...(pattern && { pattern }) };
    await requireSame(build(net), [data.inputs[`${inputs}1`], data.inputs[`${inputs}2`]], options);
  });
}

interface Case {
  readonly name: string;
  readonly net: Spec;
  readonly inputs: string;
  readonly pattern?: string;
}

const inputs = layers.inputs as Record<string, FixtureArray>;
const patterns = layers.patterns as Record<string, FixtureArray[]>;

for (const { name, net, inputs: source, pattern } of layers.kernels as unknown as Case[]) {
  Deno.test(`twice the digits of the kernel ${name}`, async () => {
    const [p1, p2] = pattern ? patterns[pattern] : [];
    const options = pattern ? { pattern: [p1, p2] as const } : {};
    await requireSame(build(net), [inputs[`${source}1`], inputs[`${source}2`]], options);
  });
}

for (const { name, net, inputs: source } of layers.masked as unknown as Case[]) {
  Deno.test(`twice the digits of the masked kernel ${name}`, async () => {
    const options = { maskConstant: layers.maskConstant };
    await requireSame(build(net), [inputs[`${source}1`], inputs[`${source}2`]], options);
  });
}

Deno.test("twice the digits of vectors, among them equal, opposite and zero ones", async () => {
  const { ABRelu, Abs, Cos, Dense, Erf, Exp, ExpNormalized, Gabor, Gaussian, Gelu, Hermite } = stax;
  const { LayerNorm, Monomial, Polynomial, Rbf, RectifiedMonomial, SigmoidLike, Sign, Sin } = stax;
  const rows = random.normal(random.key(2), [6, 3]).toNested() as number[][];
  const x1 = [...rows, rows[0], rows[1].map((entry) => -entry), [0, 0, 0]];
  const x2 = [...random.normal(random.key(3), [3, 3]).toNested() as number[][], rows[2], [0, 0, 0]];
  const nonlinearities = [ABRelu(-0.3, 1.2), Abs(), Cos(), Erf(), Exp(), ExpNormalized(), Gabor(), Gaussian()]
    .concat([Gelu(), Hermite(3), Monomial(3), Polynomial([1, -0.5, 0.25]), Rbf({ gamma: 0.7 })])
    .concat([RectifiedMonomial(0), RectifiedMonomial(3), SigmoidLike(), Sign(), Sin()]);
  for (const nonlinearity of nonlinearities) {
    const network = stax.serial(
      Dense(1, { wStd: 1.3, bStd: 0.2 }),
      nonlinearity,
      Dense(1, { wStd: 0.7 }),
      LayerNorm(),
      Dense(1, { bStd: 0.1 }),
      Erf(),
      Dense(1),
    );
    await requireSame(network, [x1, null]);
    await requireSame(network, [x1, x2]);
  }
});

Deno.test("twice the digits of vectors give the entry that is asked for", async () => {
  const network = stax.serial(stax.Dense(1), stax.Erf(), stax.Dense(1));
  const x = random.normal(random.key(2), [3, 2]);
  const all = await network.kernelFn(x, null, null, { backend: "reference" });
  for (const field of ["nngp", "ntk", "cov1"] as const) {
    const alone = await widely(network)(x, null, field, { backend: "reference" });
    all[field].data.forEach((entry, k) => assert(Math.abs(alone.data[k] - entry) < 1e-14));
  }
});

Deno.test("twice the digits hear of an abort, and tell how far they are", async () => {
  const network = stax.serial(stax.Conv(1, [3]), stax.Erf(), stax.GlobalAvgPool());
  const x = random.normal(random.key(1), [12, 20, 2]);
  const options = { backend: "reference" } as const;
  const seen: number[] = [];
  await widely(network)(x, null, "nngp", { ...options, onProgress: ({ done }) => void seen.push(done) });
  assert.equal(seen.at(-1), 78);
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }) => done === 5 && controller.abort();
  await assert.rejects(
    widely(network)(x, null, "nngp", { ...options, onProgress, signal: controller.signal }),
    { name: "AbortError" },
  );
});
