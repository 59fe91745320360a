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

type Measure = typeof here.measureOurs;

/** Both sides of a row, the first process of each with an empty cache; they change turns. */
async function measured({ task, backend }: Row, sides: readonly Measure[]): Promise<readonly OurSide[]> {
  const folder = await Deno.makeTempDir();
  const inputs = await task(folder);
  const processes: Measurement[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      processes[side].push(await sides[side](inputs, backend, `${folder}/cache${side}`));
    }
  }
  await Deno.remove(folder, { recursive: true });
  return processes.map((of) => ourSide(of));
}

/** Whole processes of the example `elementwise`, which start, compute once and end. */
async function startUps(): Promise<number[][]> {
  const times: number[][] = [[], []];
  for (let run = 0; run <= 3 * rounds; run++) {
    for (const [side, root] of [before, `${import.meta.dirname}/..`].entries()) {
      const start = performance.now();
      await here.lastLine(Deno.execPath(), ["run", "-A", `${root}/examples/elementwise.ts`]);
      if (run > 0) times[side].push((performance.now() - start) / 1000);
    }
  }
  return times;
}

/** Before, after and their ratio. */
const cells = (a: number, b: number) => [seconds(a), seconds(b), (b / a).toFixed(2)];
const kinds = { "first call (new)": "firstNew", "first call (cached)": "firstCached" } as const;
const columns = [...Object.keys(kinds), "steady, median", "steady, least"];

if (!before) throw new TypeError("Cannot compare as before must be a folder: current value is none");
const there: typeof here = await import(`file://${await Deno.realPath(before)}/bench/children.ts`);
const { cpu, cores, deno, load } = machine();
console.log(`${cpu}, ${cores} cores, Deno ${deno}, load ${load}; ${rounds} processes a side\n`);
console.log(tableHead(["workload", ...columns.flatMap((column) => [`${column}: before`, "after", "ratio"])]));
for (const one of [...ofVectors, ...ofImages]) {
  if (!rows.split(",").some((part) => one.id.includes(part))) continue;
  const [a, b] = await measured(one, [there.measureOurs, here.measureOurs]);
  const firsts = Object.values(kinds).flatMap((kind) => cells(a[kind], b[kind]));
  console.log(row([one.id, ...firsts, ...cells(a.steady, b.steady), ...cells(a.best, b.best)]));
}
const [a, b] = await startUps();
console.log(`\nProcess of the example elementwise: ${cells(median(a), median(b)).join(" | ")}`);
