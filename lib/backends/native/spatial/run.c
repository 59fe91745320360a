// Tasks: pairs of one input with LANES others, and LANES inputs with themselves. A value does not depend on who computes it.
// Behind features.c and system.c. `pairs` is what spatial/run.ts calls: it takes rows of x1 with a block of rows of x2 that no
// thread has taken, and runs all segments of the plan for them, each at all of its offsets. From the outside in:
//
//     pairs          tasks, until `most` are done
//     run_pairs      one task: features of the block and of the rows, then all segments
//     run_segment    all offsets of a segment; then what it stores is finished
//     run_at         one offset: lists of points, then all tiles
//     run_offset     tile by tile for all rows of the task, and at the end of each offset the sink

// Before the first offset of a segment: what its sink adds to begins with zeros.
static void begin(struct workspace *work, const struct segment *segment) {
  const struct stored *stored = stored_at(work, segment->node);
  for (integer r = 0; r < work->together; r++) {
    const struct current *current = &work->all[r];
    __builtin_memset(current->stored[segment->node], 0, bytes_of(work, stored));
    __builtin_memset(current->sums, 0, step_of(work) * sizeof(double));
  }
}

// All tiles of an offset; `same` where inputs meet themselves at the same position: the variances after the map are its values.
static void run_offset(struct workspace *work, const struct segment *segment, int same) {
  const struct tile_step *steps = LIST(work->plan, const struct tile_step, segment->steps_at), *last = &steps[segment->steps - 1];
  if (work->points[last->geometry].count == 0) return;
  // Step by step for all inputs of the first side: the features of a node are read for all of them while they are in the cache
  for (integer k = 0; k < segment->steps; k++) {
    for (integer r = 0; r < work->together && !same; r++) {
      work->current = &work->all[r];
      run_step(work, &steps[k]);
    }
  }
  for (integer r = 0; r < work->together; r++) {
    work->current = &work->all[r];
    if (same) load_variances(work, last);
    sink(work, last);
  }
}

// Numbers that are double to begin with, rounded to REAL at the start of the same memory: each is read before its place is
// written.
static void round_in_place(char *values, integer count) {
  for (integer k = 0; k < count; k++) {
    double value;
    __builtin_memcpy(&value, values + k * sizeof value, sizeof value);
    const REAL rounded = value;
    __builtin_memcpy(values + k * sizeof rounded, &rounded, sizeof rounded);
  }
}

// After the last one: sums are scaled or rounded, and a node with a matrix of its own for each input mixes positions.
static void finish(struct workspace *work, const struct segment *segment) {
  for (integer r = 0; r < work->together; r++) {
    work->current = &work->all[r];
    REAL *values = work->current->stored[segment->node];
    const struct stored *stored = stored_at(work, segment->node);
    const double scale = stored->scale;
    if (segment->sink == SUM) for (integer v = 0; v < step_of(work); v++) values[v] = work->current->sums[v] * scale;
    else if (sums_in_double(stored)) round_in_place((char *)values, stored->offsets * stored->positions * step_of(work));
    if (node_at(work->job, segment->node)->mixes) mix(work, segment->node);
  }
}

// The offset with these indices among those of each axis; 0 if told to stop.
static int run_at(struct workspace *work, const struct segment *segment, const integer *index) {
  if (unwanted(&work->job->stop, work->job->guard)) return 0;
  integer delta[AXES] = {0}, apart = 0;
  for (integer a = 0; a < work->job->network->axes; a++) {
    delta[a] = LIST(work->plan, const integer, segment->offsets_at[a])[index[a]];
    apart |= delta[a] != 0;
  }
  list_points_and_reaches(work, delta);
  // The weights of attention are not the variances after their map
  run_offset(work, segment, work->diagonal && !apart && segment->sink != WEIGHTS);
  return 1;
}

// A segment at all of its offsets; 0 if told to stop.
static int run_segment(struct workspace *work, const struct segment *segment) {
  work->segment = segment;
  begin(work, segment);
  integer index[AXES] = {0};
  do {
    if (!run_at(work, segment, index)) return 0;
  } while (advance(index, segment->offsets, work->job->network->axes));
  finish(work, segment);
  return 1;
}

