/** Milliseconds an NTK entry of the networks that the `neural_tangents` README measures, by backend and precision. */
import { type Availability, backends, type DType, type NdArray, random, stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { cnn, myrtle } from "./networks.ts";
import { type Milliseconds, millisecondsPlot } from "./plots.ts";

const names = ["cnn-gap", "cnn-flatten", "myrtle-5", "myrtle-7", "myrtle-10"] as const;

const options = parseOptions({
  network: { type: "string", default: "all", description: `some of ${names.join(", ")}, by commas` },
  act: { type: "string", default: "relu", choices: ["relu", "gelu"], description: "nonlinearity" },
  depth: {
    type: "integer",
    default: 21,
    min: 1,
    max: 100,
    description: "convolutional layers of the plain networks",
  },
  size: { type: "integer", default: 32, min: 4, max: 128, description: "pixels a side, with 3 channels" },
  backend: {
    type: "string",
    default: "all",
    description: "native, reference, webgpu, or all but emulations",
  },
  dtype: { type: "string", default: "all", choices: ["all", "float64", "float32"], description: "precision" },
  seconds: { type: "number", default: 5, min: 0, max: 3600, description: "how long to measure each" },
  pairs: { type: "integer", default: 65536, min: 1, max: 1e8, description: "at most so many pairs a call" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/kernel_benchmark.ts [options]" });

const activation = { relu: stax.Relu(), gelu: stax.Gelu() }[options.act];
const plain = cnn(options.depth, activation);
const networks: Record<typeof names[number], { title: string; network: stax.Network }> = {
  "cnn-gap": {
    title: `${options.depth} × [Conv, ${options.act}] + GAP`,
    network: stax.serial(plain, stax.GlobalAvgPool()),
  },
  "cnn-flatten": {
    title: `${options.depth} × [Conv, ${options.act}] + Flatten`,
    network: stax.serial(plain, stax.Flatten()),
  },
  "myrtle-5": { title: `Myrtle-5, ${options.act}`, network: myrtle(5, options.size, activation) },
  "myrtle-7": { title: `Myrtle-7, ${options.act}`, network: myrtle(7, options.size, activation) },
  "myrtle-10": { title: `Myrtle-10, ${options.act}`, network: myrtle(10, options.size, activation) },
};
/** How many calls are to share the time of a measurement. */
const CALLS = 8;
let batches = 0;

const chosen = chosenNetworks();
const available = await chosenBackends();
console.log(`NNGP and NTK of images of ${options.size} × ${options.size} × 3, x1 ≠ x2`);
for (const { name, device } of available) console.log(`${name}: ${device}`);
console.log(tableRow("network", "backend", "dtype", "ms an entry", "pairs a call", "60 000 images"));
const rows: Milliseconds[] = [];
for (const { title, network } of chosen) {
  for (const { name, dtypes } of available) {
    for (const dtype of dtypes.filter((dtype) => options.dtype === "all" || dtype === options.dtype)) {
      const { milliseconds, pairs } = await measure(network, name, dtype);
      rows.push({ network: title, backend: name, dtype, milliseconds });
      // The kernel of a data set with itself has n²/2 entries to compute.
      const hours = milliseconds / 3.6e6 * 60_000 ** 2 / 2;
      const figures = [
        String(Number(milliseconds.toPrecision(3))),
        String(pairs),
        `${Number(hours.toPrecision(3))} h`,
      ];
      console.log(tableRow(title, name, dtype, ...figures));
    }
  }
}
savePlot();

/** Milliseconds an entry: the median of calls on new data, after one in the same shape that nobody times. */
async function measure({ kernelFn }: stax.Network, backend: string, dtype: DType) {
  const seconds = async (count: number) => {
    const [x1, x2] = [images(count, dtype), images(count, dtype)];
    const start = performance.now();
    await kernelFn(x1, x2, ["nngp", "ntk"], { backend, dtype });
    return (performance.now() - start) / 1000;
  };
  const count = await batchSize(seconds);
  const times: number[] = [];
  for (let spent = 0; spent < options.seconds || times.length === 0; spent += times.at(-1)!) {
    times.push(await seconds(count));
  }
  const pairs = count ** 2;
  return { milliseconds: 1000 * times.sort((a, b) => a - b)[times.length >> 1] / pairs, pairs };
}

/** Images a side of a call: as many as make it cheaper an entry, or as its share of the time allows. */
async function batchSize(seconds: (count: number) => Promise<number>): Promise<number> {
  await seconds(1);
  let [count, call] = [1, await seconds(1)];
  while (call < options.seconds && 4 * count ** 2 <= options.pairs) {
    const larger = await seconds(2 * count);
    // Pairs that fill idle lanes and cores cost next to nothing; those after them cost what they should.
    const isCheaper = larger / 4 < 0.8 * call;
    if (!isCheaper && call > options.seconds / CALLS) break;
    [count, call] = [2 * count, larger];
  }
  return count;
}

/** Images of standard normal numbers, others in every call. */
function images(count: number, dtype: DType): NdArray {
  return random.normal(random.key(batches++), [count, options.size, options.size, 3], { dtype });
}

function chosenNetworks() {
  const parts = options.network === "all" ? names : options.network.split(",");
  return parts.map((part) => {
    const name = names.find((name) => name === part);
    return name ? networks[name] : fail("--network", ["all", ...names], part);
  });
}

/** What is available here; a software emulation of a GPU only when asked for. */
async function chosenBackends(): Promise<Availability[]> {
  const all = await backends();
  if (options.backend === "all") return all.filter(({ fast, dtypes }) => fast && dtypes.length > 0);
  const one = all.find(({ name }) => name === options.backend);
  if (!one) return fail("--backend", ["all", ...all.map(({ name }) => name)], options.backend);
  if (one.dtypes.length > 0) return [one];
  console.error(`Cannot measure ${one.name} as ${one.reason}`);
  Deno.exit(1);
}

function fail(flag: string, known: string[], value: string): never {
  console.error(`Cannot read ${flag} as it must be one of ${known.join(", ")}: current value is ${value}`);
  Deno.exit(2);
}

function tableRow(network: string, backend: string, dtype: string, ...figures: string[]): string {
  const cells = [network.padEnd(28), backend.padEnd(10), dtype.padEnd(8)];
  return [...cells, ...figures.map((figure) => figure.padStart(13))].join(" ");
}

function savePlot(): void {
  Deno.mkdirSync(options.out, { recursive: true });
  const path = `${options.out}/kernel_benchmark.svg`;
  const title = `Kernels of ${options.size} × ${options.size} × 3 images: milliseconds an entry`;
  Deno.writeTextFileSync(path, millisecondsPlot(rows, { title }));
  console.log(`Wrote ${path}`);
}
