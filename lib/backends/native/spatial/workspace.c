// What one thread works with: the first text of the driver, behind the structs of networks, plans and jobs (structs.ts).
// In: a job. Out: `struct workspace` with everything that it points to in one piece of memory, which JavaScript provides and a
// thread keeps for a whole job. `lay_out` is called twice: once to find out how many bytes that takes, once to lay it out. Every
// `take_…` asks an arena for memory; without memory the arena only counts, and pointers stay null:
//
//     struct arena arena = {0, 0};
//     take(&arena, 100), take(&arena, 8);    // arena.size is 192: every piece starts with a line of the cache

// Points of a tile: for every one its positions in both inputs and where its values are. Before the first and after the last one
// are MARGIN more: they are computed, but what is written for them goes to the place `total`, which nothing reads.
struct points {
  integer count, total, delta[AXES], low[AXES], length[AXES], width[AXES], step[AXES];
  int *p, *q, *x;
};

// Where the points of one tile read another, and the distances of the `count` rows of `taps` taps.
struct reach {
  int *x;
  integer *rows, count, taps;
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

// The same by place: from the positions `from` of an axis, from starts[k] to starts[k + 1], a weight each leads to places[k].
struct source {
  integer from;
  double weight;
};

struct targets {
  integer count, *places, *starts;
  struct source *sources;
};

// The offset of a segment that its lists of points are for.
struct offset {
  integer known, delta[AXES];
};

// One input of the first side, or none where inputs are with themselves, with a block: what is being computed for it.
struct current {
  integer row;
  const struct features *first;
  // Its values, (position, channel)
  const REAL *x1;
  // Tiles, and the geometry whose margins are zero in each, or −1
  REAL **buffers;
  integer *zeroed;
  // Covariances of nodes, which are double while they are summed where `sums_in_double` says so; sums over a covariance
  REAL **stored;
  double *sums;
};

struct workspace {
  const struct job *job;
  const struct plan *plan;
  // Inputs with themselves instead of pairs
  integer diagonal;
  // The LANES inputs on the second side, −1 before any, and those on the first side that are computed with it side by side: the
  // features of a node are read for all of them while they are in the cache
  integer block, together;
  struct current *all, *current;
  struct features *second;
  // The features of as many rows as there is memory for: row r is in slot r % slots if `rows` there says so
  integer slots, *rows;
  struct features **slot_features;
  // Values of the block, (position, channel, lane)
  REAL *x2;
  // Variances (position, lane) after the map of every node, then those of every node itself
  REAL **variances;
  // The sums of a convolution of variances along one row of positions, and those of the taps of a map
  REAL *columns_of_row, *columns_of_taps;
  // What row functions read
  double *numbers;
  const double **readings;
  // The segment at hand, and of every one the offset that its lists are for: by geometry, by link; those of the sink by axis
  const struct segment *segment;
  struct offset *offsets;
  struct points *points;
  struct reach *reaches;
  struct columns *columns;
  struct targets *targets;
  // Of every place of a covariance which target it is, counted from 1, while those are listed; else 0
  int *listed;
  // A covariance while it is mixed, and MIXED rows of it
  REAL *mixed, *mixed_rows;
};

// Node k of the network.
static const struct node *node_at(const struct job *job, integer k) {
  return &LIST(job->network, const struct node, job->network->nodes_at)[k];
}

// The covariance after node k, if its segment ends there.
static const struct stored *stored_at(const struct workspace *work, integer k) {
  return &LIST(work->plan, const struct stored, work->plan->stored_at)[k];
}

// The numbers of a place of a tile or a stored covariance: LANES of each output.
static integer step_of(const struct workspace *work) { return work->job->network->width * LANES; }

// Whether so many pairs lead to one place that the roundings of one float32 sum would add up: all equal terms are rounded alike.
static int sums_in_double(const struct stored *stored) {
  return sizeof(REAL) < sizeof(double) && stored->terms > MOST_SINGLE;
}

// How many bytes a stored covariance takes while it is summed.
static integer bytes_of(const struct workspace *work, const struct stored *stored) {
  return stored->offsets * stored->positions * step_of(work) * (sums_in_double(stored) ? sizeof(double) : sizeof(REAL));
}

// How many inputs of the first side can be computed with a block side by side.
static integer most_together(const struct workspace *work) { return work->diagonal ? 1 : work->job->together; }

// Rows of x1 and then of x2 are in blocks of LANES, either of them from a new one on; lanes beyond the last row repeat it.
static integer blocks_of(integer rows) { return (rows + LANES - 1) / LANES; }
// The first row of a block, and how many rows it has.
static integer first_row(const struct job *job, integer block) {
  const integer blocks1 = blocks_of(job->n1);
  return block < blocks1 ? block * LANES : job->n1 + (block - blocks1) * LANES;
}
static integer rows_in(const struct job *job, integer block) {
  const integer blocks1 = blocks_of(job->n1);
  const integer left = block < blocks1 ? job->n1 - block * LANES : job->n2 - (block - blocks1) * LANES;
  return left < LANES ? left : LANES;
}

// The variances of a node, (position, lane).
static REAL *variances_of(const struct job *job, integer k, integer block) {
  return job->variances[k] + block * node_at(job, k)->results * LANES;
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

// From one feature to the next, of a row and of a block.
static integer first_stride(const struct node *node) { return node->positions; }
static integer second_stride(const struct node *node) { return (node->positions + 1) * LANES; }

// Memory for the features of a row of x1: of every node numbers feature by feature, then coefficients of tables where the host has
// computed them.
static void take_slot(struct workspace *work, struct arena *arena, integer slot) {
  const integer nodes = work->job->network->nodes;
  struct features *features = take(arena, nodes * sizeof *features);
  if (arena->memory) work->slot_features[slot] = features, work->rows[slot] = -1;
  for (integer k = 1; k < nodes; k++) {
    const struct node *node = node_at(work->job, k);
    const integer coefficients = node->host ? work->job->host_coefficients[k] : 0;
    REAL *values = take(arena, (node->features * first_stride(node) + coefficients) * sizeof(REAL));
    const REAL **tables = take(arena, node->tables * sizeof(REAL *));
    if (arena->memory) features[k] = (struct features){values, first_stride(node), tables, 0};
  }
}

// The rows of x1 whose features are kept: as many slots as FEATURE_BYTES has room for, at most one for every row, and one at least.
static void take_slots(struct workspace *work, struct arena *arena) {
  struct arena one = {0, 0};
  take_slot(work, &one, 0);
  const integer fitting = FEATURE_BYTES / (one.size + 1), most = work->diagonal ? 0 : work->job->n1;
  work->slots = fitting > most ? most : fitting > 1 ? fitting : 1;
  work->rows = take(arena, work->slots * sizeof(integer));
  work->slot_features = take(arena, work->slots * sizeof(struct features *));
  for (integer slot = 0; slot < work->slots; slot++) take_slot(work, arena, slot);
}

// The features of the block on the second side, and pointers to variances.
static void take_features(struct workspace *work, struct arena *arena) {
  const integer nodes = work->job->network->nodes;
  struct features *second = take(arena, nodes * sizeof *second);
  work->second = second;
  work->variances = take(arena, 2 * nodes * sizeof(REAL *));
  for (integer k = 0; k < nodes; k++) {
    const struct node *node = node_at(work->job, k);
    REAL *values = take(arena, node->host ? 0 : node->features * second_stride(node) * sizeof(REAL));
    REAL *variances = take(arena, node->host ? 0 : node->positions * LANES * sizeof(REAL));
    if (!arena->memory) continue;
    second[k] = (struct features){values, second_stride(node), 0, 0};
    work->variances[k] = variances;
  }
}

// The lists of points and of reaches, as long as the longest of any offset, with margins. The pointers of a list are to its first
// point: index −1 is in the margin before it.
static void take_lists(struct workspace *work, struct arena *arena) {
  const struct plan *plan = work->plan;
  const integer bytes = (plan->points + 2 * MARGIN) * sizeof(int);
  work->offsets = take(arena, plan->segments * sizeof(struct offset));
  if (arena->memory) for (integer k = 0; k < plan->segments; k++) work->offsets[k].known = 0;
  work->points = take(arena, plan->geometries * sizeof(struct points));
  for (integer k = 0; k < plan->geometries; k++) {
    int *p = take(arena, bytes), *q = take(arena, bytes), *x = take(arena, bytes);
    if (arena->memory) work->points[k] = (struct points){.p = p + MARGIN, .q = q + MARGIN, .x = x + MARGIN};
  }
  work->reaches = take(arena, plan->links * sizeof(struct reach));
  for (integer k = 0; k < plan->links; k++) {
    int *x = take(arena, bytes);
    integer *rows = take(arena, plan->rows * sizeof(integer));
    if (arena->memory) work->reaches[k] = (struct reach){.x = x + MARGIN, .rows = rows};
  }
}

// Tiles and stored covariances for one input of the first side. Buffers are as large as the largest tile, with a place behind it for
// points that do not count; covariances as large as `bytes_of` says, 0 for nodes whose segment goes on.
static struct current take_current(struct workspace *work, struct arena *arena) {
  const struct plan *plan = work->plan;
  const integer nodes = work->job->network->nodes, width = work->job->network->width * LANES;
  struct current current = {.row = -1};
  current.buffers = take(arena, plan->buffers * sizeof(REAL *));
  current.zeroed = take(arena, plan->buffers * sizeof(integer));
  current.stored = take(arena, nodes * sizeof(REAL *));
  current.sums = take(arena, width * sizeof(double));
  for (integer k = 0; k < plan->buffers; k++) {
    REAL *buffer = take(arena, (plan->places + 1) * width * sizeof(REAL));
    if (arena->memory) current.buffers[k] = buffer, current.zeroed[k] = -1;
  }
  for (integer k = 0; k < nodes; k++) {
    REAL *values = take(arena, bytes_of(work, stored_at(work, k)));
    if (arena->memory) current.stored[k] = values;
  }
  return current;
}

// The same for all inputs that are computed side by side.
static void take_tiles(struct workspace *work, struct arena *arena) {
  work->all = take(arena, most_together(work) * sizeof(struct current));
  for (integer k = 0; k < most_together(work); k++) {
    const struct current current = take_current(work, arena);
    if (arena->memory) work->all[k] = current;
  }
  work->current = work->all;
  work->together = 1;
}

// The lists of the targets of an axis, and for all axes what finds them.
static void take_targets(struct workspace *work, struct arena *arena, const integer *most, integer places) {
  work->targets = take(arena, AXES * sizeof(struct targets));
  for (integer a = 0; a < AXES; a++) {
    const integer entries = places ? most[a] : 0;
    integer *to = take(arena, entries * sizeof(integer)), *starts = take(arena, (entries + 1) * sizeof(integer));
    struct source *sources = take(arena, entries * sizeof(struct source));
    if (arena->memory) work->targets[a] = (struct targets){0, to, starts, sources};
  }
  work->listed = take(arena, places * sizeof(int));
  if (arena->memory) __builtin_memset(work->listed, 0, places * sizeof(int));
}

// The lists of columns of the sinks, as long as the longest of any node and offset, and matrices while they are mixed.
static void take_sinks(struct workspace *work, struct arena *arena) {
  integer longest[AXES] = {0}, most[AXES] = {0}, places = 0;
  for (integer k = 0; k < work->job->network->nodes; k++) {
    const struct stored *stored = stored_at(work, k);
    const integer needed = sums_in_double(stored) ? stored->offsets * stored->positions : 0;
    if (places < needed) places = needed;
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
  take_targets(work, arena, most, places);
  integer mixed = 0;
  const integer vector_bytes = work->job->network->width * LANES * sizeof(REAL);
  for (integer k = 0; k < work->job->network->output; k++) {
    const struct node *node = node_at(work->job, k);
    if (node->mixes && node->positions > mixed) mixed = node->positions;
  }
  work->mixed = take(arena, mixed * mixed * vector_bytes);
  work->mixed_rows = take(arena, MIXED * mixed * vector_bytes);
}

// Lays out what a thread needs; returns how many bytes it takes. `memory` may be null; what it holds does not matter.
integer lay_out(const struct job *job, integer diagonal, char *memory) {
  struct arena arena = {memory, 0};
  struct workspace *start = take(&arena, sizeof(struct workspace));
  struct workspace work = {.job = job, .plan = diagonal ? job->diagonal : job->pairs, .diagonal = diagonal, .block = -1};
  const struct network *network = job->network;
  take_features(&work, &arena);
  take_slots(&work, &arena);
  take_lists(&work, &arena);
  take_tiles(&work, &arena);
  take_sinks(&work, &arena);
  if (job->x1) work.x2 = take(&arena, node_at(job, 0)->results * job->channels * LANES * sizeof(REAL));
  work.columns_of_row = take(&arena, diagonal ? network->most_positions * LANES * sizeof(REAL) : 0);
  work.columns_of_taps = take(&arena, work.plan->columns * VECTOR * sizeof(REAL));
  work.numbers = take(&arena, network->most_inputs * network->most_positions * LANES * sizeof(double));
  work.readings = take(&arena, network->most_inputs * sizeof(double *));
  if (start) *start = work;
  return arena.size;
}
