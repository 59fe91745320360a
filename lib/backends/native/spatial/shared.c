// What the driver and the maps of a program agree on.

enum {
  AXES = 6,
  // Points before the first and after the last one of a list: pipelines run over the ends.
  MARGIN = 4,
};

// A tile of an earlier node: where the first tap of every point is, and where each row of taps starts.
struct input {
  const REAL *tile;
  const int *x;
  const integer *rows;
};

// Coefficient tables of the positions of an input: places and widths of all tables, in turn.
struct features {
  const REAL *values;
  // Numbers a position: those of one number, then the tables
  integer count;
  const integer *tables;
};

// The points of a tile: their positions in both inputs, and their places in the tile.
struct call {
  integer count;
  const int *p, *q, *x;
  struct features first, second;
  REAL *out;
  // 0 where p = q, else 1
  REAL offset;
  const struct input *inputs;
};

typedef void map_function(const struct call *call);

// The features at every position of LANES inputs, and the variance after the map, from values in double precision.
typedef void rows_function(integer positions, const double *const *in, REAL *features, REAL *diagonal);

// 1 if a condition on the variances does not hold.
typedef integer check_function(integer positions, const double *const *in);
