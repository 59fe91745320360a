/**
 * Times feature maps beside the exact kernel, images of a Myrtle-5 network and vectors of a dense one: time an input, error, and from how
 * many inputs on features are faster than all pairs.
 */
import { features, NdArray, random, stax } from "../mod.ts";
import { parseOptions } from "../examples/cli.ts";
import { myrtle } from "../examples/networks.ts";
import { row, seconds, tableHead } from "./format.ts";
import { machine } from "./machine.ts";
import { median } from "./statistics.ts";

const { size, rounds } = parseOptions({
  size: { type: "integer", default: 32, min: 8, description: "pixels a side, a power of two" },
  rounds: { type: "integer", default: 5, min: 1, description: "calls whose median counts" },
}, { usage: "deno task bench:features [options]" });

/** Columns, and seconds an image that the reference took at the same sketch_dim and a polynomial degree of 8 (jitted, AVX-512, two cores). */
const WIDTHS = { 512: 0.28, 1024: 0.68, 2048: 1.48 };
/** Inputs of a kernel, for the ratio that Han et al. 2022 state as 106. */
const MANY = 60_000;
const GET = ["nngp", "ntk"] as const;

interface Case {
  readonly title: string;
  readonly network: stax.Network;
  /** Inputs that are timed; the first few of them, for the error and the exact kernel */
  readonly x: NdArray;
  readonly few: number;
  readonly theirs: Readonly<Record<string, number>>;
}

const dense = () => stax.Dense(1, { wStd: Math.SQRT2 });
const hidden = [dense(), stax.Gelu(), dense(), stax.Gelu(), dense(), stax.Gelu()];
const image = random.normal(random.key(0), [32, size, size, 3]);
const cases: readonly Case[] = [
  {
    ...{ title: `Myrtle-5, ExpNormalized, ${size} × ${size} × 3`, few: 32, theirs: WIDTHS },
    ...{ network: myrtle(5, size, stax.ExpNormalized()), x: image },
  },
  {
    title: `Myrtle-5, ReLU, ${size} × ${size} × 3`,
    few: 12,
    theirs: {},
    network: myrtle(5, size, stax.Relu()),
    x: image,
  },
  {
    ...{ title: "3 × [Dense, GELU], 784 entries", few: 500, theirs: {} },
    ...{ network: stax.serial(...hidden, dense()), x: random.normal(random.key(1), [1000, 784]) },
  },
];

const { cpu, cores, deno, load } = machine();
console.log(`${cpu}, ${cores} cores, Deno ${deno}, load ${load}; float32, medians of ${rounds} calls\n`);
const titles = [
  "network",
  "columns",
  "an input",
  "error of the NTK",
  "exact, a pair",
  "faster from",
  `at ${MANY}`,
];
console.log(tableHead([...titles, "reference, an input", "ratio"]));
for (const one of cases) {
  const pair = await exactPair(one);
  for (const columns of Object.keys(WIDTHS).map(Number)) console.log(row(await cells(one, columns, pair)));
}

/** Seconds a pair of the exact kernels. */
async function exactPair({ network, x, few }: Case): Promise<number> {
  const inputs = first(x, few);
  const time = await timed(() => network.kernelFn(inputs, null, GET, { dtype: "float32" }));
  return time / (few * (few + 1) / 2);
}

async function cells(
  { title, network, x, few, theirs }: Case,
  columns: number,
  pair: number,
): Promise<string[]> {
  const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: columns });
  const inputs = initFn(random.key(0), x.shape);
  const call = { dtype: "float32", errorRows: 0 } as const;
  const input = await timed(() => featureFn(x, inputs, call)) / x.shape[0];
  const { value, standardError } = (await featureFn(first(x, few), inputs)).error!.ntk;
  // n·input = n²/2·pair
  const crossover = Math.ceil(2 * input / pair);
  const ratio = MANY / 2 * pair / input;
  const reference = theirs[columns];
  return [
    ...[title, String(columns), seconds(input), `${value.toPrecision(2)} ± ${standardError.toPrecision(1)}`],
    ...[seconds(pair), `${crossover} inputs`, `${ratio.toPrecision(3)} ×`],
    ...reference ? [seconds(reference), `${(reference / input).toPrecision(3)} ×`] : ["–", "–"],
  ];
}

/** Seconds of a call after the first one. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  await call();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await call();
    times.push((performance.now() - start) / 1000);
  }
  return median(times);
}

/** The first few examples. */
function first({ data, shape: [count, ...rest] }: NdArray, few: number): NdArray {
  return new NdArray(data.subarray(0, data.length / count * few), [few, ...rest]);
}
