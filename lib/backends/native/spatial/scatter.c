// What becomes of the last tile of an offset: `sink` adds it to what the segment computes.
// Fifth text of the driver, behind mixing.c. In: a tile of K(p, q) at an offset. Out, by what the segment is for: a stored
// covariance K′ = scale · Σ T K Tᵀ of a linear map T that is no convolution, a sum over all positions, a result, or weights of
// attention.
// T is a product over axes of sparse matrices. A point (p, q) leads to all (P, Q) with T(P, p) ≠ 0 ≠ T(Q, q): axis by axis, entry
// i of column p with entry j of column q. Average pooling of 4 positions by 2 has T = ½ (1 1 0 0; 0 0 1 1): column p of it has one
// entry, of position ⌊p / 2⌋, so that K(0, 3) is added to K′(0, 1), as are K(0, 2), K(1, 2) and K(1, 3), each times scale · ¼.
//
// `scatter_row` goes from points to places. In float32, where many points lead to one place,
// `gather_rows` goes from places to points, and forms the sum of a place in double precision.

// For every position of an axis at the current offset, where the linear map leads from there and from its partner.
static void fill_columns(struct workspace *work, const struct stored *stored, const struct points *points, integer a) {
  const integer *starts = LIST(work->plan, const integer, stored->columns_at[a]);
  const integer *numbers = LIST(work->plan, const integer, stored->numbers_at[a]);
  const integer size = stored->from[a];
  const struct entry *entries = (const struct entry *)(starts + size + 1);
  // From one offset and from one position of this axis to the next in the stored covariance
  integer across = stored->positions, along = 1;
  for (integer b = work->job->network->axes - 1; b > a; b--) {
    across *= stored->numbers[b];
    along *= stored->size[b];
  }
  struct columns *columns = &work->columns[a];
  integer count = 0;
  // Point by point: every entry of its column with every entry of its partner's column of the same term of the sum
  for (integer t = 0; t < points->length[a]; t++) {
    const integer p = points->low[a] + t, q = modulo(p + points->delta[a], size);
    columns->starts[t] = count;
    for (integer i = starts[p]; i < starts[p + 1]; i++) {
      for (integer j = starts[q]; j < starts[q + 1]; j++) {
        if (entries[i].term != entries[j].term) continue;
        if (stored->local && entries[i].position != entries[j].position) continue;
        const integer number = numbers[modulo(entries[j].position - entries[i].position, stored->size[a])];
        // Nothing reads that offset
        if (number < 0) continue;
        columns->entries[count++] = (struct column){number * across + entries[i].position * along, entries[i].weight * entries[j].weight};
      }
    }
  }
  columns->starts[points->length[a]] = count;
}

// Adds `count` places of a tile side by side (points along the last axis, `step` numbers each: LANES, or 2 · LANES with the
// NTKs), times the weight, to where their columns lead.
INLINE void scatter_row(const struct columns *columns, integer count, double weight, REAL *out, const REAL *tile, const integer step) {
  for (integer t = 0; t < count; t++, tile += step) {
    for (integer e = columns->starts[t]; e < columns->starts[t + 1]; e++) {
      const struct column column = columns->entries[e];
      const vector factor = all(weight * column.weight);
      vector *to = (vector *)(out + column.place * step);
      for (integer v = 0; v < step / VECTOR; v++) to[v] = vfma(factor, ((const vector *)tile)[v], to[v]);
    }
  }
}

