// The tiles of an offset, one after the other: `run_step` computes one of them.
// Third text of the driver, behind points.c. In: a step of a segment, and the tiles that were computed before. Out: its tile in a
// buffer. For Conv → ReLU → Conv → ReLU → Flatten a segment has four: the covariance of the inputs; the same with margins; ReLU
// of its sums over windows; and ReLU of the sums over windows of that. A step is a map (the function of a program, points.ts),
// the covariance of inputs, or what an earlier segment has stored.

// The buffer of a step, for the input that is being computed.
static REAL *tile_of(const struct workspace *work, const struct tile_step *tile_step) { return work->current->buffers[tile_step->buffer]; }

// Places around the points: zeros, unless they are from the last time. Cleared every time, they are 8 to 10 % of the time of 21
// convolutions on 32 × 32 pixels before Flatten.
static void clear_margins(struct workspace *work, const struct tile_step *tile_step) {
  const struct points *points = &work->points[tile_step->geometry];
  if (work->current->zeroed[tile_step->buffer] == tile_step->geometry) return;
  work->current->zeroed[tile_step->buffer] = tile_step->geometry;
  REAL *tile = tile_of(work, tile_step);
  const integer step = step_of(work), side_by_side = points->length[work->job->network->axes - 1];
  // From the end of one row of points to the start of the next
  integer next = 0;
  // Points of one row are next to each other
  for (integer k = 0; k < points->count; k += side_by_side) {
    __builtin_memset(tile + next, 0, (points->x[k] - next) * sizeof(REAL));
    next = points->x[k] + side_by_side * step;
  }
  __builtin_memset(tile + next, 0, ((points->total + 1) * step - next) * sizeof(REAL));
}

// The margins of an axis that wraps around: copies from its other end, for all places of the axes outside and inside.
static void wrap_margins(struct workspace *work, const struct tile_step *tile_step) {
  const struct geometry *geometry = &LIST(work->plan, const struct geometry, work->plan->geometries_at)[tile_step->geometry];
  const struct points *points = &work->points[tile_step->geometry];
  REAL *tile = tile_of(work, tile_step);
  for (integer a = 0; a < work->job->network->axes; a++) {
    if (!work->segment->wrap[a]) continue;
    const integer bytes = points->step[a] * step_of(work) * sizeof(REAL), left = geometry->left[a];
    for (integer outer = 0; outer < points->total; outer += points->step[a] * points->width[a]) {
      for (integer t = 0; t < points->width[a]; t++) {
        const integer from = left + modulo(t - left, points->length[a]);
        if (from == t) continue;
        REAL *start = tile + outer * step_of(work);
        __builtin_memcpy(start + t * points->step[a] * step_of(work), start + from * points->step[a] * step_of(work), bytes);
      }
    }
  }
}

// Calls the function of a map: it reads tiles through links, and writes the places of its points; margins are made around it.
static void run_map(struct workspace *work, const struct tile_step *tile_step) {
  const struct job *job = work->job;
  const struct points *points = &work->points[tile_step->geometry];
  const struct reading *readings = LIST(work->plan, const struct reading, tile_step->readings_at);
  struct input inputs[tile_step->readings + 1];
  REAL *columns = work->columns_of_taps;
  for (integer k = 0; k < tile_step->readings; k++) {
    const struct reach *reach = &work->reaches[readings[k].link];
    const REAL *tile = work->current->buffers[readings[k].buffer];
    inputs[k] = (struct input){tile, reach->x, reach->rows, reach->count, reach->taps, columns};
    columns += job->network->width * reach->taps * VECTOR;
  }
  // Maps read whether p is q: only there may an input meet itself
  integer apart = 0;
  for (integer a = 0; a < job->network->axes; a++) apart |= points->delta[a] != 0;
  const struct call call = {
      .count = points->count,
      .p = points->p,
      .q = points->q,
      .x = points->x,
      .first = work->diagonal ? work->second[tile_step->node] : work->current->first[tile_step->node],
      .second = work->second[tile_step->node],
      .out = tile_of(work, tile_step),
      .offset = apart,
      .inputs = inputs,
  };
  clear_margins(work, tile_step);
  (work->diagonal ? job->diagonal_maps : job->maps)[tile_step->function](&call);
  wrap_margins(work, tile_step);
}

// ⟨x, y⟩ / channels for y, and x too if `diagonal`, with the lanes of a channel side by side: in runs, and those in parts, since
// the roundings of one long chain would add up.
INLINE vector product(const REAL *x, const REAL *y, integer channels, const int diagonal) {
  vector sum = all(0), part = all(0);
  for (integer start = 0; start < channels; start += LONGEST) {
    const integer end = start + LONGEST < channels ? start + LONGEST : channels;
    vector run = all(0);
    for (integer c = start; c < end; c++) {
      const vector factor = diagonal ? *(const vector *)(x + c * LANES) : all(x[c]);
      run = vfma(factor, *(const vector *)(y + c * LANES), run);
    }
    // A part is LONGEST runs
    part += run;
    if (end % (LONGEST * LONGEST) && end < channels) continue;
    sum += part;
    part = all(0);
  }
  return sum * all(1 / (REAL)channels);
}

