/** Networks as data: to JSON and back, printed, cloned, and bad JSON. */
import { random, stax, UnsupportedError } from "../../mod.ts";
import { positional, samples } from "./samples.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";

const reference = { backend: "reference" };
const x = [[0.7, -1.2, 0.4], [1.5, 0.3, -0.6]];

const others = ["serial", "parallel", "repeat", "toJSON", "fromJSON"];

Deno.test("there is a sample of every layer", () => {
  const names = Object.keys(stax).filter((name) => !others.includes(name));
  assertDeepEquals(Object.keys({ ...positional, ...samples }).sort(), names.sort());
});

const branches = stax.serial(
  stax.FanOut(2),
  stax.parallel(stax.serial(stax.Relu(), stax.Dense(3)), stax.Identity()),
  stax.FanInSum(),
);
const networks: Record<string, stax.Network> = {
  "a residual network": stax.serial(stax.Dense(3), stax.repeat(branches, 2), stax.Gelu(), stax.Dense(1)),
  "an empty serial": stax.serial(),
};

for (const [name, network] of Object.entries({ ...positional, ...samples, ...networks })) {
  Deno.test(`JSON keeps everything: ${name}`, () => {
    const text = stax.toJSON(network);
    const read = stax.fromJSON(text);
    assertEquals(stax.toJSON(read), text);
    assertDeepEquals({ ...read }, { ...network });
    assertDeepEquals({ ...stax.fromJSON(JSON.parse(text)) }, { ...network });
  });

  Deno.test(`a network prints as its description: ${name}`, () => {
    const printed = Deno.inspect(network, { depth: 20 });
    assert(printed.includes(`type: "${network.type}"`), printed);
    assert(!printed.includes("Function"), printed);
  });

  Deno.test(`a network can be cloned: ${name}`, () => {
    const clone = structuredClone(network) as stax.Layer;
    assertDeepEquals(clone, { ...network });
    assertEquals(stax.toJSON(stax.serial(clone)), stax.toJSON(stax.serial(network)));
  });
}

const nonlinearities = Object.entries(samples).filter(([, layer]) => {
  const { type } = layer;
  return !["Dense", "Dropout", "LayerNorm", "Identity"].includes(type) && !type.startsWith("Fan");
});

Deno.test("what was read computes what was written", async () => {
  for (const [name, layer] of [...nonlinearities, ...Object.entries(networks)]) {
    const network = stax.serial(stax.Dense(3), layer, stax.Dense(1));
    const read = stax.fromJSON(stax.toJSON(network));
    assertDeepEquals(
      await read.kernelFn(x, null, null, reference),
      await network.kernelFn(x, null, null, reference),
      name,
    );
    if (name === "ExpNormalized") continue;
    const [, params] = network.initFn(random.key(0), [-1, 3]);
    assertDeepEquals(read.applyFn(params, x), network.applyFn(params, x), name);
  }
});

Deno.test("an ordinary function is not data", async () => {
  const network = stax.serial(stax.Dense(1), stax.ElementwiseNumerical(Math.tanh));
  await assertThrows(
    () => stax.toJSON(network),
    UnsupportedError,
    "Cannot serialise a network as fn must be an expression: current value is an ordinary function, " +
      "write it with the methods of Expr, as in (x) => x.tanh()",
  );
});

const bad: [json: string | object, type: new (...args: never[]) => Error, message: string | RegExp][] = [
  ["{", SyntaxError, /JSON/],
  [
    "null",
    TypeError,
    /^Cannot read a network as type must be one of ABRelu, Abs, .*, parallel, serial: current value is undefined$/,
  ],
  [
    '{"type":"Relux"}',
    TypeError,
    /^Cannot read a network as type must be one of .*: current value is "Relux"$/,
  ],
  ['{"type":"toString"}', TypeError, /: current value is "toString"$/],
  [
    '{"type":"serial","layers":{}}',
    TypeError,
    "Cannot read serial as layers must be a list: current value is {}",
  ],
  [
    '{"type":"serial","layers":[1]}',
    TypeError,
    /^Cannot read a network as type .*: current value is undefined$/,
  ],
  [
    '{"type":"Dense"}',
    RangeError,
    "Cannot build Dense as outDim must be an integer of at least 1: current value is undefined",
  ],
  [
    '{"type":"Dense","outDim":1,"wstd":2}',
    TypeError,
    "Cannot build Dense as its options must be among wStd, bStd, parameterization, s, batchAxis, channelAxis: " +
    "current value is wstd, did you mean wStd?",
  ],
  [
    '{"type":"Erf","a":null}',
    TypeError,
    "Cannot build Erf as a must be a finite number: current value is null",
  ],
  [
    '{"type":"Elementwise","fn":null,"nngp":{"nodes":["x",["tan",0]]},"dNngp":null}',
    TypeError,
    "Cannot read an expression as every node must be a number, a name or an operation with earlier arguments: " +
    'current value is ["tan",0]',
  ],
  [
    '{"type":"Elementwise","fn":null,"nngp":{"nodes":["x"]},"dNngp":null}',
    TypeError,
    "Cannot build a nonlinearity as the variables of nngp must be among cov, var1, var2, det, rootDet, angle, distance, apart: current value is x",
  ],
  [
    '{"type":"ElementwiseNumerical","fn":{"nodes":["y"]}}',
    TypeError,
    "Cannot build a nonlinearity as the variables of fn must be among x: current value is y",
  ],
  [
    '{"type":"Elementwise"}',
    TypeError,
    "Cannot build Elementwise as fn or nngp must be a function: current value is null for both",
  ],
  [
    '{"type":"Elementwise","fn":{"nodes":["y"]}}',
    TypeError,
    "Cannot build a nonlinearity as the variables of fn must be among x: current value is y",
  ],
  [
    '{"type":"ElementwiseNumerical","fun":1}',
    TypeError,
    "Cannot build ElementwiseNumerical as its options must be among fn, tolerance, deg, df, kinks, warn: current value is fun",
  ],
  [
    '{"type":"ElementwiseNumerical"}',
    TypeError,
    "Cannot use a nonlinearity as fn must be a function: current value is null",
  ],
];

for (const [json, type, message] of bad) {
  Deno.test(`refused: ${JSON.stringify(json)}`, async () => {
    const call = () => stax.fromJSON(json);
    if (typeof message === "string") return await assertThrows(call, type, message);
    await assertThrows(call, type);
    await assertThrows(() => {
      try {
        call();
      } catch (error) {
        if (message.test((error as Error).message)) throw new EvalError();
        throw error;
      }
    }, EvalError);
  });
}
