/** Columns of a kernel in tiles. */
import { integer } from "../options.ts";
import { answering, type Watch } from "../pause.ts";
import { forEach } from "../steps.ts";
import { lengthOf, type Tiled, UNIT } from "./layout.ts";

/** The columns with some indices, one after the other. */
export async function columnsOf(
  { layout: { n, tileRows, tiles: places }, tiles, scales }: Tiled,
  indices: readonly number[],
  watch: Pick<Watch, "signal"> = {},
): Promise<Float64Array> {
  indices.forEach((index, k) => integer("read columns of a kernel", `indices[${k}]`, index, 0, n - 1));
  const wanted = indices.map((index) => ({ index, block: Math.floor(index / tileRows) }));
  const out = new Float64Array(indices.length * n);
  // Tile by tile, as a file is read.
  const steps = forEach(places, ({ number, row, col, rows, cols }) => {
    const tile = tiles[number];
    const width = lengthOf(cols);
    wanted.forEach(({ index, block }, k) => {
      if (block === row) {
        const at = (index - rows[0]) * width;
        out.set(tile.subarray(at, at + width), k * n + cols[0]);
      } else if (block === col) {
        const height = lengthOf(rows);
        const to = k * n + rows[0];
        for (let i = 0, at = index - cols[0]; i < height; i++, at += width) out[to + i] = tile[at];
      }
    });
  }, 1);
  await answering(steps, watch);
  indices.forEach((index, k) => {
    const scale = scales[index] / UNIT;
    for (let i = 0, at = k * n; i < n; i++, at++) out[at] *= scale * scales[i];
  });
  return out;
}
