/** The backward pass: which entries of a covariance a network needs, node by node. */
import { random, stax } from "../../mod.ts";
import { usualAxes } from "../../lib/network/axes.ts";
import { compileNetwork } from "../../lib/network/compile.ts";
import { prepare } from "../../lib/network/inputs.ts";
import { type Program } from "../../lib/program/program.ts";
import { isMixing } from "../../lib/program/nodes.ts";
import { assertDeepEquals, assertEquals } from "../assert.ts";
import { finished } from "../../lib/steps.ts";

const { Conv, ConvLocal, Relu, Flatten, GlobalAvgPool, AvgPool, Dense, serial } = stax;
const same = { padding: "SAME" } as const;
const conv = Conv(1, [3, 3], same);
const x = random.normal(random.key(0), [1, 4, 4, 2]);

async function programOf(
  network: stax.Network,
  layout: "full" | "diagonal" = "full",
): Promise<Program> {
  const input = finished(
    prepare(x, null, { dtype: "float64", axes: usualAxes, pattern: null, maskConstant: null }),
  );
  return (await compileNetwork(network, input, ["nngp", "ntk"], layout)).program;
}

/** Layouts: of the input, then before and after the map of every node. */
const layouts = (program: Program) => [
  program.inputLayout,
  ...program.nodes.map(({ layoutIn, layoutOut }) => `${layoutIn} ${layoutOut}`),
  program.outputLayout,
];

const [d, f] = ["diagonal", "full"];

Deno.test("flattening without pooling needs the diagonal alone", async () => {
  const program = await programOf(serial(conv, Relu(), conv, Relu(), Flatten(), Dense(1)));
  assertDeepEquals(layouts(program), [d, `${d} ${d}`, `${d} ${d}`, `${d} ${d}`, d]);
});

Deno.test("global pooling needs all pairs of positions", async () => {
  const program = await programOf(serial(conv, Relu(), conv, Relu(), GlobalAvgPool(), Dense(1)));
  assertDeepEquals(layouts(program), [f, `${f} ${f}`, `${f} ${f}`, `${f} ${d}`, d]);
});

Deno.test("after the last pooling the diagonal is enough", async () => {
  const program = await programOf(serial(conv, AvgPool([2, 2]), conv, Flatten()));
  assertDeepEquals(layouts(program), [f, `${f} ${f}`, `${f} ${d}`, `${d} ${d}`, `${d} ${d}`, d]);
});

Deno.test("before local weights the diagonal is enough", async () => {
  const program = await programOf(serial(conv, Relu(), ConvLocal(1, [3, 3], same), Relu(), GlobalAvgPool()));
  assertDeepEquals(layouts(program), [d, `${d} ${d}`, `${d} ${f}`, `${f} ${d}`, d]);
});

Deno.test("outputs with positions need what is asked for", async () => {
  assertDeepEquals(layouts(await programOf(serial(conv, Relu()))), [f, `${f} ${f}`, f]);
  assertDeepEquals(layouts(await programOf(serial(conv, Relu()), "diagonal")), [d, `${d} ${d}`, d]);
});

Deno.test("a branch that pools makes only what it reads full", async () => {
  const branches = stax.parallel(serial(conv, Flatten(), Dense(1)), serial(conv, GlobalAvgPool(), Dense(1)));
  const program = await programOf(serial(conv, stax.FanOut(2), branches, stax.FanInSum()));
  assertDeepEquals(layouts(program), [f, `${f} ${f}`, `${d} ${d}`, `${d} ${d}`, `${f} ${f}`, `${f} ${d}`, d]);
});

Deno.test("attention needs all pairs, before it and inside", async () => {
  const attention = stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1 });
  const program = await programOf(serial(conv, attention, Flatten()));
  assertDeepEquals(layouts(program), [f, `${f} ${f}`, `${f} ${d}`, `${d} ${d}`, d]);
  assertDeepEquals(program.nodes.map(({ map }) => isMixing(map)), [false, true, false]);
});

Deno.test("the mean variance of an image is no covariance of pairs", async () => {
  const program = await programOf(serial(conv, stax.LayerNorm({ axis: [1, 2, 3] }), Relu(), Flatten()));
  assertDeepEquals(program.nodes.map(({ pairs }) => pairs), [true, false, true]);
});

Deno.test("a nonlinearity's demands are checked where its variances are", async () => {
  // The first branch ends at fewer positions than the second one starts with.
  const strided = { strides: [2, 2] };
  const branches = stax.parallel(
    serial(Conv(1, [2, 2], strided), Relu(), Dense(1)),
    Conv(1, [2, 2], strided),
  );
  const program = await programOf(serial(stax.FanOut(2), branches, stax.FanInSum(), Relu(), Flatten()));
  assertEquals(program.nodes.length, 3);
  // The last one is that of the output.
  assertDeepEquals(program.checks.map((checks) => checks.length), [0, 4, 4, 1]);
});

Deno.test("what depends on no variance is checked at as many positions as it is for", async () => {
  // The kernel of a nonlinearity that is 1 everywhere; the convolution halves the positions.
  const program = await programOf(
    serial(Conv(1, [2, 2], { strides: [2, 2], wStd: 0, bStd: 1 }), stax.Sign(), Dense(1)),
  );
  assertEquals(program.nodes.length, 1);
  assertDeepEquals(program.checks[0], []);
  assertDeepEquals(program.checks[1].map(({ positions }) => positions), program.checks[1].map(() => 4));
});