// K(p, q) of a tile.
INLINE void products(const struct workspace *work, const struct points *points, REAL *tile, const int diagonal) {
  const integer channels = work->job->channels;
  for (integer part = 0; part < LANES; part += VECTOR) {
    for (integer k = 0; k < points->count; k++) {
      // A channel of the first input is one number, or where inputs are with themselves a vector
      const REAL *x = diagonal ? work->x2 + points->p[k] * channels * LANES + part : work->current->x1 + points->p[k] * channels;
      const REAL *y = work->x2 + points->q[k] * channels * LANES + part;
      *(vector *)(tile + points->x[k] + part) = product(x, y, channels, diagonal);
    }
  }
}

// Covariances that were computed before; lanes beyond the last row repeat it.
static void load_given(const struct workspace *work, const struct points *points, REAL *tile) {
  const struct job *job = work->job;
  const integer rows = rows_in(job, work->block), positions = node_at(job, 0)->results;
  const integer entries = job->full ? positions * positions : positions;
  const integer row = first_row(job, work->block), column = work->diagonal || job->symmetric ? row : row - job->n1;
  for (integer k = 0; k < points->count; k++) {
    const integer entry = job->full ? points->p[k] * positions + points->q[k] : points->p[k];
    REAL *place = tile + points->x[k];
    for (integer lane = 0; lane < LANES; lane++) {
      const integer j = lane < rows ? lane : rows - 1;
      const integer pair = work->diagonal ? row + j : work->current->row * job->n2 + column + j;
      place[lane] = (work->diagonal ? job->given : job->cov)[pair * entries + entry];
      if (job->network->width == 2) place[LANES + lane] = work->diagonal || !job->ntk ? 0 : job->ntk[pair * entries + entry];
    }
  }
}

// The covariance of inputs, and an NTK of 0.
static void load_inputs(struct workspace *work, const struct tile_step *tile_step) {
  const struct points *points = &work->points[tile_step->geometry];
  REAL *tile = tile_of(work, tile_step);
  if (!work->job->x1) return load_given(work, points, tile);
  if (work->diagonal) products(work, points, tile, 1);
  else products(work, points, tile, 0);
  if (work->job->network->width == 1) return;
  for (integer k = 0; k < points->count; k++) {
    for (integer l = 0; l < LANES; l++) tile[points->x[k] + LANES + l] = 0;
  }
}

// The place of the offset of a tile in a stored covariance, in positions.
static integer offset_of(const struct workspace *work, const struct stored *stored, const struct points *points) {
  // As in a number of several digits: all offsets of an axis are numbered; those of several axes are counted like digits
  integer offset = 0;
  for (integer a = 0; a < work->job->network->axes; a++) {
    const integer *numbers = LIST(work->plan, const integer, stored->numbers_at[a]);
    offset = offset * stored->numbers[a] + numbers[modulo(points->delta[a], stored->size[a])];
  }
  return offset * stored->positions;
}

// The place of a pair of positions in a stored covariance, where the tile has other axes.
static integer place_of(const struct workspace *work, const struct stored *stored, integer p, integer q) {
  integer place = p, step = stored->positions;
  for (integer a = work->job->network->axes - 1; a >= 0; a--) {
    const integer delta = modulo(q % stored->size[a] - p % stored->size[a], stored->size[a]);
    place += LIST(work->plan, const integer, stored->numbers_at[a])[delta] * step;
    step *= stored->numbers[a];
    p /= stored->size[a];
    q /= stored->size[a];
  }
  return place;
}

// What an earlier segment stored, at the offset of this tile: it is by offset and position, so that all points are next to each
// other, unless axes were joined or split in between.
static void load_stored(struct workspace *work, const struct tile_step *tile_step) {
  const struct geometry *geometry = &LIST(work->plan, const struct geometry, work->plan->geometries_at)[tile_step->geometry];
  const struct points *points = &work->points[tile_step->geometry];
  const struct stored *stored = stored_at(work, tile_step->node);
  const integer step = step_of(work);
  integer same = 1;
  for (integer a = 0; a < work->job->network->axes; a++) same &= geometry->size[a] == stored->size[a];
  const integer offset = same ? offset_of(work, stored, points) : 0;
  for (integer k = 0; k < points->count; k++) {
    const integer place = same ? offset + points->p[k] : place_of(work, stored, points->p[k], points->q[k]);
    __builtin_memcpy(tile_of(work, tile_step) + points->x[k], work->current->stored[tile_step->node] + place * step, step * sizeof(REAL));
  }
}

// The variances after a map, which are its values where an input meets itself at the same position.
static void load_variances(struct workspace *work, const struct tile_step *tile_step) {
  work->current->zeroed[tile_step->buffer] = -1;
  const struct points *points = &work->points[tile_step->geometry];
  const integer step = step_of(work);
  for (integer k = 0; k < points->count; k++) {
    REAL *place = tile_of(work, tile_step) + points->x[k];
    for (integer l = 0; l < LANES; l++) place[l] = work->variances[tile_step->variances][points->p[k] * LANES + l];
    // The NTK, which nothing reads here
    for (integer l = LANES; l < step; l++) place[l] = 0;
  }
}

// Computes the tile of a step.
static void run_step(struct workspace *work, const struct tile_step *tile_step) {
  if (tile_step->kind == MAP) return run_map(work, tile_step);
  work->current->zeroed[tile_step->buffer] = -1;
  if (tile_step->kind == INPUTS) load_inputs(work, tile_step);
  else load_stored(work, tile_step);
}
