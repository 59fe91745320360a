/**
 * Times this toolkit beside `neural_tangents` on JAX: the same data, a process a side in turn, results compared.
 *
 * Prints a table; `--json` writes it and all figures to `bench/results/`. Fails if results disagree, not if we are slow.
 */
import { parseOptions } from "../examples/cli.ts";
import { alternate, type Comparison, type Setting } from "./alternate.ts";
import { attempt } from "./attempt.ts";
import { installPeers, JAX } from "./children.ts";
import { imageIds, measureImages } from "./images/measure.ts";
import { machine } from "./machine.ts";
import { markdown, type Report } from "./report.ts";
import { scaling } from "./scaling.ts";
import { startUp } from "./start_up.ts";
import { workloads } from "./workloads.ts";

const options = parseOptions({
  rows: {
    type: "string",
    default: "all",
    description:
      "workloads whose ids contain one of these, by commas; also startup, scaling, cnn-memory, cnn-scaling",
  },
  backend: { type: "string", default: "auto", description: "backend of the rows that do not name one" },
  quick: { type: "boolean", default: false, description: "fewer rows, smaller images, one process a side" },
  json: { type: "boolean", default: false, description: "write the figures to bench/results/" },
}, { usage: "deno task bench:peers [options]" });

const known = [...workloads(1).map(({ id }) => id), "startup", "scaling", ...imageIds];
for (const part of options.rows === "all" ? [] : options.rows.split(",")) {
  if (!known.some((id) => id.includes(part))) {
    console.error(
      `Cannot run the bench as rows must be parts of ${known.join(", ")}: current value is ${part}`,
    );
    Deno.exit(2);
  }
}
const folder = await Deno.makeTempDir();
try {
  const report = await measure();
  console.log(markdown(report));
  if (options.json) await save(report);
  const all = [...report.comparisons, ...report.images.comparisons.map(({ agreement }) => agreement)];
  if (!all.every(({ agrees }) => agrees)) Deno.exitCode = 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function measure(): Promise<Report> {
  const start = machine();
  const setting: Setting = {
    python: await installPeers(JAX[0]),
    backend: options.backend,
    folder,
    rounds: options.quick ? 1 : 2,
    // The first few calls of a process touch fresh memory: the steady state comes after them, in the same time on either side.
    runs: 60,
    maxSeconds: 6,
  };
  const shrink = options.quick ? 10 : 1;
  const comparisons: Comparison[] = [];
  for (const workload of workloads(shrink).filter(({ id }) => isWanted(id))) {
    const comparison = await attempt(workload.id, () => alternate(workload, setting));
    if (!comparison) continue;
    console.error(`${workload.id}: ratio ${comparison.ratio.toPrecision(3)}`);
    comparisons.push(comparison);
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: start,
    comparisons,
    startUp: isWanted("startup")
      ? await attempt("startup", () => startUp(setting.python, folder, options.quick ? 3 : 7))
      : null,
    scaling: isWanted("scaling") ? await attempt("scaling", () => scaling(setting, shrink)) : null,
    images: await measureImages(isWanted, setting, options.quick),
  };
}

function isWanted(id: string): boolean {
  return options.rows === "all" || options.rows.split(",").some((part) => id.includes(part));
}

async function save(report: Report): Promise<void> {
  const cpu = report.machine.cpu.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const name = `${report.date}-${cpu}${options.quick ? "-quick" : ""}`;
  const folder = `${import.meta.dirname}/results`;
  const path = `${folder}/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await Deno.writeTextFile(`${path}.md`, markdown(report));
  console.log(`Written: ${path}.json, ${path}.md`);
}
