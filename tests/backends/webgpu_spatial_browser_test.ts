/** Networks with positions in Chromium, whose WGSL compiler (Tint) is not that of Deno (naga). */
import { stax } from "../../mod.ts";
import { assertClose } from "../assert.ts";
import { browserTest } from "../browser.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";

/** The bundle, in functions that run in the page. */
declare const widekernels: typeof import("../../mod.ts");

interface Case {
  name: string;
  net: Spec;
  inputs: "x" | "y" | "t";
  x1_x2: Record<"nngp" | "ntk", FixtureArray>;
}

const { inputs, cases } = fixture<{ inputs: Record<string, FixtureArray>; cases: Case[] }>("conv");

/** Chains with strides and padding of each kind, stored, pooled and summed; nodes outside of chains. */
const names = [
  "conv-SAME-s1-Relu-flatten",
  "conv-VALID-s2-Gelu-flatten",
  "conv-CIRCULAR-s2-Erf-flatten",
  "myrtle5-8x8-Relu",
  "wrn-block-sum",
  "convlocal-SAME",
  "attn-tokens-default",
  "conv-relu-full",
];

browserTest("networks with positions on webgpu in the browser", async (page, t) => {
  for (const { name, net, inputs: from, x1_x2 } of cases.filter(({ name }) => names.includes(name))) {
    await t.step(name, async () => {
      const [x1, x2] = [inputs[`${from}1`], inputs[`${from}2`]];
      const actual = await page.evaluate(async ({ text, x1, x2 }) => {
        const { array, stax } = widekernels;
        const [a, b] = [x1, x2].map(({ data, shape }) => array(Float64Array.from(data), shape));
        const options = { backend: "webgpu", dtype: "float32" } as const;
        const { nngp, ntk } = await stax.fromJSON(text).kernelFn(a, b, ["nngp", "ntk"], options);
        return { nngp: Array.from(nngp.data), ntk: Array.from(ntk.data) };
      }, { text: stax.toJSON(build(net)), x1, x2 });
      for (const field of ["nngp", "ntk"] as const) {
        const { data } = x1_x2[field];
        const largest = Math.max(...data.map(Math.abs));
        assertClose(actual[field], data, { atol: 1e-5 * largest, message: field });
      }
    });
  }
});
