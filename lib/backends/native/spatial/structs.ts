/**
 * What C is told of a network with positions, as structs: the network and two plans (encode.ts writes them), and the job
 * (job.ts). Network and plans are arrays of integers: a struct with the lists behind it that members `…_at` are the
 * indices of. These structs stand in front of the sources of the driver, `features` in front of the maps of a network as well.
 */
import { AXES } from "../budget.ts";
import { constantsText, counter, integer, integers, pointer, pointers, real, struct } from "../struct.ts";

/** One integer an axis. */
const perAxis = integers(AXES);

/**
 * The features of one input, feature k of position p at [k · stride + p]; or of a block of inputs, at [k · stride + p · LANES +
 * lane]. Coefficient tables are apart, [p · width + k] or [(p · width + k) · LANES + lane].
 */
export const features = struct("features", {
  values: pointer("const REAL *"),
  stride: integer,
  tables: pointer("const REAL *const *"),
  widths: pointer("const integer *"),
});

/** A function of rows, or −1, and what it reads: the variances of a node k, or variable −1 − k of the job. */
const rowFunction = struct("function", { number: integer, inputs: integer, inputs_at: integer });

/**
 * The map of a node, or of the output, and the linear map after it. Node 0 is the input; after the output only attention follows.
 */
export const node = struct("node", {
  // Positions before and after the linear map
  positions: integer,
  results: integer,
  // Its features where inputs are with themselves, on either side of pairs, and the conditions on its own variances
  diagonal_rows: rowFunction,
  first_rows: rowFunction,
  second_rows: rowFunction,
  check: rowFunction,
  // Features of one number, and coefficient tables; whether the host computes them
  features: integer,
  tables: integer,
  host: integer,
  // Whether it mixes positions by a matrix of each input, which comes from the map of node `attention`, or with the job if that
  // is 0
  mixes: integer,
  attention: integer,
  softmax: integer,
  // A convolution: `taps` neighbours from stride · position + first
  convolves: integer,
  size: perAxis,
  out: perAxis,
  stride: perAxis,
  first: perAxis,
  taps: perAxis,
  wrap: perAxis,
  scale: real,
});

export const network = struct("network", {
  axes: integer,
  // Values of a pair of positions: NNGP, and NTK if some output is one
  width: integer,
  nodes: integer,
  nodes_at: integer,
  output: integer,
  // Of all nodes, and of all functions of rows
  most_positions: integer,
  most_inputs: integer,
});

/** How a tile is computed: by a map, from the inputs, or from a stored covariance. */
export const TileKind = { MAP: 0, INPUTS: 1, STORED: 2 } as const;

/**
 * What becomes of the last tile of a segment: summed over all positions, led on by a linear map, a result, or matrices of a node.
 */
export const Sink = { SUM: 0, SCATTER: 1, OUTPUT: 2, WEIGHTS: 3 } as const;

/** Positions at which tiles have points: those of a node, at `factor` times the offset of the segment, with margins of places. */
export const geometry = struct("geometry", {
  size: perAxis,
  factor: perAxis,
  left: perAxis,
  right: perAxis,
});

/** How points of one tile read another: `taps` neighbours from stride · position + first. */
export const link = struct("link", {
  from: integer,
  to: integer,
  stride: perAxis,
  first: perAxis,
  taps: perAxis,
});

export const reading = struct("reading", { buffer: integer, link: integer });

/**
 * A tile: computed by a map with the features of `node`, or from the inputs or the stored covariance of `node`; or from variances,
 * where inputs meet themselves.
 */
export const tileStep = struct("tile_step", {
  kind: integer,
  geometry: integer,
  buffer: integer,
  node: integer,
  variances: integer,
  function: integer,
  readings: integer,
  readings_at: integer,
});

