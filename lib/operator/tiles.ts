/** `tiles`: a kernel that does not fit in memory, block by block. */
import { type ArrayInput, ownArray } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import { requireObject } from "../options.ts";
import type { BlockFn } from "./blocks.ts";
import type { Tile, TilesOptions } from "./options.ts";

/**
 * The NNGP kernel E[f(x1ᵢ) f(x2ⱼ)], or the NTK Θ(x1ᵢ, x2ⱼ), block by block as they are done, so that no more than one has to be in
 * memory. Blocks come row by row; of `x2 = null`, which stands for x1, only those on and below the diagonal, where the ones on it are
 * symmetric.
 *
 * A block is computed when it is asked for. `using tile = …` or `tile.kernel[Symbol.dispose]()` gives its memory to the next one.
 *
 * @param kernelFn that of a network, or a function like it
 * @param x1 points along its first axis
 * @param x2 others, or null for x1
 * @param get `"nngp"` or `"ntk"`
 * @throws {TypeError} for what is no `kernelFn`, no array, or a network whose outputs keep positions.
 * @throws {RangeError} for `rows` that is no positive integer, and for bad values of the other options.
 * @throws {UnsupportedError} for a network whose batch is not the first axis.
 *
 * @example The sum of a kernel of which no more than 2 × 2 entries are in memory
 * ```ts
 * import { Dense } from "../stax/mod.ts";
 * import { tiles } from "./tiles.ts";
 *
 * let [sum, blocks] = [0, 0];
 * for await (const { rows, cols, kernel } of tiles(Dense(1).kernelFn, [[1], [2], [3]], null, "nngp", { rows: 2 })) {
 *   const times = rows[0] === cols[0] ? 1 : 2;
 *   for (const entry of kernel.data) sum += times * entry;
 *   blocks++;
 * }
 * if (sum !== (1 + 2 + 3) ** 2 || blocks !== 3) throw new Error("Σᵢⱼ xᵢ·xⱼ, of the blocks below the diagonal");
 * ```
 */
export function tiles(
  kernelFn: KernelFn | BlockFn,
  x1: ArrayInput,
  x2: ArrayInput | null,
  get: "nngp" | "ntk",
  options: TilesOptions = {},
): AsyncGenerator<Tile, void, void> {
  const inputs = { x1: ownArray(x1, "x1"), x2: x2 === null ? null : ownArray(x2, "x2") };
  return generated(kernelFn, inputs, get, { ...requireObject("compute tiles", "its options", options) });
}

/** As a function of its own, since a generator does not read its arguments before the first block is asked for. */
async function* generated(
  ...args: Parameters<typeof import("./engine.ts").blocks>
): AsyncGenerator<Tile, void, void> {
  yield* (await import("./engine.ts")).blocks(...args);
}
