// What one thread works with.

// Points of a tile: for every one its positions in both inputs and its place. Before the first and after the last one are MARGIN
// more: they are computed, but what is written for them goes to the place `total`, which nothing reads.
struct points {
  integer count, total, delta[AXES], low[AXES], length[AXES], width[AXES], step[AXES];
  int *p, *q, *x;
};

// Where the points of one tile read another, and the distances of the rows of taps.
struct reach {
  int *x;
  integer *rows;
};

// Where positions of an axis lead to: the place in a stored covariance and a weight; those of position t from starts[t] on.
struct column {
  integer place;
  double weight;
};

struct columns {
  integer *starts;
  struct column *entries;
};

struct work {
  const struct job *job;
  const struct plan *plan;
  // Inputs with themselves instead of pairs
  integer own;
  // The LANES inputs on the second side, and the one on the first side unless they are the same; −1 before any
  integer block, row;
  struct features *first, *second;
  // Values of the inputs, (position, channel) and (position, channel, lane)
  const REAL *x1;
  REAL *x2;
  // Variances (position, lane) after the map of every node, then those of every node itself; covariances of nodes
  REAL **variances, **stored;
  // What row functions read
  double *numbers;
  const double **readings;
  // The lists of an offset of a segment: by geometry, by link, by axis
  const struct segment *segment;
  integer delta[AXES];
  struct points *points;
  struct reach *reaches;
  struct columns *columns;
  // Tiles, and the geometry whose margins are zero in each, or −1
  REAL **buffers;
  integer *zeroed;
  double *sums;
};

static const struct node *node_at(const struct job *job, integer k) {
  return &LIST(job->network, const struct node, job->network->nodes_at)[k];
}

static const struct stored *stored_at(const struct work *work, integer k) {
  return &LIST(work->plan, const struct stored, work->plan->stored_at)[k];
}

// Rows of x1 and then of x2 are in blocks of LANES, either of them from a new one on; lanes beyond the last row repeat it.
static integer blocks_of(integer rows) { return (rows + LANES - 1) / LANES; }
static integer first_row(const struct job *job, integer block) {
  const integer blocks1 = blocks_of(job->n1);
  return block < blocks1 ? block * LANES : job->n1 + (block - blocks1) * LANES;
}
static integer rows_in(const struct job *job, integer block) {
  const integer blocks1 = blocks_of(job->n1);
  const integer left = block < blocks1 ? job->n1 - block * LANES : job->n2 - (block - blocks1) * LANES;
  return left < LANES ? left : LANES;
}

// Memory in the order in which it is asked for; without any, only its size is found out.
struct arena {
  char *memory;
  integer size;
};

static void *take(struct arena *arena, integer bytes) {
  char *start = arena->memory ? arena->memory + arena->size : 0;
  arena->size += (bytes + 63) / 64 * 64;
  return start;
}

static void take_features(struct work *work, struct arena *arena) {
  const integer nodes = work->job->network->nodes;
  work->first = take(arena, nodes * sizeof(struct features));
  work->second = take(arena, nodes * sizeof(struct features));
  work->variances = take(arena, 2 * nodes * sizeof(REAL *));
  for (integer k = 0; k < nodes; k++) {
    const struct node *node = node_at(work->job, k);
    // Not a multiple of the page, or all features of a position would compete for the same lines of the cache.
    const integer stride1 = (node->positions / 16 + 2) * 16, stride2 = (node->positions + 1) * LANES;
    const integer numbers = node->host ? work->job->host_numbers[k] : node->features * stride1;
    REAL *values1 = take(arena, work->own ? 0 : numbers * sizeof(REAL));
    const REAL **tables = take(arena, node->tables * sizeof(REAL *));
    REAL *values2 = take(arena, node->host ? 0 : node->features * stride2 * sizeof(REAL));
    REAL *variances = take(arena, node->host ? 0 : node->positions * LANES * sizeof(REAL));
    REAL *results = take(arena, work->own ? node->results * LANES * sizeof(REAL) : 0);
    if (!arena->memory) continue;
    work->first[k] = (struct features){values1, stride1, tables, 0};
    work->second[k] = (struct features){values2, stride2, 0, 0};
    work->variances[k] = variances;
    work->variances[nodes + k] = results;
  }
}

static void take_lists(struct work *work, struct arena *arena) {
  const struct plan *plan = work->plan;
  const integer bytes = (plan->points + 2 * MARGIN) * sizeof(int);
  work->points = take(arena, plan->geometries * sizeof(struct points));
  for (integer k = 0; k < plan->geometries; k++) {
    int *p = take(arena, bytes), *q = take(arena, bytes), *x = take(arena, bytes);
    if (arena->memory) work->points[k] = (struct points){.p = p + MARGIN, .q = q + MARGIN, .x = x + MARGIN};
  }
  work->reaches = take(arena, plan->links * sizeof(struct reach));
  for (integer k = 0; k < plan->links; k++) {
    int *x = take(arena, bytes);
    integer *rows = take(arena, plan->rows * sizeof(integer));
    if (arena->memory) work->reaches[k] = (struct reach){x + MARGIN, rows};
  }
}

static void take_tiles(struct work *work, struct arena *arena) {
  const struct plan *plan = work->plan;
  const integer vector_bytes = work->job->network->width * LANES * sizeof(REAL);
  work->buffers = take(arena, plan->buffers * sizeof(REAL *));
  work->zeroed = take(arena, plan->buffers * sizeof(integer));
  for (integer k = 0; k < plan->buffers; k++) {
    REAL *buffer = take(arena, (plan->places + 1) * vector_bytes);
    if (arena->memory) work->buffers[k] = buffer;
  }
  work->stored = take(arena, work->job->network->nodes * sizeof(REAL *));
  integer longest[AXES] = {0}, most[AXES] = {0};
  for (integer k = 0; k < work->job->network->nodes; k++) {
    const struct stored *stored = stored_at(work, k);
    REAL *values = take(arena, stored->offsets * stored->positions * vector_bytes);
    if (arena->memory) work->stored[k] = values;
    for (integer a = 0; a < work->job->network->axes; a++) {
      if (longest[a] < stored->from[a]) longest[a] = stored->from[a];
      if (most[a] < stored->entries[a]) most[a] = stored->entries[a];
    }
  }
  work->columns = take(arena, AXES * sizeof(struct columns));
  for (integer a = 0; a < AXES; a++) {
    integer *starts = take(arena, (longest[a] + 1) * sizeof(integer));
    struct column *entries = take(arena, most[a] * sizeof(struct column));
    if (arena->memory) work->columns[a] = (struct columns){starts, entries};
  }
  work->sums = take(arena, work->job->network->width * LANES * sizeof(double));
}

// Lays out what a thread needs; returns how many bytes it takes. `memory` may be null, else it has to hold zeros.
integer lay_out(const struct job *job, integer own, char *memory) {
  struct arena arena = {memory, 0};
  struct work *start = take(&arena, sizeof(struct work));
  struct work work = {.job = job, .plan = own ? job->own : job->pairs, .own = own, .block = -1, .row = -1};
  const struct network *network = job->network;
  take_features(&work, &arena);
  take_lists(&work, &arena);
  take_tiles(&work, &arena);
  if (job->x1) work.x2 = take(&arena, node_at(job, 0)->results * job->channels * LANES * sizeof(REAL));
  work.numbers = take(&arena, network->most_inputs * network->most_positions * LANES * sizeof(double));
  work.readings = take(&arena, network->most_inputs * sizeof(double *));
  if (start) *start = work;
  return arena.size;
}
