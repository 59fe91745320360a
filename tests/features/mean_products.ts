/** Whether products of features are the kernels of a network in the mean over keys. */
import type { NdArray } from "../../mod.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { assert } from "../assert.ts";
import { NAMES } from "./position_networks.ts";

type Both = Readonly<Record<typeof NAMES[number], NdArray>>;

const KEYS = 200;

/** Fails unless every mean over 200 seeds is the entry of the kernel within four standard errors. */
export async function assertMeanProducts(kernel: Both, map: (seed: number) => Promise<Both>): Promise<void> {
  const { size } = kernel.nngp;
  const sums = { nngp: new Float64Array(size), ntk: new Float64Array(size) };
  const squares = { nngp: new Float64Array(size), ntk: new Float64Array(size) };
  for (let seed = 0; seed < KEYS; seed++) {
    const mapped = await map(seed);
    for (const of of NAMES) {
      matmulTransposed(mapped[of], mapped[of]).data.forEach((product, i) => {
        sums[of][i] += product / KEYS;
        squares[of][i] += product ** 2 / KEYS;
      });
    }
  }
  for (const of of NAMES) {
    kernel[of].data.forEach((wanted, i) => {
      const error = Math.sqrt(Math.max(0, squares[of][i] - sums[of][i] ** 2) / KEYS);
      const off = Math.abs(sums[of][i] - wanted);
      assert(off <= 4 * error, `${of}[${i}]: ${sums[of][i]} must be ${wanted} ± ${error}`);
    });
  }
}
