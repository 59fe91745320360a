/** When networks are refused: what can have no kernel when it is built, what has none of its input when that is given. */
import { random, stax, UnsupportedError } from "../../mod.ts";
import { assert, assertDeepEquals, assertThrows } from "../assert.ts";

const {
  Dense,
  Erf,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Flatten,
  Identity,
  LayerNorm,
  parallel,
  Relu,
  serial,
} = stax;

const one = (layer: string, count: number) =>
  `Cannot apply ${layer} as its input must be one branch: current value is ${count} branches, put FanInSum() or parallel(…) before it`;
const branches = (count: number, found: number | "none") =>
  `Cannot apply parallel as its input must have ${count} branches, one a layer: current value is ${found}, put FanOut(${count}) before it`;
const none = (layer: string) =>
  `Cannot apply ${layer} as its input must have branches: current value is one, put FanOut(n) before it`;
const nested =
  "Cannot apply FanInSum as a branch must not have branches itself: current value is branch 1, end it with FanInSum()";
const pair = parallel(Dense(1), Dense(1));

// deno-fmt-ignore
const refused: readonly [() => unknown, new (...args: never[]) => Error, string][] = [
  [() => serial(Dense(1), FanInSum()), TypeError, none("FanInSum")],
  [() => serial(Flatten(), Identity(), FanInProd()), TypeError, none("FanInProd")],
  [() => serial(FanInConcat(), FanInConcat()), TypeError, none("FanInConcat")],
  [() => serial(FanOut(2), Dense(1)), TypeError, one("Dense", 2)],
  [() => serial(pair, Relu()), TypeError, one("Relu", 2)],
  [() => serial(serial(FanOut(3)), Identity(), stax.repeat(LayerNorm(), 2)), TypeError, one("LayerNorm", 3)],
  [() => serial(Dense(1), pair), UnsupportedError, branches(2, "none")],
  [() => serial(FanOut(3), pair), UnsupportedError, branches(2, 3)],
  [() => serial(FanOut(2), parallel(pair, Dense(1)), FanInSum()), TypeError, nested.replace("1", "0")],
  [() => serial(FanOut(2), parallel(Dense(1), FanOut(2)), FanInSum()), TypeError, nested],
  [() => serial(FanOut(2), parallel(serial(Dense(1), FanInSum()), Dense(1))), TypeError, none("FanInSum")],
];

for (const [i, [call, type, message]] of refused.entries()) {
  Deno.test(`refused when built ${i}: ${message}`, () => assertThrows(call, type, message));
}

Deno.test("parts of networks are not refused, whatever follows from their input", () => {
  const parts = [
    serial(),
    serial(FanInSum(), Dense(1)),
    serial(pair, FanInSum()),
    serial(Identity(), pair),
    serial(FanOut(2)),
    serial(FanOut(2), pair),
    serial(FanOut(2), FanOut(2), parallel(FanInSum(), pair)),
    serial(FanOut(2), parallel(pair, FanInSum())),
    serial(FanOut(1), parallel(Dense(1)), FanInProd()),
  ];
  assert(parts.every(({ type }) => type === "serial"));
});

const attention = { nChanKey: 2, nChanVal: 2, nHeads: 1 };
const afterOther = (layer: string) =>
  `Cannot apply ${layer} as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it`;
const normalised =
  "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)";
const sum =
  "Cannot apply FanInSum as every branch must be Gaussian with mean 0: current value is branch 1, not a layer with weights, end it with Dense(…)";
const root = (mechanism: string) =>
  "Cannot build GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
  `current value is ${mechanism}, for which no closed form is known, use linearScaling: true`;
const rooted = (attentionMechanism: "SOFTMAX" | "ABS" | "RELU") =>
  stax.GlobalSelfAttention(2, { ...attention, linearScaling: false, attentionMechanism });
const branch = serial(Dense(1), Relu());
const dependent = (layer: string, i: number, j: number) =>
  `Cannot apply ${layer} as its branches must be independent: current value is branches ${i} and ${j} ` +
  "without weights of their own since FanOut, end one of them with Dense(…)";

