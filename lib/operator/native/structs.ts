/** What product.c reads, each struct declared once: a tile in its turn (schedule.ts), and a product. */
import { counter, integer, pointer, struct } from "../../backends/native/struct.ts";

/** Numbers of double precision in a vector of C, and the sides of a piece of a tile: 32 KiB. */
export const constants = { LANES: 4, ROWS: 32, COLS: 128 };

/** A tile, its blocks, and how many tiles are before it at each of them. */
export const task = struct("task", {
  tile: integer,
  row: integer,
  col: integer,
  before_row: integer,
  before_col: integer,
});

/** A product on all threads. */
export const job = struct("job", {
  guard: pointer("struct guard *"),
  n: integer,
  tile_rows: integer,
  tiles: pointer("const int *const *"),
  tasks: pointer("const struct task *"),
  count: integer,
  width: integer,
  v: pointer("const double *"),
  y: pointer("double *"),
  /** How many tiles are done at each block */
  done: pointer("integer *"),
  next: counter,
  stop: counter,
});

/** A product of a matrix in one piece, or of its transpose, on all threads. */
export const thin = struct("thin", {
  guard: pointer("struct guard *"),
  rows: integer,
  cols: integer,
  entries: pointer("const int *"),
  transposed: integer,
  width: integer,
  v: pointer("const double *"),
  y: pointer("double *"),
  next: counter,
  stop: counter,
});
