/** Networks with positions in Chromium, whose WGSL compiler (Tint) is not that of Deno (naga). */
import { random, stax } from "../../mod.ts";
import { assertClose } from "../assert.ts";
import { browserTest } from "../browser.ts";
import { fixture } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";

/** The bundle, in functions that run in the page. */
declare const widekernels: typeof import("../../mod.ts");

const { cases } = fixture<{ cases: { name: string; net: Spec }[] }>("conv");

/** Chains with strides and each kind of padding, whose end is stored, pooled or summed; and nodes outside of chains. */
const names = [
  "conv-SAME-s1-Relu-flatten",
  "conv-VALID-s2-Relu-gap",
  "conv-CIRCULAR-s2-Erf-flatten",
  "myrtle5-8x8-Relu",
  "wrn-block-sum",
  "convlocal-SAME",
  "attn-default",
  "conv-relu-full",
];

const images = random.normal(random.key(1), [3, 8, 8, 3], { dtype: "float32" }).toNested() as number[][][][];
const constant = images[0].map((row) => row.map((pixel) => pixel.map(() => 0.7)));
const framed = images[1].map((row, y) => row.map((pixel, x) => pixel.map((v) => x * y % 7 ? v : 0)));

browserTest("networks with positions on webgpu in the browser", async (page, t) => {
  // Images occur in both batches, so that some points are equal.
  const [x1, x2] = [[images[0], framed, constant], [framed, images[2], images[0]]];
  for (const { name, net } of cases.filter(({ name }) => names.includes(name))) {
    const network = build(net);
    await t.step(name, async () => {
      const actual = await page.evaluate(async ({ text, x1, x2 }) => {
        const options = { backend: "webgpu", dtype: "float32" } as const;
        const network = widekernels.stax.fromJSON(text);
        const { nngp, ntk } = await network.kernelFn(x1, x2, ["nngp", "ntk"], options);
        return { nngp: Array.from(nngp.data), ntk: Array.from(ntk.data) };
      }, { text: stax.toJSON(network), x1, x2 });
      const expected = await network.kernelFn(x1, x2, ["nngp", "ntk"], { backend: "reference" });
      for (const field of ["nngp", "ntk"] as const) {
        const { data } = expected[field];
        const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        assertClose(actual[field], data, { atol: 1e-6 * largest, message: field });
      }
    });
  }
});
