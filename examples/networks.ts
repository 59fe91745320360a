/** Convolutional networks of the literature. Their widths are 1, as kernels of infinite networks do not depend on them. */
import { stax } from "../mod.ts";

/** Scales of all weights and biases of a network. */
export interface Weights {
  readonly wStd?: number;
  readonly bStd?: number;
}

const halve = stax.AvgPool([2, 2], { strides: [2, 2] });

/** `depth` × [Conv 3×3 SAME, `activation`]. */
export function cnn(depth: number, activation: stax.Network, weights: Weights = {}): stax.Network {
  return stax.serial(...hidden(depth, activation, weights));
}

/** How many convolutions a Myrtle network has before, between and after its first two poolings. */
const blocks = { 5: [2, 1, 1], 7: [2, 2, 2], 10: [3, 3, 3] };

/**
 * Myrtle-5, -7 or -10 for images of `size` × `size` pixels: convolutions as in `cnn` between two halvings of the image, then
 * its average and a linear layer; Shankar et al. 2020, "Neural Kernels Without Tangents" (arXiv:2003.02237).
 */
export function myrtle(
  depth: keyof typeof blocks,
  size: number,
  activation: stax.Network,
  weights: Weights = { wStd: Math.SQRT2 },
): stax.Network {
  const [first, second, third] = blocks[depth].map((count) => hidden(count, activation, weights));
  const average = averageOf(Math.floor(Math.floor(size / 2) / 2));
  return stax.serial(...first, halve, ...second, halve, ...third, ...average, stax.Dense(1, weights));
}

function hidden(depth: number, activation: stax.Network, weights: Weights): stax.Network[] {
  return Array(depth).fill([stax.Conv(1, [3, 3], { padding: "SAME", ...weights }), activation]).flat();
}

/** The average over an image: 8 × 8 pixels (of 32 × 32 at first) are halved three times, as the original does it. */
function averageOf(size: number): stax.Network[] {
  const halvings = Math.log2(size);
  return Number.isInteger(halvings)
    ? [...Array(halvings).fill(halve), stax.Flatten()]
    : [stax.GlobalAvgPool()];
}
