/** Features of networks with positions in Chromium, whose WGSL compiler (Tint) is not that of Deno (naga). */
import { features, random, stax } from "../../mod.ts";
import type { FeatureBackend } from "../../lib/features/network_features.ts";
import { assertClose, assertEquals } from "../assert.ts";
import { browserTest } from "../browser.ts";
import { images, NAMES, unbiased } from "./position_networks.ts";

const x = images();
const nested = x.toNested() as number[][][][];

/** What features a page is to compute. */
interface Task {
  /** Where the module is */
  readonly origin: string;
  readonly text: string;
  readonly x: number[][][][];
  readonly sketchDim: number;
  readonly backend: FeatureBackend;
}

/** Runs in the page. */
async function computed({ origin, text, x, sketchDim, backend }: Task) {
  const { stax, random } = await import(`${origin}/widekernels.js`) as typeof import("../../mod.ts");
  const { features } = await import(`${origin}/widekernels/features.js`) as typeof import("../../mod.ts");
  const { initFn, featureFn } = features.fromNetwork(stax.fromJSON(text), { sketchDim });
  const inputs = initFn(random.key(3), [-1, 4, 4, 2]);
  try {
    const { nngp, ntk } = await featureFn(x, inputs, { backend, dtype: "float32", errorRows: 0 });
    return { nngp: Array.from(nngp.data), ntk: Array.from(ntk.data), message: "" };
  } catch (error) {
    return { nngp: [], ntk: [], message: (error as Error).message };
  }
}

browserTest("features of images on webgpu in the browser", async (page, t) => {
  const taskOf = (name: string, sketchDim: number, backend: FeatureBackend): Task => ({
    ...{ origin: new URL(page.url()).origin, text: stax.toJSON(unbiased[name]), x: nested },
    ...{ sketchDim, backend },
  });
  for (
    const [name, sketchDim] of [
      ["Gelu", 97],
      // With rows of two segments in between
      ["Gelu", 4096],
      ["ExpNormalized", 97],
      ["Relu in a residual block", 97],
      ["products of branches", 97],
    ] as const
  ) {
    await t.step(`${sketchDim} of ${name}`, async () => {
      const actual = await page.evaluate(computed, taskOf(name, sketchDim, "webgpu"));
      assertEquals(actual.message, "");
      const { initFn, featureFn } = features.fromNetwork(unbiased[name], { sketchDim });
      const options = { backend: "reference", errorRows: 0 } as const;
      const wanted = await featureFn(x, initFn(random.key(3), x.shape), options);
      for (const of of NAMES) {
        const size = wanted[of].data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assertClose(actual[of], wanted[of].data, { atol: 1e-5 * size, message: of });
      }
    });
  }
  await t.step("not on native", async () => {
    const { message } = await page.evaluate(computed, taskOf("Gelu", 97, "native"));
    assertEquals(
      message,
      "Cannot map features on native as it must run in Deno: current value is another runtime",
    );
  });
});
