/** The bundle in Chromium, whose WGSL compiler (Tint) is not that of Deno (naga), against Deno's reference backend. */
import type { Page } from "playwright-core";
import { bundle, LIMIT } from "../examples/browser/bundle.ts";
import { approximations } from "../lib/expr/approximations/mod.ts";
import { node } from "../lib/expr/expr.ts";
import { expr, random, stax } from "../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertMatch } from "./assert.ts";
import { browserTest } from "./browser.ts";
import { cases } from "./kernels/cases.ts";
import { build, type Spec } from "./networks.ts";

/** The bundle, in functions that run in the page. */
declare const widekernels: typeof import("../mod.ts");

const fields = ["nngp", "ntk"] as const;
const gpu = { backend: "webgpu", dtype: "float32" } as const;
const cpu = { backend: "reference" } as const;

const points = (seed: number, count: number, depth: number) =>
  random.normal(random.key(seed), [count, depth]).toNested() as number[][];

/** Equal up to 2e-6 of the largest entry. */
function assertNear(actual: number[], expected: Float64Array, message: string): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assertClose(actual, expected, { atol: 2e-6 * largest, message });
}

Deno.test("the bundle is small at its start and leaves out what runs only in Deno", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [start, ...parts] = await bundle(folder);
    assert(start.gzipped <= LIMIT, `${start.gzipped} bytes gzipped are more than ${LIMIT}`);
    assertDeepEquals(parts.map(({ name }) => name), [
      "kernels",
      "webgpu",
      "predictions",
      "widekernels/features.js",
    ]);
    const own = await import(`file://${folder}/widekernels/features.js`);
    assertDeepEquals(Object.keys(own), [
      "KernelOperator",
      "features",
      "kernelGradient",
      "readNpy",
      "sketching",
      "tiles",
      "writeNpy",
    ]);
    const { stax } = await import(`file://${folder}/widekernels.js`);
    const { diagonal } = await own.KernelOperator.of(stax.Dense(1), [[1], [2]], "nngp");
    assertDeepEquals([...diagonal], [1, 4]);
    const { nngp } = await own.features.DenseFeatures(1, { wStd: 2 }).featureFn([[3]]);
    assertDeepEquals(nngp.toNested(), [[1]]);
    const chunks = [...Deno.readDirSync(`${folder}/widekernels`)].map(({ name }) => `widekernels/${name}`);
    for (const name of ["widekernels.js", ...chunks]) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      assert(name.endsWith(".map") || !text.includes("Deno.dlopen"), name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

browserTest("the engines and the WebGPU backend are loaded when they are first needed", async (page) => {
  const loaded = () =>
    page.evaluate(() => {
      const paths = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
      return [...new Set(paths.map((path) => path.replace(/^.*\/|(-\w+)?\.js$/g, "")))].sort();
    });
  const start = ["chunk", "widekernels"];
  await page.evaluate(() => widekernels.stax.Dense(1).initFn(widekernels.random.key(0), [1, 2]));
  assertDeepEquals(await loaded(), start);
  await page.evaluate(() => widekernels.stax.Dense(1).kernelFn([[1, 2]]));
  assertDeepEquals(await loaded(), [...start, "kernels"].sort());
  await page.evaluate(() => widekernels.backends());
  assertDeepEquals(await loaded(), [...start, "choose", "kernels", "webgpu"].sort());
  const mean = await page.evaluate(async () =>
    (await widekernels.predict.gpInference([[2]], [[3]])({ get: "nngp", kTestTrain: [[1]] })).at(0, 0)
  );
  assertClose(mean, 1.5, { rtol: 1e-15 });
  assertDeepEquals(await loaded(), [...start, "choose", "kernels", "predictions", "solver", "webgpu"].sort());
});

browserTest("a GELU network of three hidden layers in the browser", async (page, t) => {
  const hidden = stax.repeat(stax.serial(stax.Dense(1, { wStd: 1.5, bStd: 0.1 }), stax.Gelu()), 3);
  const network = stax.serial(hidden, stax.Dense(1, { wStd: 1.2 }));
  const x1 = points(1, 70, 33);
  for (const [name, x2] of [["one batch", null], ["two batches", points(2, 40, 33)]] as const) {
    const expected = await network.kernelFn(x1, x2, fields, cpu);
    await t.step(`on reference, ${name}`, async () => {
      const actual = await compute(page, network, x1, x2, cpu);
      for (const field of fields) {
        assertClose(actual[field], expected[field].data, { rtol: 1e-12, message: field });
      }
    });
    await t.step(`on webgpu, ${name}`, async () => {
      const actual = await compute(page, network, x1, x2, gpu);
      for (const field of fields) assertNear(actual[field], expected[field].data, field);
    });
  }
});

type Kernels = Record<typeof fields[number], number[]>;

/** The kernels of the network, computed in the page. */
function compute(
  page: Page,
  network: stax.Network,
  x1: number[][],
  x2: number[][] | null,
  options: typeof cpu | typeof gpu,
): Promise<Kernels> {
  return page.evaluate(async ({ text, x1, x2, options }) => {
    const { nngp, ntk } = await widekernels.stax.fromJSON(text).kernelFn(x1, x2, ["nngp", "ntk"], options);
    return { nngp: Array.from(nngp.data), ntk: Array.from(ntk.data) };
  }, { text: stax.toJSON(network), x1, x2, options });
}

/** Kernels that call the functions which the backend defines in WGSL, and one of comparisons. */
const custom: Record<string, (x: expr.Expr) => expr.Expr> = {
  exp: (x) => x.exp(),
  expm1: (x) => x.expm1(),
  log: (x) => x.abs().add(0.5).log(),
  log1p: (x) => x.abs().log1p(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  tanh: (x) => x.tanh(),
  erf: (x) => x.erf(),
  atan2: (x) => x.atan2(1),
  asin: (x) => expr.asin(x.tanh()),
  acos: (x) => expr.acos(x.tanh()),
  atanSqrt: (x) => node("atanSqrt", x.abs().min(0.9).add(0.05)),
  comparisons: (x) => x.gt(-0.5).and(x.lt(0.75)).select(x.mul(5).floor(), x.min(-0.3)),
};

const branches = (merge: string): Spec => ["serial", [
  ["FanOut", { num: 2 }],
  ["parallel", ["Erf", "Relu"].map((name): Spec => ["serial", [[name, {}], ["Dense", { out_dim: 1 }]]])],
  [merge, {}],
]];

/** What follows the first layer. */
const networks: Record<string, stax.Network> = {
  ...Object.fromEntries(cases.map(({ name, spec }) => [name, build(spec)])),
  ...Object.fromEntries(
    Object.entries(custom).map(([name, f]) => [name, stax.Elementwise({ nngp: ({ cov }) => f(cov) })]),
  ),
  ...Object.fromEntries(["gelu", "tanh", "relu"].map((fn) => [
    `ElementwiseNumerical(${fn})`,
    build(["ElementwiseNumerical", { fn }]),
  ])),
  FanInSum: build(branches("FanInSum")),
  FanInProd: build(branches("FanInProd")),
  LayerNorm: build(["serial", [["LayerNorm", {}], ["Gelu", {}]]]),
  Dropout: build(["serial", [["Relu", {}], ["Dropout", { rate: 0.8 }]]]),
};

/** The layer before each of them, computed on `reference`: the shader that maps a given kernel is quick to compile. */
const first = stax.Dense(1, { wStd: 0.9, bStd: 0.3 });
const [x1, x2] = [points(3, 9, 5), points(4, 7, 5)];

browserTest("every nonlinearity on webgpu in the browser", async (page, t) => {
  assertDeepEquals([...approximations.keys()].filter((name) => !Object.hasOwn(custom, name)), []);
  const start = await first.kernelFn(x1, x2, null, cpu);
  for (const [name, network] of Object.entries(networks)) {
    const rest = stax.serial(network, stax.Dense(1));
    await t.step(name, async () => {
      const expected = await rest.kernelFn(start, null, fields, cpu);
      const actual = await computeRest(page, rest);
      for (const field of fields) assertNear(actual[field], expected[field].data, `${name} ${field}`);
    });
  }
});

/** The kernels of the network after the first layer, computed in the page on the GPU. */
function computeRest(page: Page, rest: stax.Network): Promise<Kernels> {
  return page.evaluate(async ({ texts: [first, rest], x1, x2, cpu, gpu }) => {
    const { fromJSON } = widekernels.stax;
    const start = await fromJSON(first).kernelFn(x1, x2, null, cpu);
    const { nngp, ntk } = await fromJSON(rest).kernelFn(start, null, ["nngp", "ntk"], gpu);
    return { nngp: Array.from(nngp.data), ntk: Array.from(ntk.data) };
  }, { texts: [first, rest].map((network) => stax.toJSON(network)), x1, x2, cpu, gpu });
}

browserTest("the demo page", async (page, t) => {
  await page.goto(new URL("/", page.url()).href);
  const settle = () => page.locator("form[aria-busy=false]").waitFor();
  await settle();
  for (const name of await page.locator("[name=activation] option").allInnerTexts()) {
    await t.step(name, async () => {
      await page.selectOption("[name=activation]", name);
      await settle();
      assertMatch(await page.locator("#status").innerText(), /^Computed in/);
    });
  }
  await t.step("a click adds a dot to both predictions", async () => {
    const dots = await page.locator("svg circle").count();
    await page.locator("#nngp svg").click({ position: { x: 300, y: 50 } });
    await settle();
    assertEquals(await page.locator("svg circle").count(), dots + 2);
  });
});
