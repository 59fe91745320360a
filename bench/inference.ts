/**
 * Times Gaussian process inference beside JAX: Cholesky factor, mean and standard deviation, from kernels that both sides are given. The
 * sides take turns, and have to agree.
 */
import { NdArray, predict, random, readNpy, stax, writeNpy } from "../mod.ts";
import { parseOptions } from "../examples/cli.ts";
import { installPeers, JAX, lastLine } from "./children.ts";
import { row, tableHead } from "./format.ts";
import { machine } from "./machine.ts";
import { median } from "./statistics.ts";

const { n, tests, outputs, rounds } = parseOptions({
  n: { type: "integer", default: 4000, min: 10, description: "training points" },
  tests: { type: "integer", default: 4000, min: 1, description: "test points" },
  outputs: { type: "integer", default: 10, min: 1, description: "outputs" },
  rounds: { type: "integer", default: 3, min: 1, description: "turns of each side" },
}, { usage: "deno task bench:inference [options]" });
const NOISE = 0.1;

const hidden = stax.serial(stax.Dense(1, { wStd: 1.5, bStd: 0.1 }), stax.Gelu());
const { kernelFn } = stax.serial(stax.repeat(hidden, 3), stax.Dense(1));
const [x, xTest] = [random.normal(random.key(0), [n, 64]), random.normal(random.key(1), [tests, 64])];
const y = random.normal(random.key(2), [n, outputs]);
const k = await kernelFn(x, null, "nngp");
const kTest = await kernelFn(x, xTest, "nngp");
const { data: prior } = (await kernelFn(xTest, null, "cov1")) as NdArray<Float64Array>;

/** The kernels as they are: inputs are their numbers, test points after training points. */
const given: predict.KernelFn = (x1, x2) => {
  const [rows, cols] = [x1, x2 ?? x1].map((points) => (points as NdArray).data);
  if (rows.length === n && x2 === null) return Promise.resolve({ nngp: k });
  if (x2 === null) return Promise.resolve({ nngp: diagonal(rows.map((i) => prior[i - n])) });
  return Promise.resolve({ nngp: columnsOf(kTest, cols[0] - n, cols.length) });
};

const numbers = (start: number, count: number) =>
  new NdArray(Float64Array.from({ length: count }, (_, i) => start + i), [count, 1]);

function diagonal(entries: Float64Array | Float32Array): NdArray {
  const size = entries.length;
  const data = new Float64Array(size * size);
  entries.forEach((entry, i) => data[i * size + i] = entry);
  return new NdArray(data, [size, size]);
}

const blocks = new Map<string, NdArray>();

/** Some columns of a kernel: copied once, as they are given. */
function columnsOf({ data, shape: [rows, width] }: NdArray, start: number, count: number): NdArray {
  const known = blocks.get(`${start} ${count}`);
  if (known) return known;
  const columns = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    columns.set(data.subarray(i * width + start, i * width + start + count), i * count);
  }
  const block = new NdArray(columns, [rows, count]);
  blocks.set(`${start} ${count}`, block);
  return block;
}

async function ours(): Promise<{ seconds: number; prediction: predict.Prediction }> {
  const start = performance.now();
  const model = await predict.regression(given, numbers(0, n), y, { noise: NOISE });
  const prediction = await model.predict(numbers(n, tests));
  return { seconds: (performance.now() - start) / 1000, prediction };
}

const python = await installPeers(JAX[0]);
const folder = await Deno.makeTempDir();
try {
  for (const [name, array] of Object.entries({ k, k_test: kTest, prior: new NdArray(prior, [tests]), y })) {
    await Deno.writeFile(`${folder}/${name}.npy`, writeNpy(array));
  }
  const script = `${import.meta.dirname}/peers/gp_inference.py`;
  const args = [script, "--folder", folder, "--noise", String(NOISE), "--runs", "2"];
  const times = { ours: [] as number[], theirs: [] as number[] };
  const { prediction } = await ours();
  for (let round = 0; round < rounds; round++) {
    times.theirs.push(JSON.parse(await lastLine(python, args)).median_s);
    times.ours.push((await ours()).seconds);
  }
  const differences = await Promise.all(
    (["mean", "std"] as const).map(async (name) => {
      const expected = readNpy(await Deno.readFile(`${folder}/${name}.npy`));
      const is = prediction[name].data;
      // Standard deviations are of one output, which all share.
      const step = is.length / expected.size;
      return Math.max(...Array.from(expected.data, (value, i) => Math.abs(value - is[i * step])));
    }),
  );
  const { cpu, cores, deno, load } = machine();
  console.log(
    `${cpu}, ${cores} cores, Deno ${deno}, JAX ${JAX[0]}, load ${load}; medians of ${rounds} turns\n`,
  );
  console.log(tableHead(["inference", "JAX", "ours", "ratio", "largest difference"]));
  const [jax, us] = [median(times.theirs), median(times.ours)];
  console.log(row([
    `n = ${n}, ${outputs} outputs, mean and std at ${tests} points`,
    ...[`${jax.toFixed(2)} s`, `${us.toFixed(2)} s`, (jax / us).toFixed(2)],
    Math.max(...differences).toExponential(1),
  ]));
  if (Math.max(...differences) > 1e-8) throw new Error("The sides must agree");
} finally {
  await Deno.remove(folder, { recursive: true });
}
