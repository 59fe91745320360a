/** The networks of the examples against those of the fixtures. */
import { stax } from "../mod.ts";
import { cnn, myrtle } from "../examples/networks.ts";
import { assertDeepEquals, assertEquals } from "./assert.ts";
import { fixture } from "./fixtures.ts";
import { build, type Spec } from "./networks.ts";

const { cases } = fixture<{ cases: { name: string; net: Spec }[] }>("conv");
const layers = (network: stax.Network) =>
  (JSON.parse(stax.toJSON(network)).layers as { type: string }[]).map(({ type }) => type);

for (const [name, activation] of Object.entries({ Relu: stax.Relu(), Gelu: stax.Gelu() })) {
  Deno.test(`myrtle: Myrtle-5 of 8 × 8 pixels and ${name} is that of the fixtures`, () => {
    const { net } = cases.find((testCase) => testCase.name === `myrtle5-8x8-${name}`)!;
    assertEquals(stax.toJSON(myrtle(5, 8, activation)), stax.toJSON(build(net)));
  });
}

Deno.test("myrtle: as many convolutions as its name says, an average over what is left", () => {
  const counts: [5 | 7 | 10, number][] = [[5, 4], [7, 6], [10, 9]];
  for (const [depth, count] of counts) {
    const types = layers(myrtle(depth, 32, stax.Relu()));
    assertEquals(types.filter((type) => type === "Conv").length, count);
    assertDeepEquals(types.slice(-5), ["AvgPool", "AvgPool", "AvgPool", "Flatten", "Dense"]);
  }
  for (const size of [28, 14]) {
    assertDeepEquals(layers(myrtle(5, size, stax.Relu())).slice(-2), ["GlobalAvgPool", "Dense"]);
  }
});

Deno.test("cnn: depth × [Conv, activation]", () => {
  assertDeepEquals(layers(cnn(2, stax.Gelu())), ["Conv", "Gelu", "Conv", "Gelu"]);
});