// deno-fmt-ignore
const uncovered: readonly [() => unknown, string][] = [
  [() => serial(Dense(1), Relu(), Relu()), afterOther("Relu")],
  [() => serial(Relu(), Erf()), afterOther("Erf")],
  [() => stax.repeat(Relu(), 2), afterOther("Relu")],
  [() => serial(Dense(1), serial(Identity(), Relu()), serial(Erf(), Dense(1))), afterOther("Erf")],
  [() => serial(Dense(1), stax.Dropout(0.5), Relu()), afterOther("Relu")],
  [() => serial(Dense(1), Relu(), stax.AvgPool([2, 2]), Erf()), afterOther("Erf")],
  [() => serial(stax.Conv(1, [3, 3]), Flatten(), Relu()), afterOther("Relu")],
  [() => serial(pair, FanInProd(), Relu()), afterOther("Relu")],
  [() => serial(FanOut(2), parallel(branch, branch), FanInConcat(), Relu()), afterOther("Relu")],
  [() => serial(FanOut(2), parallel(branch, serial(branch, Relu())), FanInSum()), afterOther("Relu")],
  [() => serial(branch, FanOut(2), parallel(Dense(1), Erf()), FanInSum()), afterOther("Erf")],
  [() => serial(Dense(1), Relu(), LayerNorm()), normalised],
  [() => serial(FanOut(2), parallel(Dense(1), branch), FanInSum()), sum],
  [() => serial(Dense(8), FanOut(2), FanInSum()), dependent("FanInSum", 0, 1)],
  [() => serial(Dense(8), FanOut(2), parallel(Identity(), Relu()), FanInProd()), dependent("FanInProd", 0, 1)],
  [() => serial(stax.Conv(1, [3]), FanOut(3), parallel(Dense(1), Identity(), stax.AvgPool([1])), FanInSum()), dependent("FanInSum", 1, 2)],
  [() => serial(Dense(1), FanOut(2), parallel(Identity(), serial(FanOut(2), parallel(Identity(), Dense(1)), FanInSum())), FanInSum()), dependent("FanInSum", 0, 1)],
  [() => rooted("SOFTMAX"), root("SOFTMAX")],
  [() => rooted("ABS"), root("ABS")],
  [() => rooted("RELU"), root("RELU")],
];

for (const [i, [call, message]] of uncovered.entries()) {
  Deno.test(`without a kernel, refused when built ${i}: ${message}`, () =>
    assertThrows(call, UnsupportedError, message));
}

Deno.test("networks that the theory covers are not refused", () => {
  const covered = [
    serial(Relu(), Dense(1), Relu()),
    serial(Dense(1), Identity(), Relu()),
    serial(Dense(1), stax.Dropout(0.5, { mode: "test" }), Relu()),
    serial(Dense(1), Flatten(), Relu()),
    serial(stax.Conv(1, [3]), stax.GlobalAvgPool(), Flatten(), Relu()),
    serial(stax.Conv(1, [3]), stax.Index([0]), Flatten(), Relu()),
    serial(stax.GlobalSelfAttention(2, attention), LayerNorm(), Relu()),
    serial(pair, FanInSum(), Relu()),
    serial(pair, FanInConcat({ axis: 0 }), Relu()),
    serial(FanOut(1), parallel(Dense(1)), FanInProd(), Relu()),
    serial(FanInSum(), Relu()),
    serial(FanInProd(), Relu()),
    serial(FanOut(2), parallel(Identity(), branch), FanInConcat(), Dense(1), Relu()),
    serial(Dense(8), FanOut(2), FanInConcat(), Dense(1)),
    serial(Dense(8), FanOut(2), parallel(Identity(), serial(Relu(), Dense(8))), FanInSum(), Relu()),
  ];
  assert(covered.every(({ type }) => type === "serial"));
});

const tokens = random.normal(random.key(0), [2, 3, 4]);

/** What has no kernel for this input, but may have for another, or as a part of another network. */
const undecided: readonly (readonly [stax.Network, string])[] = [
  [
    serial(Relu(), Dense(2)),
    "Cannot apply Relu as its input must be Gaussian: current value is the network's input, put Dense(…) before it",
  ],
  [
    serial(FanOut(2), parallel(Dense(2), serial(Dense(2), Relu())), FanInConcat({ axis: 0 })),
    "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: " +
    "current value is branch 1 after a nonlinearity, end it with Dense(…)",
  ],
  [serial(FanOut(2), pair, FanInConcat(), Relu()), afterOther("Relu")],
  [
    serial(Dense(2), FanOut(2), FanInConcat({ axis: 0 })),
    dependent("FanInConcat along another axis than the features", 0, 1),
  ],
];

for (const [network, message] of undecided) {
  Deno.test(`a finite network without a kernel of this input: ${message}`, async () => {
    const [shape, params] = network.initFn(random.key(1), tokens.shape);
    const output = network.applyFn(params, tokens);
    assertDeepEquals(output.shape, shape);
    assert(output.data.every(Number.isFinite));
    const onProgress = () => {
      throw new Error("nothing must be computed");
    };
    await assertThrows(
      () => network.kernelFn(tokens, null, "ntk", { onProgress }),
      UnsupportedError,
      message,
    );
  });
}
