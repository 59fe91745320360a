/**
 * Times this tree beside an earlier one: the workloads of `bench:peers`, a process a side in turn, `git worktree add DIR COMMIT` first.
 *
 * Processes of one commit differ by 10 to 30 % on shared machines, calls of one process by much less: so there are many short
 * processes, and what is compared are the medians over them and the least time of all calls.
 */
import { parseOptions } from "../examples/cli.ts";
import * as here from "./children.ts";
import { row, seconds, tableHead } from "./format.ts";
import { imageWorkloads } from "./images/workloads.ts";
import { type Inputs, writeInputs, writeNetwork } from "./inputs.ts";
import { machine } from "./machine.ts";
import type { Measurement } from "./ours.ts";
import { processSeconds } from "./start_up.ts";
import { median } from "./statistics.ts";
import { type OurSide, ourSide } from "./summary.ts";
import { workloads } from "./workloads.ts";

const { rows, before, rounds } = parseOptions({
  before: { type: "string", default: "", description: "folder of the earlier tree" },
  rows: { type: "string", default: "", description: "workloads whose ids contain one of these, by commas" },
  rounds: { type: "integer", default: 6, min: 1, description: "processes a side" },
}, { usage: "deno task bench:before --before DIR [options]" });

/** Seconds after which a process makes no further call. */
const SECONDS = 2;
/** Images a side: an entry takes up to 40 ms. */
const IMAGES = 12;

interface Row {
  readonly id: string;
  readonly backend: string;
  /** Writes what both sides read */
  readonly task: (folder: string) => Promise<here.Task>;
}

const ofVectors = workloads(1).map(({ id, n, dtype, distinct, nets, backend = "auto" }): Row => ({
  id,
  backend,
  task: async (folder) => taskOf(await writeInputs(n, distinct ? 2 : 1, folder), nets.ours, dtype, folder),
}));
const ofImages = imageWorkloads(false).map(({ id, size, dtype, net }): Row => ({
  id,
  backend: "auto",
  task: async (folder) => taskOf(await writeInputs(IMAGES, 2, folder, [size, size, 3]), net, dtype, folder),
}));

async function taskOf(
  inputs: Inputs,
  net: Parameters<typeof writeNetwork>[0],
  dtype: here.Task["dtype"],
  folder: string,
): Promise<here.Task> {
  const path = await writeNetwork(net, `${folder}/net.json`);
  return { ...inputs, net: path, dtype, runs: 1000, maxSeconds: SECONDS };
}

interface Side extends OurSide {
  /** Import and first call with an empty cache: everything is compiled */
  readonly empty: number;
  /** Import and first call with the compiled code of an earlier process */
  readonly start: number;
}

/** Both sides of a row in turn; a first call with an empty cache in every round, as single ones differ by up to 50 %. */
async function measured({ task, backend }: Row): Promise<readonly Side[]> {
  const folder = await Deno.makeTempDir();
  const inputs = await task(folder);
  const processes: Measurement[][] = [[], []];
  const empty: number[][] = [[], []];
  const starts: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      empty[side].push(await startOf(roots[side], inputs, backend, `${folder}/empty${side}-${round}`));
      processes[side].push(await sides[side].measureOurs(inputs, backend, `${folder}/cache${side}`));
      for (let k = 0; k < 2; k++) {
        starts[side].push(await startOf(roots[side], inputs, backend, `${folder}/cache${side}`));
      }
    }
  }
  await Deno.remove(folder, { recursive: true });
  return processes.map((of, side) => ({
    ...ourSide(of),
    empty: median(empty[side]),
    start: median(starts[side]),
  }));
}

async function startOf(
  root: string,
  { net, dtype, x1, x2 }: here.Task,
  backend: string,
  cache: string,
): Promise<number> {
  const script = `${import.meta.dirname}/first_call.ts`;
  const args = ["run", "-A", "--no-check", script, root, net, dtype, backend, x1, ...(x2 ? [x2] : [])];
  return Number(await here.lastLine(Deno.execPath(), args, { XDG_CACHE_HOME: cache, DENO_DIR: dir }));
}

/** Whole processes of the example `elementwise`, which start, compute once and end. */
async function startUps(): Promise<number[][]> {
  const times: number[][] = [[], []];
  for (let run = 0; run <= 3 * rounds; run++) {
    for (const [side, root] of roots.entries()) {
      const time = await processSeconds(Deno.execPath(), ["run", "-A", `${root}/examples/elementwise.ts`]);
      if (run > 0) times[side].push(time);
    }
  }
  return times;
}

/** Before, after and their ratio. */
const cells = (a: number, b: number) => [seconds(a), seconds(b), (b / a).toFixed(2)];
const columns = {
  "import and first call, empty cache": "empty",
  "import and first call, cached": "start",
  "steady, median": "steady",
  "steady, least": "best",
} as const;

if (!before) throw new TypeError("Cannot compare as before must be a folder: current value is none");
const all = [...ofVectors, ...ofImages];
const chosen = all.filter(({ id }) => rows.split(",").some((part) => id.includes(part)));
if (chosen.length === 0) {
  const ids = all.map(({ id }) => id).join(", ");
  throw new TypeError(`Cannot compare as rows must be parts of ${ids}: current value is "${rows}"`);
}
const roots = [await Deno.realPath(before), await Deno.realPath(`${import.meta.dirname}/..`)];
const there: typeof here = await import(`file://${roots[0]}/bench/children.ts`);
const sides = [there, here];
const dir = await here.denoDir();
const { cpu, cores, deno, load } = machine();
console.log(`${cpu}, ${cores} cores, Deno ${deno}, load ${load}; ${rounds} processes a side\n`);
const titles = Object.keys(columns).flatMap((column) => [`${column}: before`, "after", "ratio"]);
console.log(tableHead(["workload", ...titles]));
for (const one of chosen) {
  const [a, b] = await measured(one);
  console.log(row([one.id, ...Object.values(columns).flatMap((column) => cells(a[column], b[column]))]));
}
const [a, b] = await startUps();
console.log(`\nProcess of the example elementwise: ${cells(median(a), median(b)).join(" | ")}`);
