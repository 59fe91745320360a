// The features of inputs, from the variances of earlier nodes.

static double *number_list(const struct work *work, integer k) {
  return work->numbers + k * work->job->network->most_positions * LANES;
}

// One value of what row functions read: a variance of a node, or variable −1 − source of the job.
static double value_of(const struct job *job, integer source, integer positions, integer row, integer p) {
  if (source >= 0) return job->variances[source][row * positions + p];
  const integer own = job->variable_positions[-1 - source];
  return job->variables[-1 - source][own == 1 ? row : row * own + p];
}

// All that row functions read, for the lanes of a block.
static void read_block(struct work *work, const integer *sources, integer count, integer positions) {
  const struct job *job = work->job;
  const integer row = first_row(job, work->block), rows = rows_in(job, work->block);
  for (integer k = 0; k < count; k++) {
    double *list = number_list(work, k);
    work->readings[k] = list;
    for (integer lane = 0; lane < LANES; lane++) {
      const integer r = row + (lane < rows ? lane : rows - 1);
      for (integer p = 0; p < positions; p++) list[p * LANES + lane] = value_of(job, sources[k], positions, r, p);
    }
  }
}

// The same for one row.
static void read_row(struct work *work, const integer *sources, integer count, integer positions) {
  for (integer k = 0; k < count; k++) {
    double *list = number_list(work, k);
    work->readings[k] = list;
    for (integer p = 0; p < positions; p++) list[p] = value_of(work->job, sources[k], positions, work->row, p);
  }
}

static void features_of_block(struct work *work, integer k) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  const integer blocks = blocks_of(job->n1) + (job->symmetric ? 0 : blocks_of(job->n2));
  if (node->host) {
    work->second[k] = job->host[k * blocks + work->block];
    work->variances[k] = job->host_variances[k * blocks + work->block];
    return;
  }
  read_block(work, LIST(job->network, const integer, node->inputs_at), node->inputs, node->positions);
  const struct features *features = &work->second[k];
  job->rows[node->rows](node->positions * LANES, work->readings, (REAL *)features->values, features->stride, work->variances[k]);
}

// Features that the host computed for the block of the row, of its lane alone.
static void extract_row(struct work *work, integer k) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  const integer blocks = blocks_of(job->n1) + (job->symmetric ? 0 : blocks_of(job->n2)), lane = work->row % LANES;
  const struct features *from = &job->host[k * blocks + work->row / LANES];
  struct features *to = &work->first[k];
  REAL *values = (REAL *)to->values;
  for (integer f = 0; f < node->features; f++) {
    for (integer p = 0; p < node->positions; p++) values[f * to->stride + p] = from->values[f * from->stride + p * LANES + lane];
  }
  values += node->features * to->stride;
  to->widths = from->widths;
  for (integer t = 0; t < node->tables; t++) {
    ((const REAL **)to->tables)[t] = values;
    const integer count = node->positions * from->widths[t];
    for (integer e = 0; e < count; e++) values[e] = from->tables[t][e * LANES + lane];
    values += count;
  }
}

static void features_of_row(struct work *work, integer k) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  if (node->host) return extract_row(work, k);
  read_row(work, LIST(job->network, const integer, node->inputs_at), node->inputs, node->positions);
  const struct features *features = &work->first[k];
  job->rows[node->rows](node->positions, work->readings, (REAL *)features->values, features->stride, work->variances[k]);
}

// The inputs of a block side by side.
static void pack_inputs(struct work *work) {
  const struct job *job = work->job;
  if (!job->x1) return;
  const integer row = first_row(job, work->block), rows = rows_in(job, work->block);
  const integer size = node_at(job, 0)->results * job->channels;
  const REAL *from = row < job->n1 ? job->x1 + row * size : job->x2 + (row - job->n1) * size;
  for (integer lane = 0; lane < LANES; lane++) {
    const REAL *x = from + (lane < rows ? lane : rows - 1) * size;
    for (integer e = 0; e < size; e++) work->x2[e * LANES + lane] = x[e];
  }
}
