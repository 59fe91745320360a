/**
 * How the lower triangle of a symmetric matrix of n × n entries is cut into square tiles. Blocks are ranges of so many rows, the last
 * one of what remains; tile (I, J), J ≤ I, has the rows of block I and the columns of block J, in rows, and number I·(I + 1)/2 + J.
 * Tiles on the diagonal have all of their entries, twice each.
 */

/** A range of rows or columns: the first, and that behind the last. */
export type Range = readonly [from: number, to: number];

/** A tile, by its number, its blocks and their ranges. */
export interface TilePlace {
  readonly number: number;
  readonly row: number;
  readonly col: number;
  readonly rows: Range;
  readonly cols: Range;
}

/** Ranges of so many of n rows. */
export const rangesOf = (n: number, rows: number): Range[] =>
  Array.from({ length: Math.ceil(n / rows) }, (_, block) => [block * rows, Math.min((block + 1) * rows, n)]);

/** How many there are. */
export const lengthOf = ([from, to]: Range): number => to - from;

/** How many entries a tile has. */
export const sizeOfTile = ({ rows, cols }: Pick<TilePlace, "rows" | "cols">): number =>
  lengthOf(rows) * lengthOf(cols);

/** The tiles of n × n entries, in the order of their numbers. */
export class Layout {
  readonly n: number;
  readonly tileRows: number;
  readonly blocks: readonly Range[];
  readonly tiles: readonly TilePlace[];
  /** Entries that are kept */
  readonly size: number;

  constructor(n: number, tileRows: number) {
    this.n = n;
    this.tileRows = tileRows;
    this.blocks = rangesOf(n, tileRows);
    this.tiles = this.blocks.flatMap((rows, row) =>
      this.blocks.slice(0, row + 1).map((cols, col) => ({ number: numberOf(row, col), row, col, rows, cols }))
    );
    this.size = this.tiles.reduce((sum, tile) => sum + sizeOfTile(tile), 0);
  }
}

/** The number of tile (row, col), col ≤ row. */
export const numberOf = (row: number, col: number): number => row * (row + 1) / 2 + col;

/**
 * A kernel in tiles, in the order of their numbers. Entry (i, j) is scales[i]·scales[j]·t/UNIT with the integer t of its tile: scales
 * are roots of the diagonal, so t/UNIT is a correlation, of size 1 at most, and off by 2⁻³¹ at most. As many bits of float32 would
 * leave an error of 2⁻²⁵ in those near 1.
 */
export interface Tiled {
  readonly layout: Layout;
  readonly tiles: readonly Int32Array[];
  readonly scales: Float64Array;
}

/** What stands for 1. */
export const UNIT: number = 2 ** 30;

/** Tiles, and what ends their use. */
export interface Storage extends Tiled {
  readonly release: () => void;
}
