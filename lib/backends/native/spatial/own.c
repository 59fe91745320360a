// Inputs with themselves, node by node: the variances that all maps need, and the first output.

static const struct segment *segment_of(const struct work *work, integer k) {
  const struct segment *segments = LIST(work->plan, const struct segment, work->plan->segments_at);
  for (integer s = 0; s < work->plan->segments; s++) {
    if (segments[s].node == k) return &segments[s];
  }
  return 0;
}

static void input_variances(struct work *work, REAL *out) {
  const struct job *job = work->job;
  const integer positions = node_at(job, 0)->results, entries = job->full ? positions * positions : positions;
  const integer row = first_row(job, work->block), rows = rows_in(job, work->block);
  for (integer p = 0; p < positions; p++) {
    if (job->x1) {
      for (integer part = 0; part < LANES; part += VECTOR) {
        const REAL *x = work->x2 + p * job->channels * LANES + part;
        *(vector *)(out + p * LANES + part) = product(x, x, job->channels, 1);
      }
    } else {
      const integer entry = job->full ? p * positions + p : p;
      for (integer lane = 0; lane < rows; lane++) out[p * LANES + lane] = job->given[(row + lane) * entries + entry];
    }
  }
}

// The place before the linear map of a tap of a position after it; −1 outside.
static integer tapped(const struct node *node, integer axes, const integer *index, const integer *tap) {
  integer place = 0;
  for (integer a = 0; a < axes; a++) {
    integer p = node->stride[a] * index[a] + node->first[a] + tap[a];
    if (node->wrap[a]) p = modulo(p, node->size[a]);
    if (p < 0 || p >= node->size[a]) return -1;
    place = place * node->size[a] + p;
  }
  return place;
}

// A convolution of variances, in the order of the sums of maps.
static void convolve(const struct node *node, integer axes, const REAL *in, REAL *out) {
  const integer last = axes - 1;
  integer index[AXES] = {0}, tap[AXES] = {0};
  for (integer part = 0; part < LANES; part += VECTOR) {
    REAL *to = out + part;
    do {
      vector sum = all(0);
      for (tap[last] = 0; tap[last] < node->taps[last]; tap[last]++) {
        vector column = all(0);
        do {
          const integer place = tapped(node, axes, index, tap);
          if (place >= 0) column += *(const vector *)(in + place * LANES + part);
        } while (advance(tap, node->taps, last));
        sum += column;
      }
      *(vector *)to = sum * all(node->scale);
      to += LANES;
    } while (advance(index, node->out, axes));
  }
}

// Keeps the variances of a node: (position, lane) to (row, position).
static void keep(const struct work *work, integer k, const REAL *values) {
  const integer row = first_row(work->job, work->block), rows = rows_in(work->job, work->block);
  const integer positions = node_at(work->job, k)->results;
  REAL *to = work->job->variances[k] + row * positions;
  for (integer lane = 0; lane < rows; lane++) {
    for (integer p = 0; p < positions; p++) to[lane * positions + p] = values[p * LANES + lane];
  }
}

// Whether the conditions on the variances of a node hold.
static int holds(struct work *work, integer k) {
  const struct node *node = node_at(work->job, k);
  if (node->check < 0) return 1;
  read_block(work, LIST(work->job->network, const integer, node->check_inputs_at), node->check_inputs, node->results);
  return !work->job->checks[node->check](node->results * LANES, work->readings);
}

// The values of a covariance at equal positions.
static const REAL *diagonal_of(const struct work *work, integer k) {
  static const struct points here = {0};
  return work->stored[k] + offset_of(work, stored_at(work, k), &here) * step_of(work);
}

// The variances of a node, side by side; 0 if told to stop.
static int own_node(struct work *work, integer k, REAL *out) {
  const struct node *node = node_at(work->job, k);
  const struct segment *segment = segment_of(work, k);
  if (k == 0) {
    input_variances(work, out);
    return 1;
  }
  features_of_block(work, k);
  if (node->convolves) convolve(node, work->job->network->axes, work->variances[k], out);
  if (segment && !run_segment(work, segment)) return 0;
  if (node->convolves || k == work->job->network->nodes - 1) return 1;
  const REAL *diagonal = diagonal_of(work, k);
  for (integer p = 0; p < node->results; p++) {
    for (integer l = 0; l < LANES; l++) out[p * LANES + l] = diagonal[p * step_of(work) + l];
  }
  return 1;
}

// The nodes from `from` to `to` of a block, which follow those before; 1 if a condition does not hold, −1 if told to stop.
int own(struct job *job, char *memory, int block, int from, int to) {
  struct work *work = (struct work *)memory;
  int failed = 0;
  if (from == 0) {
    work->block = block;
    pack_inputs(work);
  }
  for (integer k = from; k < to; k++) {
    REAL *results = work->variances[job->network->nodes + k];
    if (!own_node(work, k, results)) return -1;
    if (k == job->network->nodes - 1) break;
    keep(work, k, results);
    failed |= !holds(work, k);
  }
  return failed;
}