// The columns of an axis by the place that they lead to: the same matrix sorted by rows rather than by columns, so that the sum
// of a place can be formed in one go. In: columns, from fill_columns. Out: targets, with what leads to each of them.
static void list_targets(struct workspace *work, integer a, integer length) {
  const struct columns *columns = &work->columns[a];
  const struct column *entries = columns->entries;
  struct targets *targets = &work->targets[a];
  // How many sources each target has; targets are numbered as they come
  integer count = 0, *ends = targets->starts + 1;
  for (integer e = 0; e < columns->starts[length]; e++) {
    int *number = &work->listed[entries[e].place];
    if (!*number) {
      targets->places[count] = entries[e].place;
      ends[count++] = 0;
      *number = count;
    }
    ends[*number - 1]++;
  }
  targets->count = count;
  targets->starts[0] = 0;
  // Where each target starts, until its sources are listed
  for (integer k = 0, start = 0, length; k < count; k++, start += length) length = ends[k], ends[k] = start;
  for (integer t = 0; t < length; t++) {
    for (integer e = columns->starts[t]; e < columns->starts[t + 1]; e++) {
      targets->sources[ends[work->listed[entries[e].place] - 1]++] = (struct source){t, entries[e].weight};
    }
  }
  for (integer k = 0; k < count; k++) work->listed[targets->places[k]] = 0;
}

// Adds to one place what leads there, of rows of places a stride apart: at most 2·RUN in the precision of the tile, then in
// double.
INLINE void gather_place(const struct source *rows, integer count, integer stride, const struct source *sources, integer length,
                         double weight, double *to, const REAL *tile, const integer step) {
  _Alignas(64) REAL run[2 * LANES] = {0};
  vector *sums = (vector *)run;
  integer terms = 0;
  for (integer r = 0; r < count; r++) {
    const REAL *row = tile + rows[r].from * stride;
    for (integer start = 0; start < length; start += RUN) {
      const integer end = start + RUN < length ? start + RUN : length;
      for (integer k = start; k < end; k++) {
        const vector factor = all(weight * rows[r].weight * sources[k].weight), *place = (const vector *)(row + sources[k].from * step);
        for (integer v = 0; v < step / VECTOR; v++) sums[v] = vfma(factor, place[v], sums[v]);
      }
      terms += end - start;
      // The run is long enough, or the last one
      if (terms < RUN && r < count - 1) continue;
      for (integer l = 0; l < step; l++) to[l] += run[l], run[l] = 0;
      terms = 0;
    }
  }
}

// What scatter_row does, place by place of the last two axes (`a` and the one after it, unless `a` is the last), for sums in
// double precision.
INLINE void gather_rows(const struct workspace *work, const struct points *points, integer a, double weight, double *out, const REAL *tile,
                        const integer step) {
  // Where there is one axis alone, all is one row of places
  static const struct source all_rows = {0, 1};
  static integer here = 0, one[] = {0, 1};
  const struct targets *targets = &work->targets[a], *columns = &work->targets[work->job->network->axes - 1];
  const struct targets alone = {1, &here, one, (struct source *)&all_rows}, *rows = targets == columns ? &alone : targets;
  for (integer k = 0; k < rows->count; k++) {
    const struct source *from = rows->sources + rows->starts[k];
    const integer count = rows->starts[k + 1] - rows->starts[k];
    for (integer j = 0; j < columns->count; j++) {
      const integer start = columns->starts[j], length = columns->starts[j + 1] - start;
      double *to = out + (rows->places[k] + columns->places[j]) * step;
      gather_place(from, count, points->step[a] * step, columns->sources + start, length, weight, to, tile, step);
    }
  }
}

// Adds the part of a tile that axis `a` and those after it go through: axes in front point by point, from column to column; the
// last one by scatter_row or, where sums are in double precision, the last two by gather_rows. `out` is what `sums_in_double`
// says.
static void scatter(const struct workspace *work, const struct points *points, integer a, double weight, char *out, const REAL *tile) {
  const int in_double = sums_in_double(stored_at(work, work->segment->node));
  const integer step = step_of(work), size = in_double ? sizeof(double) : sizeof(REAL), axes = work->job->network->axes;
  const struct columns *columns = &work->columns[a];
  const integer count = points->length[a];
  if (in_double && a >= axes - 2) {
    if (step == LANES) gather_rows(work, points, a, weight, (double *)out, tile, LANES);
    else gather_rows(work, points, a, weight, (double *)out, tile, 2 * LANES);
    return;
  }
  if (a == axes - 1) {
    if (step == LANES) scatter_row(columns, count, weight, (REAL *)out, tile, LANES);
    else scatter_row(columns, count, weight, (REAL *)out, tile, 2 * LANES);
    return;
  }
  for (integer t = 0; t < count; t++, tile += points->step[a] * step) {
    for (integer e = columns->starts[t]; e < columns->starts[t + 1]; e++) {
      const struct column column = columns->entries[e];
      scatter(work, points, a + 1, weight * column.weight, out + column.place * step * size, tile);
    }
  }
}

