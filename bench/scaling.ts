/** How memory and time grow: the peak for a large NTK, a fit over n, a fit over the depth. */
import type { Setting } from "./alternate.ts";
import { measureOurs, measureTheirs } from "./children.ts";
import { growth, type GrowthTask } from "./growth.ts";
import { writeInputs, writeNetwork } from "./inputs.ts";
import { hiddenLayers } from "./workloads.ts";

/** Peak memory of a float64 ReLU NTK, in MiB. */
export interface Memory {
  readonly n: number;
  readonly backend: string;
  /** Over the same process before it read its inputs */
  readonly overIdle: number;
  readonly outputAndInputs: number;
  /** The peer's whole process, which holds the results of two calls */
  readonly peerPeak: number;
}

const relu = ["Relu", {}] as const;
const SIZES = [500, 1000, 2000, 4000, 8000];
const DEPTHS = [1, 2, 4, 8, 16];
const MIB = 2 ** 20;

/** Memory for 8000/shrink rows; times for 500 … 8000 rows (log–log fit) and 1 … 16 hidden layers (linear fit). */
export async function scaling(setting: Setting, shrink: number) {
  const sizes = SIZES.map((n) => n / shrink);
  return {
    memory: await memory(sizes.at(-1)!, setting),
    rows: await growth(sizes, setting, (n) => dense(n, 3), Math.log),
    depth: await growth(DEPTHS, setting, (depth) => dense(2000 / shrink, depth), (value) => value),
  };
}

function dense(n: number, depth: number): GrowthTask {
  return { net: hiddenLayers(relu, depth), n, batches: 1 };
}

async function memory(n: number, setting: Setting): Promise<Memory> {
  const { folder, backend, python } = setting;
  const net = await writeNetwork(hiddenLayers(relu), `${folder}/net.json`);
  const inputs = await writeInputs(n, 1, folder);
  const task = { ...inputs, net, get: "ntk", dtype: "float64", maxSeconds: 0 } as const;
  const ours = await measureOurs({ ...task, runs: 0 }, backend, `${folder}/cache`);
  const theirs = await measureTheirs({ ...task, runs: 1 }, python);
  const { size } = await Deno.stat(inputs.x1);
  return {
    n,
    backend: ours.backend,
    overIdle: ours.peak_rss_mib - ours.idle_rss_mib,
    outputAndInputs: (8 * n * n + size) / MIB,
    peerPeak: theirs.peak_rss_mib,
  };
}
