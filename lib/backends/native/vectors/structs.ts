/**
 * What C is told of a kernel matrix of vectors, as structs: their text stands in front of tiles.c and near.c. In: declarations, which are
 * all that either side knows of the other. Out: C text, and functions that write values (struct.ts); run.ts calls those.
 */
import { counter, integer, pointer, pointers, struct } from "../struct.ts";

/**
 * `width` numbers of every row, and where they start among all of a row; rows are `stride` apart, 0 if all have the same numbers.
 */
export const column = struct("column", {
  values: pointer("const double *"),
  stride: integer,
  width: integer,
  start: integer,
});

/** What a map reads: features of every row of x1 side by side, and of every TILE rows of x2 feature by feature. */
const read = {
  rows: pointer("const REAL *"),
  strips: pointer("const REAL *"),
  tables: pointer("const integer *"),
  parameters: pointer("const REAL *"),
};

/** How many there are of everything. */
const counts = {
  features: integer,
  n1: integer,
  n2: integer,
  depth: integer,
  symmetric: integer,
  outputs: integer,
};

/** The tiles of a kernel matrix (tiles.c). */
export const job = struct("job", {
  // Set when nothing more is wanted
  stop: counter,
  guard: pointer("struct guard *"),
  map: pointer("map_function *"),
  // x1, x2 and room for their panels, which is the same if they are; or, where they are null, the covariances (and NTKs, or null)
  // of all pairs
  x1: pointer("const REAL *"),
  x2: pointer("const REAL *"),
  panels1: pointer("REAL *"),
  panels2: pointer("REAL *"),
  cov: pointer("const REAL *"),
  ntk: pointer("const REAL *"),
  ...read,
  // √var of the rows of x1, less the share that makes a pair near, and of those of x2, whole tiles of them; or null. `near` has a
  // byte for every row of x1 and strip of TILE rows of x2, set where they have a near pair
  limits: pointer("const REAL *"),
  roots: pointer("const REAL *"),
  near: pointer("unsigned char *"),
  ...counts,
  // The first panel and the first tile that no thread has taken, how many panels are made, and how many bytes of `near` are set
  next_panel: counter,
  next: counter,
  panels_made: counter,
  near_rows: counter,
  // As many as `outputs` says
  out: pointers("REAL *"),
});

/** The rows of tiles that have near pairs (near.c), for inputs and results in a precision of their own. */
export const nearJob = struct("near_job", {
  // Set when nothing more is wanted
  stop: counter,
  guard: pointer("struct guard *"),
  // Of the program that reads gaps: behind the covariances of a strip are its gaps, and what is apart
  map: pointer("map_function *"),
  x1: pointer("const INPUT *"),
  x2: pointer("const INPUT *"),
  // ⟨x, x⟩ / depth of every row
  variances1: pointer("const double *"),
  variances2: pointer("const double *"),
  ...read,
  // For every row of x1 and strip of TILE rows of x2: they have a near pair
  near: pointer("const unsigned char *"),
  ...counts,
  // The first tile that no thread has taken
  next: counter,
  out: pointers("INPUT *"),
});
