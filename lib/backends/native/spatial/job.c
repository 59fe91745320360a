// What a job consists of; encode.ts and job.ts write the same members in the same order. All have 8 bytes. Lists are at indices of
// the array of integers that starts with the network or the plan.

// A function of rows, or −1, and what it reads: the variances of a node k, or variable −1 − k of the job.
struct function {
  integer number, inputs, inputs_at;
};

// The map of a node, or of the output, and the linear map after it. Node 0 is the input; after the output only attention follows.
struct node {
  // Positions before and after the linear map
  integer positions, results;
  // Its features where inputs are with themselves, on either side of pairs, and the conditions on its own variances
  struct function own_rows, first_rows, second_rows, check;
  // Features of one number, and coefficient tables; whether the host computes them
  integer features, tables, host;
  // Whether it mixes positions by a matrix of each input, which comes from the map of node `attention`, or with the job if that is 0
  integer mixes, attention, softmax;
  // A convolution: `taps` neighbours from stride · position + first
  integer convolves, size[AXES], out[AXES], stride[AXES], first[AXES], taps[AXES], wrap[AXES];
  double scale;
};

struct network {
  integer axes, width, nodes, output, nodes_at, most_positions, most_inputs;
};

enum { MAP, INPUTS, STORED };
enum { SUM, SCATTER, OUTPUT, WEIGHTS };

// Positions at which tiles have points: those of a node, at `factor` times the offset of the segment, with margins of places.
struct geometry {
  integer size[AXES], factor[AXES], left[AXES], right[AXES];
};

// How points of one tile read another: `taps` neighbours from stride · position + first.
struct link {
  integer from, to, stride[AXES], first[AXES], taps[AXES];
};

// A tile: computed by a map with the features of `node`, or from the inputs or the stored covariance of `node`; or from variances,
// where inputs meet themselves.
struct stage {
  integer kind, geometry, buffer, node, variances, function, readings, readings_at;
};

struct reading {
  integer buffer, link;
};

// All tiles of an offset; the last one goes to the sink, which applies the linear map of `node`.
struct segment {
  integer wrap[AXES], offsets[AXES], offsets_at[AXES];
  integer geometries, first_geometry, links, first_link, stages, stages_at;
  integer sink, node;
};

// A covariance by offset and position. Every axis has a number for each offset modulo its length, −1 where nothing reads it, and
// for each position of the tiles that it is computed from the entries (term, position, weight) of its column. Where it is local,
// only equal positions are led to. `terms` is the most pairs of positions that lead to one place.
struct stored {
  integer positions, offsets, size[AXES], from[AXES], numbers[AXES], numbers_at[AXES], columns_at[AXES], entries[AXES], local, terms;
  double scale;
};

struct plan {
  integer segments, segments_at, stored_at, geometries, geometries_at, links, links_at, rows, columns, points, buffers, places;
};

#define LIST(start, type, at) ((type *)((const integer *)(start) + (at)))

struct job {
  const struct network *network;
  const struct plan *pairs, *own;
  map_function *const *maps, *const *own_maps;
  rows_function *const *rows;
  check_function *const *checks;
  // Inputs (row, position, channel); or, where x1 is null, covariances (and NTKs, or null) over (i, j, entries), and of rows with
  // themselves over (row, entries), for all pairs of positions if `full`, else for equal ones
  const REAL *x1, *x2, *cov, *ntk, *given;
  integer channels, full, n1, n2, symmetric;
  // For every node (block of LANES rows, position, lane)
  REAL *const *variances;
  // For every mixing node the matrices, (block, position after, position before, lane)
  REAL *const *matrices;
  // Of every variable its values and how many a row has
  const double *const *variables;
  const integer *variable_positions;
  // For every node and block of LANES rows what the host computed: features, and variances after the map
  const struct features *host;
  REAL *const *host_variances;
  // For every node the most numbers that these take for one input
  const integer *host_numbers;
  // Results: (i, j, entries) of each output and (row, entries), for all pairs of positions if `full_output`
  REAL *outputs[2], *own_output;
  integer entries, full_output;
  // The most rows of x1 that a task takes
  integer together;
  // The first task that no thread has taken, pairs done, set to stop early
  integer next, done, stop;
  struct guard *guard;
};
