// Tasks: pairs of one input with LANES others, and LANES inputs with themselves. A value does not depend on who computes it.

static int run_segment(struct work *work, const struct segment *segment) {
  const struct job *job = work->job;
  const integer axes = job->network->axes, vector_size = step_of(work);
  const struct stage *stages = LIST(work->plan, const struct stage, segment->stages_at);
  const struct stored *stored = stored_at(work, segment->node);
  REAL *values = work->stored[segment->node];
  __builtin_memset(values, 0, stored->offsets * stored->positions * vector_size * sizeof(REAL));
  __builtin_memset(work->sums, 0, vector_size * sizeof(double));
  integer index[AXES] = {0}, delta[AXES] = {0};
  work->segment = segment;
  do {
    if (__atomic_load_n(&job->stop, __ATOMIC_RELAXED)) return 0;
    integer apart = 0;
    for (integer a = 0; a < axes; a++) {
      delta[a] = LIST(work->plan, const integer, segment->offsets_at[a])[index[a]];
      apart |= delta[a] != 0;
    }
    place_all(work, delta);
    const struct stage *last = &stages[segment->stages - 1];
    if (work->points[last->geometry].count == 0) continue;
    // Where inputs meet themselves, the variances after the map are its values.
    if (work->own && !apart && segment->sink != WEIGHTS) load_variances(work, last);
    else for (integer k = 0; k < segment->stages; k++) run_stage(work, &stages[k]);
    sink(work, last);
  } while (advance(index, segment->offsets, axes));
  if (segment->sink == SUM) for (integer v = 0; v < vector_size; v++) values[v] = work->sums[v] * stored->scale;
  if (node_at(job, segment->node)->mixes) mix(work, segment->node);
  return 1;
}

// One row of x1 with a block.
static int run_pairs(struct work *work, integer block, integer row) {
  const struct job *job = work->job;
  const integer nodes = job->network->output + 1;
  if (work->block != block) {
    work->block = block;
    pack_inputs(work);
    for (integer k = 1; k < nodes; k++) features_of_block(work, k, &work->second[k]);
  }
  const integer slot = row % work->slots;
  work->row = row;
  work->first = work->slot_features[slot];
  if (job->x1) work->x1 = job->x1 + row * node_at(job, 0)->results * job->channels;
  if (work->rows[slot] != row) {
    work->rows[slot] = row;
    for (integer k = 1; k < nodes; k++) features_of_row(work, k, &work->slot_features[slot][k]);
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

// The task of a number, in the order in which features are needed again soonest: of some rows every block, row by row. 0 after the
// last one.
static int task_of(const struct work *work, integer number, integer *block, integer *row) {
  const struct job *job = work->job;
  for (integer start = 0; start < job->n1; start += work->slots) {
    for (*block = 0; *block < blocks_of(job->n2); ++*block) {
      const integer end = start + work->slots, last = rows_before(job, *block), rows = (end < last ? end : last) - start;
      if (rows <= 0) continue;
      *row = start + number;
      if (number < rows) return 1;
      number -= rows;
    }
  }
  return 0;
}

// Computes the next `most` tasks that no one has taken, and returns how many: 0 when there are none left.
int pairs(struct job *job, char *memory, int most) {
  struct work *work = (struct work *)memory;
  const integer start = job->symmetric ? 0 : blocks_of(job->n1);
  const integer first = __atomic_fetch_add(&job->next, most, __ATOMIC_RELAXED);
  int count = 0;
  for (; count < most; count++) {
    integer block, row;
    if (!task_of(work, first + count, &block, &row) || !run_pairs(work, start + block, row)) break;
    integer done = rows_in(job, start + block);
    if (job->symmetric && row > block * LANES) done -= row - block * LANES;
    __atomic_fetch_add(&job->done, done, __ATOMIC_RELAXED);
  }
  return count;
}
