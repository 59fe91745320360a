/** The tables of the side-by-side run, in Markdown. */
import type { Comparison } from "./alternate.ts";
import type { Difference } from "./compare.ts";
import { row, seconds, tableHead } from "./format.ts";
import type { Growth } from "./growth.ts";
import { type Images, imagesText } from "./images/report.ts";
import type { Machine } from "./machine.ts";
import type { scaling } from "./scaling.ts";
import type { StartUp } from "./start_up.ts";

/** Everything that one run measured. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly comparisons: readonly Comparison[];
  readonly startUp: StartUp | null;
  readonly scaling: Awaited<ReturnType<typeof scaling>> | null;
  readonly images: Images;
}

const header = [
  "workload",
  "dtype",
  "n",
  "backend",
  "first call (new)",
  "first call (cached; × steady)",
  "steady",
  "peer: first call",
  "peer: steady",
  "ratio",
  "wanted",
  "difference (diagonal)",
];

function tableRow(
  { workload, backend, ours, theirs, ratio, difference, peerError, agrees }: Comparison,
) {
  const note = peerError ? `; peer: ${worst(peerError)}` : "";
  return row([
    workload.title,
    workload.dtype,
    String(workload.n),
    backend,
    seconds(ours.firstNew),
    `${seconds(ours.firstCached)} (${(ours.firstCached / ours.steady).toFixed(1)} ×)`,
    seconds(ours.steady),
    seconds(theirs.first),
    seconds(theirs.steady),
    ratio.toPrecision(3),
    `≥ ${workload.wanted}`,
    `${worst(difference)}${note}${agrees ? "" : " **disagrees**"}`,
  ]);
}

/** The whole report. */
export function markdown({ date, machine, comparisons, startUp, scaling, images }: Report): string {
  const { cpu, cores, memoryGib, os, deno, v8, load } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGib} GiB, ${os}; Deno ${deno}, V8 ${v8}; ${date}, load ${
      load.toFixed(1)
    } at the start. Times are medians, those of fits minima; memory is touched before each process starts.`,
    ...(comparisons.length > 0 ? [comparisonsText(comparisons)] : []),
    ...(startUp ? [startUpText(startUp)] : []),
    ...(scaling ? [scalingText(scaling)] : []),
    ...imagesText(images),
  ].join("\n\n") + "\n";
}

function comparisonsText(comparisons: readonly Comparison[]): string {
  const { jax, neuralTangents } = comparisons[0].versions;
  const peer = `peer: neural_tangents ${neuralTangents} on JAX ${jax}`;
  const table = [tableHead(header), ...comparisons.map(tableRow)].join("\n");
  return `NNGP and NTK together, three hidden layers, 256 features; ${peer}.\n\n${table}`;
}

function startUpText({ runs, ours, theirs, ratio }: StartUp): string {
  return `Whole process of the example \`elementwise\`, caches warm, median of ${runs}: ${
    seconds(ours)
  }, peer ` +
    `${seconds(theirs)}: ratio ${ratio.toPrecision(3)} (wanted ≥ 10).`;
}

function scalingText({ memory, rows, depth }: NonNullable<Report["scaling"]>): string {
  const limit = memory.outputAndInputs + 64;
  return [
    `Peak memory over an idle process, ReLU NTK, float64, n = ${memory.n}, ${memory.backend}: ` +
    `${memory.overIdle.toFixed(0)} MiB of at most ${limit.toFixed(0)} (output + inputs + 64); ` +
    `whole process of the peer, two calls: ${memory.peerPeak.toFixed(0)} MiB.`,
    `Time over n (${times(rows)}): grows as n^${rows.line.slope.toFixed(2)}, R² = ${
      rows.line.explained.toFixed(4)
    }.`,
    `Time over hidden layers (${times(depth)}): ${seconds(depth.line.slope)} a layer, R² = ${
      depth.line.explained.toFixed(4)
    }.`,
  ].join("\n\n");
}

const times = ({ backend, sizes, seconds: values }: Growth) =>
  `${backend}; ${sizes.map((size, i) => `${size}: ${seconds(values[i])}`).join(", ")}`;

/** The largest differences of all kernels: off the diagonal, and on it where there is one. */
function worst(differences: Record<string, Difference>): string {
  const largest = (field: keyof Difference) => Math.max(...Object.values(differences).map((d) => d[field]));
  const [off, diagonal] = [largest("offDiagonal"), largest("diagonal")];
  return diagonal === 0 ? off.toExponential(1) : `${off.toExponential(1)} (${diagonal.toExponential(1)})`;
}
