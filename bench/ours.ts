/**
 * Times one kernel here and prints one JSON line, as `kernel.py` of the Python peers does.
 *
 * Inputs are in memory, in the wanted precision, before any clock starts; the first call is timed apart.
 */
import process from "node:process";
import { backends, type DType, NdArray, readNpy, writeNpy } from "../mod.ts";
import { parseOptions } from "../examples/cli.ts";
import { build } from "../tests/networks.ts";
import { median } from "./statistics.ts";

/** What one process measured; the names are those of the peers. */
export interface Measurement {
  readonly backend: string;
  /** Calls after the first one */
  readonly runs: number;
  readonly first_call_s: number;
  /** Of the calls after the first one; of the first one if there are none */
  readonly median_s: number;
  readonly min_s: number;
  /** Largest resident set of the process, and the largest before it read its inputs */
  readonly peak_rss_mib: number;
  readonly idle_rss_mib: number;
  /** The error that numerical nonlinearities report */
  readonly numerical_error: number;
}

interface Options {
  net: string;
  x1: string;
  x2: string;
  get: string;
  dtype: DType;
  backend: string;
  runs: number;
  maxSeconds: number;
  out: string;
}

const file = { type: "string", default: "" } as const;
const options: Options = parseOptions({
  net: { ...file, description: "network in the fixtures' JSON form" },
  x1: { ...file, description: ".npy file" },
  x2: { ...file, description: ".npy file; x1 if it is left out" },
  get: { type: "string", default: "nngp,ntk", description: "what to compute" },
  dtype: { type: "string", choices: ["float64", "float32"], default: "float64", description: "precision" },
  backend: { type: "string", default: "auto", description: "backend" },
  runs: { type: "integer", default: 5, min: 0, description: "calls after the first one" },
  maxSeconds: { type: "number", default: 120, min: 0, description: "no further call after that time" },
  out: { ...file, description: "folder for the results" },
}, { usage: "deno run -A bench/ours.ts --net net.json --x1 x1.npy" });
console.log(JSON.stringify(await measure(options)));

async function measure({ net, x1, x2, get, dtype, backend, runs, maxSeconds, out }: Options) {
  const idle = peakRss();
  const { kernelFn } = build(JSON.parse(Deno.readTextFileSync(net)));
  const names = get.split(",") as ("nngp" | "ntk")[];
  const [a, b] = [read(x1, dtype), x2 ? read(x2, dtype) : null];
  const call = () => kernelFn(a, b, [...names, "numericalError"], { dtype, backend });
  let [result, first] = await timed(call);
  // As in Python, where a result goes when its name is bound to another one.
  const replaced = async () => {
    const next = await call();
    for (const name of names) result[name][Symbol.dispose]();
    return next;
  };
  const seconds: number[] = [];
  const start = performance.now();
  while (seconds.length < runs && (seconds.length === 0 || performance.now() - start < 1000 * maxSeconds)) {
    const [next, elapsed] = await timed(replaced);
    result = next;
    seconds.push(elapsed);
  }
  const peak = peakRss();
  if (out) { for (const name of names) write(out, name, result[name]); }
  const steady = seconds.length > 0 ? seconds : [first];
  const measurement: Measurement = {
    backend: backend === "auto" ? await fastest(dtype) : backend,
    runs: seconds.length,
    first_call_s: first,
    median_s: median(steady),
    min_s: Math.min(...steady),
    peak_rss_mib: peak,
    idle_rss_mib: idle,
    numerical_error: result.numericalError,
  };
  return measurement;
}

async function timed<T>(call: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const start = performance.now();
  const result = await call();
  return [result, (performance.now() - start) / 1000];
}

function read(path: string, dtype: DType): NdArray {
  const { data, shape } = readNpy(Deno.readFileSync(path));
  return new NdArray(dtype === "float32" ? Float32Array.from(data) : data, shape);
}

function write(folder: string, name: string, values: NdArray): void {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeFileSync(`${folder}/${name}.npy`, writeNpy(values));
}

/** The backend that `auto` takes. */
async function fastest(dtype: DType): Promise<string> {
  return (await backends()).find(({ fast, dtypes }) => fast && dtypes.includes(dtype))!.name;
}

/** The largest resident set so far, in MiB. Linux counts that of the parent in `maxRSS`, so it is read from /proc there. */
function peakRss(): number {
  if (Deno.build.os !== "linux") return process.resourceUsage().maxRSS / 1024;
  const [, kib] = Deno.readTextFileSync("/proc/self/status").match(/VmHWM:\s+(\d+)/)!;
  return Number(kib) / 1024;
}
