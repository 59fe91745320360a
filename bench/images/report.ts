/** The convolutional part of the report, in Markdown. */
import { JAX } from "../children.ts";
import { row, seconds, tableHead } from "../format.ts";
import type { Agreement } from "./agreement.ts";
import type { ImageComparison } from "./alternate.ts";
import type { ImageMemory } from "./memory.ts";
import type { ImageGrowth } from "./scaling.ts";

/** Everything that one run measured of convolutional kernels. */
export interface Images {
  readonly comparisons: readonly ImageComparison[];
  readonly scaling: readonly ImageGrowth[] | null;
  readonly memory: ImageMemory | null;
}

const header = [
  "network",
  "dtype",
  "backend",
  "images (peer)",
  "first call (new)",
  "ms an entry",
  "wanted",
  ...JAX.map((jax) => `peer, JAX ${jax}`),
  "ratio",
  "wanted",
  "difference",
];

/** The paragraphs and the table. */
export function imagesText({ comparisons, scaling, memory }: Images): string[] {
  return [
    ...(comparisons.length > 0 ? [comparisonsText(comparisons)] : []),
    ...(scaling ? [scaling.map(growthText).join("\n\n")] : []),
    ...(memory ? [memoryText(memory)] : []),
  ];
}

function comparisonsText(comparisons: readonly ImageComparison[]): string {
  const [{ workload: { size }, peers }] = comparisons;
  const version = peers.find(({ neuralTangents }) => neuralTangents)?.neuralTangents ?? "?";
  return [
    `NNGP and NTK together, images of ${size} × ${size} × 3, x1 ≠ x2; peer: neural_tangents ${version}, the ratio is that of ` +
    "the faster JAX. Differences are relative to the largest entry, over the images that the peer computes, from the " +
    "faster one: at most 1e-9 in float64 and 1e-5 in float32. A peer in float32 that is itself off by more than that from " +
    "our float64 (or crashed) is no judge: the difference is then from our float64, which the row in float64 compares.",
    [tableHead(header), ...comparisons.map(tableRow)].join("\n"),
  ].join("\n\n");
}

function tableRow(
  { workload, backend, ours, milliseconds, peers, ratio, agreement }: ImageComparison,
): string {
  const { title, dtype, n, peerN, wanted } = workload;
  return row([
    title,
    dtype,
    backend,
    `${n} × ${n} (${peerN} × ${peerN})`,
    seconds(ours.firstNew),
    milliseconds.toPrecision(3),
    wanted.milliseconds === undefined ? "" : `≤ ${wanted.milliseconds}`,
    ...peers.map(({ failure, milliseconds }) => failure ?? milliseconds.toPrecision(3)),
    Number.isNaN(ratio) ? "–" : ratio.toPrecision(3),
    `≥ ${wanted.ratio}`,
    differenceText(agreement),
  ]);
}

function differenceText({ fromPeer, fromFloat64, peerFromFloat64, judge, agrees }: Agreement): string {
  const [peer, ours, peerError] = [fromPeer, fromFloat64, peerFromFloat64].map((value) =>
    value === null ? "–" : value.toExponential(1)
  );
  const texts = {
    peer: fromFloat64 === null ? peer : `${peer}; from float64: ours ${ours}, peer ${peerError}`,
    float64: `${ours} from our float64; peer ${peerError}`,
  };
  return `${texts[judge]}${agrees ? "" : " **disagrees**"}`;
}

function growthText({ over, wanted, backend, sizes, seconds: times, line }: ImageGrowth): string {
  const points = sizes.map((size, i) => `${size}: ${seconds(times[i])}`).join(", ");
  return `Time over ${over} (${backend}; ${points}): exponent ${
    line.slope.toFixed(2)
  } (wanted ${wanted}), R² = ${line.explained.toFixed(4)}.`;
}

function memoryText({ n, size, depth, peak, idle, wanted }: ImageMemory): string {
  return `Peak memory of the whole process, NTK of ${n} × ${n} images of ${size} × ${size} × 3, ${depth} × [Conv 3×3 SAME, ReLU] ` +
    `+ GlobalAvgPool, float64, native: ${peak.toFixed(0)} MiB (wanted < ${wanted}), of which ${
      idle.toFixed(0)
    } before it read its inputs.`;
}
