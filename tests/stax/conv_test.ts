/** Networks with positions on the reference backend against `conv.json`, and those that are refused. */
import { UnsupportedError } from "../../mod.ts";
import { assertDeepEquals, assertThrows } from "../assert.ts";
import { build } from "../networks.ts";
import { positionTargets } from "../targets.ts";
import { data, testConvolutions } from "./conv_cases.ts";

positionTargets.filter(({ options }) => options.backend === "reference").forEach(testConvolutions);

const gaussian = (layer: string, what: string) =>
  `Cannot apply ${layer} as its input must be Gaussian: current value is ${what}, put Dense(…) before it`;

const errors: Record<string, [type: new (...args: never[]) => Error, message: string]> = {
  "err-relu-after-relu": [UnsupportedError, gaussian("Erf", "not a layer with weights")],
  "err-layernorm-after-relu": [
    UnsupportedError,
    "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)",
  ],
  "err-faninconcat-batch-nongaussian": [
    UnsupportedError,
    "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: " +
    "current value is branch 0 after a nonlinearity, end it with Dense(…)",
  ],
  "err-relu-on-input": [UnsupportedError, gaussian("Relu", "the network's input")],
  "err-attention-softmax-sqrt-scaling": [
    UnsupportedError,
    "Cannot build GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
    "current value is SOFTMAX, for which no closed form is known, use linearScaling: true",
  ],
  "err-conv-on-dense-shape": [
    TypeError,
    "Cannot apply Conv as its input must have positions, (batch, …positions, features): current value is a vector, " +
    "put it before Flatten() or global pooling",
  ],
};

Deno.test("every error of the reference has a message of ours", () => {
  assertDeepEquals(data.errors.map(({ name }) => name).sort(), Object.keys(errors).sort());
});

for (const { name, net, inputs } of data.errors) {
  const [type, message] = errors[name];
  Deno.test(`refused: ${name}`, async () => {
    await assertThrows(
      async () => await build(net).kernelFn(data.inputs[`${inputs}1`], null, "ntk", { backend: "reference" }),
      type,
      message,
    );
  });
}
