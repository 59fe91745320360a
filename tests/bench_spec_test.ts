/** The bench hands the peers the networks that it measures here. */
import { stax } from "../mod.ts";
import { cnn, myrtle } from "../examples/networks.ts";
import { specOf } from "../bench/images/spec.ts";
import { assertDeepEquals, assertEquals } from "./assert.ts";
import { build } from "./networks.ts";

Deno.test("specOf: the Python names of layers and options", () => {
  const network = stax.serial(stax.Conv(1, [3, 3], { padding: "SAME", wStd: 2 }), stax.GlobalAvgPool());
  const conv = {
    out_chan: 1,
    filter_shape: [3, 3],
    strides: [1, 1],
    padding: "SAME",
    W_std: 2,
    parameterization: "ntk",
    s: [1, 1],
  };
  assertDeepEquals(specOf(network), ["serial", [
    ["Conv", conv],
    ["GlobalAvgPool", { batch_axis: 0, channel_axis: -1 }],
  ]]);
});

Deno.test("specOf: reads back as the same network", () => {
  const networks = [
    myrtle(5, 32, stax.Gelu()),
    stax.serial(cnn(2, stax.Relu(), { bStd: 1 }), stax.Flatten()),
  ];
  for (const network of networks) {
    assertEquals(stax.toJSON(build(specOf(network))), stax.toJSON(network));
  }
});
