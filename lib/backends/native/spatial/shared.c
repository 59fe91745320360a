// What the driver and the maps of a program agree on. `struct features` (structs.ts) and the sizes of budget.ts are in front of this text.

// A tile of an earlier node: where the first tap of every point is, and where each of `count` rows of taps starts from there; memory
// for the sums of each tap over the rows, of every value of a place.
struct input {
  const REAL *tile;
  const int *x;
  const integer *rows;
  integer count, taps;
  REAL *columns;
};

// The points of a tile: their positions in both inputs, and where their values are in the tile.
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

// The features that a side needs, and for inputs with themselves the variance after the map, of `count` inputs or positions; in double precision until they are stored.
typedef void rows_function(integer count, const double *const *in, REAL *features, integer stride, REAL *variance);

// 1 if a condition on the variances does not hold somewhere.
typedef integer check_function(integer count, const double *const *in);
