/** How the time of convolutional kernels grows with depth, pairs and pixels: exponents of power laws. */
import { stax } from "../../mod.ts";
import { cnn } from "../../examples/networks.ts";
import type { Setting } from "../alternate.ts";
import { type Growth, growth, type GrowthTask } from "../growth.ts";
import { specOf } from "./spec.ts";

/** One power law. */
export interface ImageGrowth extends Growth {
  readonly over: string;
  /** What the exponent should be */
  readonly wanted: number;
}

const DEPTH = 3;
const DEPTHS = [4, 8, 16, 32];
/** A vector holds the pairs of 8 images of x2: of fewer, lanes stay empty, and the time is that of 8. */
const BATCHES = [8, 16, 32, 64];
const SIDES = [16, 24, 32, 48, 64];

/** Four power laws, NNGP and NTK in float64; images of a quarter of the width if it has to be quick. */
export async function imageScaling(setting: Setting, quick: boolean): Promise<ImageGrowth[]> {
  const [side, sides] = quick ? [8, SIDES.map((side) => side / 4)] : [32, SIDES];
  const law = async (
    over: string,
    wanted: number,
    sizes: readonly number[],
    task: (size: number) => GrowthTask,
  ) => ({ over, wanted, ...await growth(sizes, setting, task, Math.log) });
  const pixels = sides.map((side) => side ** 2);
  const [gap, flatten] = [stax.GlobalAvgPool(), stax.Flatten()];
  return [
    await law("depth", 1, DEPTHS, (depth) => task(8, side, depth, gap)),
    await law("pairs", 1, BATCHES.map((n) => n ** 2), (pairs) => task(Math.sqrt(pairs), side, DEPTH, gap)),
    await law("pixels, GlobalAvgPool", 2, pixels, (count) => task(8, Math.sqrt(count), DEPTH, gap)),
    await law("pixels, Flatten", 1, pixels, (count) => task(64, Math.sqrt(count), DEPTH, flatten)),
  ];
}

function task(n: number, side: number, depth: number, end: stax.Network): GrowthTask {
  const net = specOf(stax.serial(cnn(depth, stax.Relu()), end));
  return { net, n, batches: 2, shape: [side, side, 3] };
}