// The sum over all positions, for a global pooling. Adds all points: in the precision of the tile as many as fit a vector
// register's digits, then in double precision.
INLINE void add_vectors(const struct points *points, const REAL *tile, double *sums, const integer step) {
  for (integer k = 0; k < points->count; k += RUN) {
    const integer end = k + RUN < points->count ? k + RUN : points->count;
    _Alignas(64) REAL chunk[2 * LANES] = {0};
    vector *parts = (vector *)chunk;
    for (integer i = k; i < end; i++) {
      const vector *place = (const vector *)(tile + points->x[i]);
      for (integer v = 0; v < step / VECTOR; v++) parts[v] += place[v];
    }
    for (integer l = 0; l < step; l++) sums[l] += chunk[l];
  }
}

// Where every point leads to one and the same place with the same weight, the covariance is a sum.
static void add_up(struct workspace *work, const struct points *points, const REAL *tile) {
  if (work->job->network->width == 1) add_vectors(points, tile, work->current->sums, LANES);
  else add_vectors(points, tile, work->current->sums, 2 * LANES);
}

// A tile of results: of all lanes that there are, and where x2 is x1 on both sides of the diagonal.
static void write_output(struct workspace *work, const struct points *points, const REAL *tile) {
  const struct job *job = work->job;
  const integer positions = node_at(job, work->segment->node)->positions, entries = job->entries;
  const integer row = first_row(job, work->block), rows = rows_in(job, work->block);
  // Place by place of the tile; what belongs to one pair of inputs is spread over the matrices, entry by entry
  for (integer k = 0; k < points->count; k++) {
    const integer p = points->p[k], q = points->q[k];
    const integer entry = job->full_output ? p * positions + q : p, mirrored = job->full_output ? q * positions + p : p;
    const REAL *place = tile + points->x[k];
    for (integer lane = 0; lane < rows; lane++) {
      if (work->diagonal) {
        job->diagonal_output[(row + lane) * entries + entry] = place[lane];
        continue;
      }
      // Below the diagonal is what the task of the other input writes
      const integer i = work->current->row, j = job->symmetric ? row + lane : row - job->n1 + lane;
      if (job->symmetric && j < i) continue;
      for (integer w = 0; w < job->network->width; w++) {
        job->outputs[w][(i * job->n2 + j) * entries + entry] = place[w * LANES + lane];
        if (job->symmetric && j != i) job->outputs[w][(j * job->n2 + i) * entries + mirrored] = place[w * LANES + lane];
      }
    }
  }
}

// The node whose matrices a node of attention gives.
static integer mixing_node(const struct job *job, integer attention) {
  integer k = 0;
  while (!node_at(job, k)->mixes || node_at(job, k)->attention != attention) k++;
  return k;
}

// What becomes of the tile.
static void sink(struct workspace *work, const struct tile_step *last) {
  const struct segment *segment = work->segment;
  const struct points *points = &work->points[last->geometry];
  const REAL *tile = tile_of(work, last);
  if (segment->sink == OUTPUT) return write_output(work, points, tile);
  if (segment->sink == WEIGHTS) return keep_weights(work, points, tile, mixing_node(work->job, segment->node));
  if (segment->sink == SUM) return add_up(work, points, tile);
  const struct stored *stored = stored_at(work, segment->node);
  REAL *to = work->current->stored[segment->node];
  const integer axes = work->job->network->axes;
  for (integer a = 0; a < axes; a++) fill_columns(work, stored, points, a);
  if (sums_in_double(stored)) for (integer a = axes < 2 ? 0 : axes - 2; a < axes; a++) list_targets(work, a, points->length[a]);
  scatter(work, points, 0, stored->scale, (char *)to, tile + points->x[0]);
}
