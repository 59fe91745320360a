/** Everything that is measured of convolutional kernels. */
import type { Setting } from "../alternate.ts";
import { attempt } from "../attempt.ts";
import { installPeers, JAX } from "../children.ts";
import { alternateImages, type ImageComparison } from "./alternate.ts";
import type { Peer } from "./in_turn.ts";
import { imageMemory } from "./memory.ts";
import type { Images } from "./report.ts";
import { imageScaling } from "./scaling.ts";
import { imageWorkloads } from "./workloads.ts";

/** What `--rows` selects of it. */
export const imageIds = [...imageWorkloads(false).map(({ id }) => id), "cnn-scaling", "cnn-memory"];

/** Measures the rows that are wanted. */
export async function measureImages(
  isWanted: (id: string) => boolean,
  setting: Setting,
  quick: boolean,
): Promise<Images> {
  const workloads = imageWorkloads(quick).filter(({ id }) => isWanted(id));
  const comparisons: ImageComparison[] = [];
  const peers = workloads.length > 0 ? await installAll() : [];
  for (const workload of workloads) {
    const comparison = await attempt(workload.id, () => alternateImages(workload, setting, peers));
    if (!comparison) continue;
    console.error(`${workload.id}: ratio ${comparison.ratio.toPrecision(3)}`);
    comparisons.push(comparison);
  }
  const scaling = isWanted("cnn-scaling")
    ? await attempt("cnn-scaling", () => imageScaling(setting, quick))
    : null;
  const memory = isWanted("cnn-memory")
    ? await attempt("cnn-memory", () => imageMemory(setting, quick))
    : null;
  return { comparisons, scaling, memory };
}

async function installAll(): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const jax of JAX) peers.push({ jax, python: await installPeers(jax) });
  return peers;
}
