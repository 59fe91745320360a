// The features of inputs: what maps read of one input alone, from the variances of earlier nodes and the variables of the job.
// Sixth text of the driver, behind scatter.c. In: variances of all inputs (diagonal.c). Out: `struct features` of a node, for a
// block of inputs side by side or for one row. The functions that compute them are in the text of the program (rows.ts), in double
// precision, unless the host has done so. A feature √var of 3 positions is 3 · LANES numbers of a block, lane after lane of a
// position, as maps read vectors of the second side; and 3 numbers of a row, as maps read one number for all lanes of the first.

// One number of a row, which came with the job: variable −1 − source of the job.
static double variable_of(const struct job *job, integer source, integer block, integer lane, integer p) {
  const integer count = job->variable_positions[-1 - source], rows = rows_in(job, block);
  const integer row = first_row(job, block) + (lane < rows ? lane : rows - 1);
  return job->variables[-1 - source][count == 1 ? row : row * count + p];
}

// All that a function reads of a block: `lanes` inputs from lane `first` on, so LANES of them from 0, or the one of a row.
INLINE void read_inputs(struct workspace *work, const struct function *function, integer positions, integer block, integer first,
                        const integer lanes) {
  const integer *sources = LIST(work->job->network, const integer, function->inputs_at);
  for (integer k = 0; k < function->inputs; k++) {
    double *list = work->numbers + k * work->job->network->most_positions * LANES;
    work->readings[k] = list;
    if (sources[k] < 0) {
      for (integer e = 0; e < positions * lanes; e++) list[e] = variable_of(work->job, sources[k], block, first + e % lanes, e / lanes);
      continue;
    }
    const REAL *from = variances_of(work->job, sources[k], block) + first;
    for (integer p = 0; p < positions; p++) {
      INDEPENDENT
      for (integer l = 0; l < lanes; l++) list[p * lanes + l] = from[p * LANES + l];
    }
  }
}

static void read_block(struct workspace *work, const struct function *function, integer positions) {
  read_inputs(work, function, positions, work->block, 0, LANES);
}

// The features of node k for the block of the second side; of inputs with themselves also the variances after its map.
static void features_of_block(struct workspace *work, integer k, struct features *features) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  const integer blocks = blocks_of(job->n1) + (job->symmetric ? 0 : blocks_of(job->n2));
  if (node->host) {
    *features = job->host[k * blocks + work->block];
    work->variances[k] = job->host_variances[k * blocks + work->block];
    return;
  }
  const struct function *rows = work->diagonal ? &node->diagonal_rows : &node->second_rows;
  read_block(work, rows, node->positions);
  job->rows[rows->number](node->positions * LANES, work->readings, (REAL *)features->values, features->stride, work->variances[k]);
}

// Features that the host computed for the block of the row, of its lane alone: maps read the first side of pairs number by number, and
// the host has packed blocks only.
static void extract_row(const struct workspace *work, integer k, struct features *to) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  const integer blocks = blocks_of(job->n1) + (job->symmetric ? 0 : blocks_of(job->n2)), lane = work->current->row % LANES;
  // Lane by lane in memory: one input has its numbers next to each other
  const struct features *from = &job->host[k * blocks + work->current->row / LANES];
  REAL *values = (REAL *)to->values;
  for (integer f = 0; f < node->features; f++) {
    for (integer p = 0; p < node->positions; p++) values[f * to->stride + p] = from->values[f * from->stride + p * LANES + lane];
  }
  values += node->features * to->stride;
  to->widths = from->widths;
  for (integer t = 0; t < node->tables; t++) {
    ((const REAL **)to->tables)[t] = values;
    // Tables of one block are as wide as its widest
    const integer count = node->positions * from->widths[t];
    for (integer e = 0; e < count; e++) values[e] = from->tables[t][e * LANES + lane];
    values += count;
  }
}

// The features of node k for the row of the first side.
static void features_of_row(struct workspace *work, integer k, struct features *features) {
  const struct job *job = work->job;
  const struct node *node = node_at(job, k);
  if (node->host) return extract_row(work, k, features);
  read_inputs(work, &node->first_rows, node->positions, work->current->row / LANES, work->current->row % LANES, 1);
  job->rows[node->first_rows.number](node->positions, work->readings, (REAL *)features->values, features->stride, 0);
}

// The inputs of a block side by side: channel c of position p of all lanes is one vector, as the products of tile_steps.c read it.
static void pack_inputs(struct workspace *work) {
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
