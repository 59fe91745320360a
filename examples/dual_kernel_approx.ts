/** Dual kernels by Hermite expansion and by Monte Carlo, against the exact ones: error by degree and by width. */
import { dual, type NdArray, random } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { errorAgainstDegreePlot } from "./plots.ts";
import { progress } from "./progress.ts";

const options = parseOptions({
  seed: { type: "integer", default: 1, description: "seed of the inputs" },
  nTrain: { type: "integer", default: 1000, min: 1, description: "number of inputs" },
  nDim: { type: "integer", default: 256, min: 1, description: "features of each input" },
  act: {
    type: "string",
    default: "gelu",
    choices: ["gelu", "relu", "sin", "erf", "gaussian", "abs"],
    description: "activation",
  },
  numIters: { type: "integer", default: 10, min: 1, description: "number of repetitions with other inputs" },
  maxHiddens: {
    type: "integer",
    default: 65536,
    min: 32,
    description: "largest width of the Monte Carlo network",
  },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/dual_kernel_approx.ts [options]" });

/** Errors or times: one row a repetition, one column a degree or width. */
type Table = number[][];

const { seed, nTrain, nDim, act, numIters } = options;
for (
  const [name, value] of Object.entries({ seed, n_train: nTrain, n_dim: nDim, act, num_iters: numIters })
) {
  console.log(`${name.padEnd(15)} : ${value}`);
}

const start = performance.now();
const degrees = Array.from({ length: 19 }, (_, i) => i + 1);
const widths = Array.from({ length: 12 }, (_, i) => 2 ** (i + 5)).filter((width) =>
  width <= options.maxHiddens
);
const errors: Record<"hermite" | "mc", Table> = { hermite: [], mc: [] };
const times: Record<"hermite" | "mc", Table> = { hermite: [], mc: [] };

for (let i = 0; i < numIters; i++) {
  console.log(`\n[${i} / ${numIters}]`);
  await repetition(i);
  report(i);
}
writePlot();

/** Fills row i of the tables. */
async function repetition(i: number): Promise<void> {
  const scale = Math.sqrt(nDim);
  const x = random.normal(random.key(seed + 23 * i), [nTrain, nDim]);
  x.data.forEach((value, k) => x.data[k] = value / scale);
  console.log(`input shape : (${nTrain}, ${nDim}) | checksum : ${total(x)}`);
  const [exact, seconds] = await timed(() => dual.dualKernelExact(x, act));
  console.log(`${"Exact time".padEnd(15)} : ${seconds.toFixed(3)} sec`);
  console.log(`k_exact check sum : ${total(exact).toFixed(4)}`);

  const bar = progress("Approximations", degrees.length + widths.length);
  const attempt = async (kind: "hermite" | "mc", compute: () => Promise<NdArray>) => {
    const [kernel, elapsed] = await timed(compute);
    errors[kind][i].push(relativeError(exact, kernel));
    times[kind][i].push(elapsed);
    bar.update(errors.hermite[i].length + errors.mc[i].length);
  };
  for (const table of [errors, times]) table.hermite[i] = [], table.mc[i] = [];
  try {
    for (const degree of degrees) {
      await attempt("hermite", () => dual.dualKernelHermite(x, act, degree, { exactDiagonal: true }));
    }
    const key = random.key(seed + 19 * i);
    for (const numHiddens of widths) {
      await attempt("mc", () => dual.dualKernelEmpirical(x, key, { numHiddens, act }));
    }
  } finally {
    bar.stop();
  }
}

function report(i: number): void {
  const line = "-".repeat(140);
  const elapsed = ((performance.now() - start) / 1000).toFixed(4);
  console.log(`${i} / ${numIters} | time_elapsed : ${elapsed} sec`);
  console.log(`err_hermt: ${scientific(errors.hermite)}\nerr_mc   : ${scientific(errors.mc)}\n${line}`);
  console.log(`tim_hermt: ${scientific(times.hermite)}\ntim_mc   : ${scientific(times.mc)}\n${line}`);
}

/** The mean of each column, in Python's %.2e. */
function scientific(table: Table): string {
  const format = (value: number) => value.toExponential(2).replace(/e([+-])(\d)$/, "e$10$2");
  return columnMeans(table).map(format).join(", ");
}

function columnMeans(table: Table): number[] {
  return table[0].map((_, column) => table.reduce((sum, row) => sum + row[column], 0) / table.length);
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const from = performance.now();
  return [await work(), (performance.now() - from) / 1000];
}

function total({ data }: NdArray): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
}

/** ‖exact − kernel‖ / ‖exact‖ in the Frobenius norm. */
function relativeError(exact: NdArray, kernel: NdArray): number {
  const squares = (of: (k: number) => number) => {
    let sum = 0;
    for (let k = 0; k < exact.data.length; k++) sum += of(k) ** 2;
    return Math.sqrt(sum);
  };
  return squares((k) => exact.data[k] - kernel.data[k]) / squares((k) => exact.data[k]);
}

function writePlot(): void {
  Deno.mkdirSync(options.out, { recursive: true });
  const path = `${options.out}/dual_kernel_approx_${act}.svg`;
  const svg = errorAgainstDegreePlot([{
    name: "Hermite expansion",
    x: degrees,
    y: columnMeans(errors.hermite),
  }], {
    title: `Error of the ${act} dual kernel, ${nTrain} inputs of ${nDim} features`,
    xLabel: "Degree",
    yLabel: "Relative error (Frobenius)",
    logY: true,
  });
  Deno.writeTextFileSync(path, svg);
  console.log(`Wrote ${path}`);
}
