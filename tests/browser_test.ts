/** The bundle in Chromium, whose WGSL compiler (Tint) is not that of Deno (naga), against Deno's reference backend. */
import { random, stax } from "../mod.ts";
import type { Page } from "playwright-core";
import { assertClose } from "./assert.ts";
import { browserTest } from "./browser.ts";
import { cases } from "./kernels/cases.ts";
import { build, type Spec } from "./networks.ts";

declare const widekernels: typeof import("../mod.ts");

interface Query {
  readonly network: stax.Network;
  readonly x1: number[][];
  readonly x2: number[][] | null;
}

const fields = ["nngp", "ntk"] as const;
type Kernels = Record<typeof fields[number], number[]>;

/** Computes in the page. */
function inPage(page: Page, { network, x1, x2 }: Query, options: stax.KernelOptions): Promise<Kernels> {
  return page.evaluate(async ({ json, x1, x2, options }) => {
    const kernels = await widekernels.stax.fromJSON(json).kernelFn(x1, x2, ["nngp", "ntk"], options);
    return { nngp: Array.from(kernels.nngp.data), ntk: Array.from(kernels.ntk.data) };
  }, { json: stax.toJSON(network), x1, x2, options });
}

/** Computes the same here. */
function inDeno({ network, x1, x2 }: Query) {
  return network.kernelFn(x1, x2, fields, { backend: "reference" });
}

const points = (seed: number, count: number, depth: number) =>
  random.normal(random.key(seed), [count, depth]).toNested() as number[][];

browserTest("a GELU network of three hidden layers in the browser", async (page, t) => {
  const hidden = stax.repeat(stax.serial(stax.Dense(1, { wStd: 1.5, bStd: 0.1 }), stax.Gelu()), 3);
  const network = stax.serial(hidden, stax.Dense(1, { wStd: 1.2 }));
  const x1 = points(1, 70, 33);
  for (const [name, x2] of [["symmetric", null], ["two batches", points(2, 40, 33)]] as const) {
    const expected = await inDeno({ network, x1, x2 });
    await t.step(`reference float64, ${name}`, async () => {
      const actual = await inPage(page, { network, x1, x2 }, { backend: "reference" });
      for (const field of fields) assertClose(actual[field], expected[field].data, { rtol: 1e-12, message: field });
    });
    await t.step(`webgpu float32, ${name}`, async () => {
      const actual = await inPage(page, { network, x1, x2 }, { backend: "webgpu", dtype: "float32" });
      for (const field of fields) assertNear(actual[field], expected[field].data, field);
    });
  }
});

/** Equal up to 2e-6 of the largest entry. */
function assertNear(actual: number[], expected: Float64Array, message: string): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assertClose(actual, expected, { atol: 2e-6 * largest, message });
  const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - actual[i])), 0);
  console.log(message, largest, worst / largest);
}

const networks: Record<string, stax.Network> = Object.fromEntries(
  cases.map(({ name, spec }) => [name, build(["serial", [["Dense", { out_dim: 1, W_std: 1.1, b_std: 0.3 }], spec as Spec, ["Dense", { out_dim: 1 }]]])]),
);

browserTest("every nonlinearity on webgpu in the browser", async (page, t) => {
  const x1 = points(3, 9, 5);
  const x2 = points(4, 7, 5);
  for (const [name, network] of Object.entries(networks)) {
    await t.step(name, async () => {
      const t0 = performance.now();
      const actual = await inPage(page, { network, x1, x2 }, { backend: "webgpu", dtype: "float32" });
      console.log(performance.now() - t0);
      const expected = await inDeno({ network, x1, x2 });
      for (const field of fields) assertNear(actual[field], expected[field].data, field);
    });
  }
});
