// What is computed and in which order; written by encode.ts, which has the same members in the same order. Lists are at indices
// of the array of integers that starts with the plan.

enum { MAP, INPUTS, GIVEN, STORED, DIAGONAL };
enum { SUM, SCATTER, OUTPUT };

// Positions at which tiles have points: those of a node, at `factor` times the offset of the segment, with a margin of places.
struct geometry {
  integer size[AXES], factor[AXES], left[AXES], right[AXES];
};

// How points of one tile read another: at stride · position + first and `taps` places from there, of the last axis one.
struct link {
  integer from, to, stride[AXES], first[AXES], taps[AXES];
};

// One tile: computed by a map (of `node`), or from the inputs, a kernel given, a stored node, or variances.
struct stage {
  integer kind, geometry, buffer, node, readings, readings_at;
};

struct reading {
  integer buffer, link;
};

// All tiles of an offset. The last stage is the map of node `node`, whose linear map the sink applies; or its results are kept.
struct segment {
  integer wrap[AXES], offsets[AXES], offsets_at[AXES];
  integer geometries, geometries_at, links, links_at, stages, stages_at, buffers, places;
  integer sink, node;
};

// A covariance that later segments read, by offset and position: at every axis the number of each offset (−1 if nothing reads
// it), and for every position of the node's input the entries (term, output position, weight) of the linear map.
struct stored {
  integer size[AXES], positions, numbers[AXES], numbers_at[AXES], columns_at[AXES], entries[AXES], offsets;
  double scale;
};

struct plan {
  integer axes, width, nodes, segments, segments_at, stored_at;
};

#define LIST(plan, type, at) ((const type *)((const integer *)(plan) + (at)))
