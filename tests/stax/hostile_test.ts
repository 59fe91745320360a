/**
 * Whatever `fromJSON` and `serial` are given, they answer within a second, by a network or by an error of ours. HOSTILE says how many
 * descriptions: a few hundred in the gate, 10 000 with `deno task hostile`.
 */
import assert from "node:assert/strict";
import { stax, UnsupportedError } from "../../mod.ts";
import { layer, randomOf, templates } from "./hostile.ts";
import { positional, samples } from "./samples.ts";

const COUNT = Number(Deno.env.get("HOSTILE") ?? 400);
const SECOND = 1000;
const all = templates({ ...positional, ...samples });

/** What a description is answered by: the network, or null for an error of ours. */
function answer(build: () => stax.Network, seed: number): stax.Network | null {
  const start = performance.now();
  try {
    return build();
  } catch (error) {
    const isOurs =
      (error instanceof TypeError || error instanceof RangeError || error instanceof UnsupportedError) &&
      /^Cannot .* as .*(must|is|are) /s.test(error.message);
    assert(isOurs, `description ${seed} ends in ${(error as Error).stack}`);
    assert(
      error.message.length < 4000,
      `description ${seed} has an error of ${error.message.length} letters`,
    );
    return null;
  } finally {
    const took = performance.now() - start;
    assert(took < SECOND, `description ${seed} takes ${took} ms`);
  }
}

Deno.test(`${COUNT} hostile descriptions are answered by a network or an error of ours within a second`, () => {
  let built = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const data = layer(randomOf(seed), all, 3) as stax.Layer;
    const read = answer(() => stax.fromJSON(data), seed);
    const composed = answer(() => stax.serial(stax.Dense(1), data), seed);
    if (read) built++;
    // serial refuses more: what does not fit behind Dense.
    assert(read !== null || composed === null, `serial takes description ${seed}, which fromJSON refuses`);
  }
  assert(built > COUNT / 20 && built < COUNT, `${built} of ${COUNT} are networks`);
});

const LEVELS = 100_000;

Deno.test("text of any depth is answered within a second", () => {
  for (
    const [open, inner, close] of [['{"type":"serial","layers":[', "", "]}"], [
      '{"type":"Dense","outDim":[',
      "1",
      "]}",
    ]]
  ) {
    const text = open.repeat(LEVELS) + inner + close.repeat(LEVELS);
    answer(() => stax.fromJSON(text), -1);
  }
});

Deno.test("data that holds itself is answered", () => {
  const data: { type: string; layers: unknown[] } = { type: "serial", layers: [] };
  data.layers.push(data);
  assert.equal(answer(() => stax.fromJSON(data), -1), null);
  assert.equal(answer(() => stax.serial(data), -1), null);
  assert.equal(answer(() => stax.fromJSON({ type: "Dense", outDim: data }), -1), null);
});

/** What a list of networks repeats must not be walked through once for each. */
Deno.test("repetitions of repetitions are counted before they are walked through", () => {
  const many = stax.repeat(stax.Dense(1), 300);
  assert.throws(() => stax.repeat(many, 300), {
    name: "RangeError",
    message: "Cannot build serial as a network must have at most 65536 layers: current value is more",
  });
  assert.equal(answer(() => stax.repeat(many, 65536), -1), null);
});

Deno.test("serial completes and checks plain data as fromJSON does", async () => {
  const data = { type: "Dense", outDim: 1, wStd: 3 };
  const network = stax.serial(data);
  assert.equal(stax.toJSON(network), stax.toJSON(stax.serial(stax.Dense(1, { wStd: 3 }))));
  assert.equal((await network.kernelFn([[1]], null, "nngp", { backend: "reference" })).at(0, 0), 9);
  for (const combine of [stax.serial, stax.parallel, (layer: stax.Layer) => stax.repeat(layer, 2)]) {
    for (
      const bad of [{ type: "Dense", outDim: -1 }, { type: "Erf", b: "1" }, {
        type: "serial",
        layers: [{ type: "Dense" }],
      }]
    ) {
      assert.throws(() => combine(bad as stax.Layer), /^(Type|Range)Error: Cannot build (Dense|Erf) as /);
    }
  }
});