// Makes a row of x1 the current one, with its features. They are in a slot of the row, for other blocks of columns that come
// later.
static void take_row(struct workspace *work, integer row) {
  const struct job *job = work->job;
  const integer slot = row % work->slots;
  work->current->row = row;
  work->current->first = work->slot_features[slot];
  if (job->x1) work->current->x1 = job->x1 + row * node_at(job, 0)->results * job->channels;
  if (work->rows[slot] == row) return;
  work->rows[slot] = row;
  for (integer k = 1; k <= job->network->output; k++) features_of_row(work, k, &work->slot_features[slot][k]);
}

// Rows of x1 from `row` on with a block.
static int run_pairs(struct workspace *work, integer block, integer row, integer count) {
  const struct job *job = work->job;
  // The block is often the one of the last task
  if (work->block != block) {
    work->block = block;
    pack_inputs(work);
    for (integer k = 1; k <= job->network->output; k++) features_of_block(work, k, &work->second[k]);
  }
  work->together = count;
  for (integer r = 0; r < count; r++) {
    work->current = &work->all[r];
    take_row(work, row + r);
  }
  const struct segment *segments = LIST(work->plan, const struct segment, work->plan->segments_at);
  for (integer k = 0; k < work->plan->segments; k++) if (!run_segment(work, &segments[k])) return 0;
  return 1;
}

// Below the diagonal, values are those above it.
static integer rows_before(const struct job *job, integer block) {
  const integer end = (block + 1) * LANES;
  return job->symmetric && end < job->n1 ? end : job->n1;
}

// Rows of x1 that are computed with the same block.
struct rows {
  integer block, first, count;
};

// How many rows of x1 a task has: not more than there is memory for features of.
static integer together_of(const struct workspace *work) {
  return work->job->together < work->slots ? work->job->together : work->slots;
}

// From the task of a number on, the rest of those with the same block, in the order in which features are needed again soonest: of
// some rows every block, some rows at a time. No rows after the last task.
static struct rows rows_from(const struct workspace *work, integer number) {
  const struct job *job = work->job;
  const integer together = together_of(work);
  for (integer start = 0; start < job->n1; start += work->slots) {
    for (integer block = 0; block < blocks_of(job->n2); block++) {
      const integer end = start + work->slots, last = rows_before(job, block), rows = (end < last ? end : last) - start;
      if (rows <= 0) continue;
      const integer tasks = (rows + together - 1) / together;
      if (number < tasks) return (struct rows){block, start + number * together, rows - number * together};
      number -= tasks;
    }
  }
  return (struct rows){0, 0, 0};
}

// How many pairs of a row of x1 and the rows of a block are there: those below the diagonal are the same as those above.
static integer pairs_of(const struct job *job, integer block, integer row) {
  const integer rows = rows_in(job, job->symmetric ? block : blocks_of(job->n1) + block);
  return job->symmetric && row > block * LANES ? rows - (row - block * LANES) : rows;
}

// The next rows that no thread has taken, of at most `most` tasks with one block.
static struct rows take_rows(struct job *job, const struct workspace *work, integer most) {
  const integer together = together_of(work);
  // Threads that come at the same time: who is second looks again from the new first task
  integer number = __atomic_load_n(&job->next, __ATOMIC_RELAXED), tasks;
  struct rows rows;
  do {
    rows = rows_from(work, number);
    tasks = (rows.count + together - 1) / together;
    if (tasks > most) tasks = most, rows.count = most * together;
  } while (!__atomic_compare_exchange_n(&job->next, &number, number + tasks, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return rows;
}

// Computes at most `most` tasks that no one has taken, and returns how many: 0 when there are none left.
int pairs(int thread, struct job *job, char *memory, int most) {
  move_to(thread);
  struct workspace *work = (struct workspace *)memory;
  const integer start = job->symmetric ? 0 : blocks_of(job->n1), together = together_of(work);
  const struct rows rows = take_rows(job, work, most);
  int tasks = 0;
  for (integer k = 0; k < rows.count; k += together, tasks++) {
    const integer count = rows.count - k < together ? rows.count - k : together;
    if (!run_pairs(work, start + rows.block, rows.first + k, count)) break;
    integer done = 0;
    for (integer r = 0; r < count; r++) done += pairs_of(job, rows.block, rows.first + k + r);
    __atomic_fetch_add(&job->done, done, __ATOMIC_RELAXED);
  }
  leave(job->guard);
  return tasks;
}