/** All tiles of an offset; the last one goes to the sink, which applies the linear map of `node`. */
export const segment = struct("segment", {
  wrap: perAxis,
  // Of every axis how many there are, and where they are listed
  offsets: perAxis,
  offsets_at: perAxis,
  geometries: integer,
  first_geometry: integer,
  links: integer,
  first_link: integer,
  steps: integer,
  steps_at: integer,
  sink: integer,
  node: integer,
});

/**
 * A covariance by offset and position. Every axis has a number for each offset modulo its length, −1 where nothing reads it, and
 * for each position of the tiles that it is computed from the entries of its column.
 */
export const stored = struct("stored", {
  positions: integer,
  offsets: integer,
  size: perAxis,
  from: perAxis,
  numbers: perAxis,
  numbers_at: perAxis,
  // Where each position's entries start, and their end; then the entries
  columns_at: perAxis,
  entries: perAxis,
  // Only equal positions are led to
  local: integer,
  // The most pairs of positions that lead to one place
  terms: integer,
  scale: real,
});

/** An entry of a column: a position of the tiles leads to `position` with a weight; pairs only where the terms are equal. */
export const entry = struct("entry", { term: integer, position: integer, weight: real });

export const plan = struct("plan", {
  segments: integer,
  segments_at: integer,
  // One for every node
  stored_at: integer,
  geometries: integer,
  geometries_at: integer,
  links: integer,
  links_at: integer,
  // The most of any tile: rows of taps of a link, sums of taps side by side, points, buffers, places with margins
  rows: integer,
  columns: integer,
  points: integer,
  buffers: integer,
  places: integer,
});

export const job = struct("job", {
  network: pointer("const struct network *"),
  pairs: pointer("const struct plan *"),
  diagonal: pointer("const struct plan *"),
  maps: pointer("map_function *const *"),
  diagonal_maps: pointer("map_function *const *"),
  rows: pointer("rows_function *const *"),
  checks: pointer("check_function *const *"),
  // Inputs (row, position, channel); or, where x1 is null, covariances (and NTKs, or null) over (i, j, entries), and of rows with
  // themselves over (row, entries), for all pairs of positions if `full`, else for equal ones
  x1: pointer("const REAL *"),
  x2: pointer("const REAL *"),
  cov: pointer("const REAL *"),
  ntk: pointer("const REAL *"),
  given: pointer("const REAL *"),
  channels: integer,
  full: integer,
  n1: integer,
  n2: integer,
  symmetric: integer,
  // For every node (block of LANES rows, position, lane)
  variances: pointer("REAL *const *"),
  // For every mixing node the matrices, (block, position after, position before, lane)
  matrices: pointer("REAL *const *"),
  // Of every variable its values and how many a row has
  variables: pointer("const double *const *"),
  variable_positions: pointer("const integer *"),
  // For every node and block of LANES rows what the host computed: features, and variances after the map
  host: pointer("const struct features *"),
  host_variances: pointer("REAL *const *"),
  // For every node the most coefficients that the tables of one input have
  host_coefficients: pointer("const integer *"),
  // Results: (i, j, entries) of each output and (row, entries), for all pairs of positions if `full_output`
  outputs: pointers("REAL *", 2),
  diagonal_output: pointer("REAL *"),
  entries: integer,
  full_output: integer,
  // The most rows of x1 that a task takes
  together: integer,
  // The first block of rows that no thread has taken, and the first with a condition that does not hold; their number at first
  next_block: counter,
  failing: integer,
  // The first task that no thread has taken, and pairs done
  next: counter,
  done: counter,
  // Set to stop early
  stop: counter,
  guard: pointer("struct guard *"),
});

const LIST = "#define LIST(start, type, at) ((type *)((const integer *)(start) + (at)))\n";

/** The text of what only the driver reads. */
export const jobText: string = [
  ...[constantsText(TileKind), constantsText(Sink), LIST],
  ...[rowFunction, node, network, geometry, link, reading, tileStep, segment, stored, entry, plan, job].map((
    s,
  ) => s.text),
].join("\n");
