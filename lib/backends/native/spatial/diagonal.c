// Inputs with themselves, node by node: the variances that all maps need, and the first output.
// Last text of the driver, behind run.c. In: a block of LANES inputs. Out: `variances` of every node for that block. A convolution
// needs the variances before it alone; for another linear map, for attention and for an output of all pairs of positions, the
// segment of the node is run with the block on both sides.
//
// Every variance has the very bits of the covariance of two equal inputs, whatever computes either: maps tell by that where an
// input meets itself. So sums here go in the order of those in maps (loops.c, code/points.ts).

// The segment that ends with node k in the plan of inputs with themselves; null if its variances need none.
static const struct segment *segment_of(const struct workspace *work, integer k) {
  const struct segment *segments = LIST(work->plan, const struct segment, work->plan->segments_at);
  for (integer s = 0; s < work->plan->segments; s++) {
    if (segments[s].node == k) return &segments[s];
  }
  return 0;
}

// The variances of the inputs, (position, lane).
static void input_variances(struct workspace *work, REAL *out) {
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
      for (integer lane = 0; lane < LANES; lane++) {
        out[p * LANES + lane] = job->given[(row + (lane < rows ? lane : rows - 1)) * entries + entry];
      }
    }
  }
}

// The rows of taps of the positions with the given indices of the axes before the last one; null outside.
static integer rows_of(const struct node *node, integer last, const integer *index, const REAL *in, const REAL **rows) {
  integer tap[AXES] = {0}, count = 0;
  do {
    integer place = 0, inside = 1;
    for (integer a = 0; a < last; a++) {
      // Before the first position or beyond the last there is nothing, or on a circle the other end
      integer p = node->stride[a] * index[a] + node->first[a] + tap[a];
      if (node->wrap[a]) p = modulo(p, node->size[a]);
      inside &= p >= 0 && p < node->size[a];
      place = place * node->size[a] + p;
    }
    rows[count++] = inside ? in + place * node->size[last] * LANES : 0;
  } while (advance(tap, node->taps, last));
  return count;
}

// The sums over the taps of all axes but the last, for every position of that.
static void add_rows(const REAL *const *rows, integer count, integer size, REAL *columns) {
  for (integer v = 0; v < size * LANES; v += VECTOR) {
    vector sum = all(0), run = all(0);
    for (integer r = 0; r < count; r++) {
      if (rows[r]) run += *(const vector *)(rows[r] + v);
      if ((r + 1) % LONGEST && r < count - 1) continue;
      sum += run;
      run = all(0);
    }
    *(vector *)(columns + v) = sum;
  }
}

// A convolution of variances, in the order of the sums of maps.
static void convolve(const struct workspace *work, const struct node *node, const REAL *in, REAL *out) {
  const integer last = work->job->network->axes - 1, size = node->size[last];
  integer index[AXES] = {0}, most = 1;
  for (integer a = 0; a < last; a++) most *= node->taps[a];
  const REAL *rows[most];
  do {
    add_rows(rows, rows_of(node, last, index, in, rows), size, work->columns_of_row);
    for (integer t = 0; t < node->out[last]; t++, out += LANES) {
      for (integer part = 0; part < LANES; part += VECTOR) {
        // The order of add_window (loops.c), or variances would differ from covariances of equal inputs in the last bit
        vector sum = all(0), run = all(0);
        for (integer tap = 0; tap < node->taps[last]; tap++) {
          integer p = node->stride[last] * t + node->first[last] + tap;
          if (node->wrap[last]) p = modulo(p, size);
          if (p >= 0 && p < size) run += *(const vector *)(work->columns_of_row + p * LANES + part);
          if ((tap + 1) % LONGEST && tap < node->taps[last] - 1) continue;
          sum += run;
          run = all(0);
        }
        *(vector *)(out + part) = sum * all(node->scale);
      }
    }
  } while (advance(index, node->out, last));
}

// Whether the conditions on the variances of a node hold.
static int holds(struct workspace *work, integer k) {
  const struct node *node = node_at(work->job, k);
  if (node->check.number < 0) return 1;
  // Conditions read variances as features do
  read_block(work, &node->check, node->results);
  return !work->job->checks[node->check.number](node->results * LANES, work->readings);
}

// The values of a covariance at equal positions.
static const REAL *equal_positions_of(const struct workspace *work, integer k) {
  static const struct points here = {0};
  return work->current->stored[k] + offset_of(work, stored_at(work, k), &here) * step_of(work);
}

// The matrices of a node from the covariances of inputs with themselves; 0 if told to stop.
static int attend(struct workspace *work, integer k, integer attention) {
  features_of_block(work, attention, &work->second[attention]);
  if (!run_segment(work, segment_of(work, attention))) return 0;
  if (node_at(work->job, k)->softmax) softmax(work, k);
  return 1;
}

// The variances of a node, side by side; 0 if told to stop.
static int diagonal_node(struct workspace *work, integer k, REAL *out) {
  const struct node *node = node_at(work->job, k);
  const struct segment *segment = segment_of(work, k);
  if (k == 0) {
    input_variances(work, out);
    return 1;
  }
  if (node->mixes && node->attention && !attend(work, k, node->attention)) return 0;
  features_of_block(work, k, &work->second[k]);
  // A convolution has its variances from those before it; its segment, if it has one, is for nodes that read other pairs of
  // positions
  if (node->convolves) convolve(work, node, work->variances[k], out);
  if (segment && !run_segment(work, segment)) return 0;
  // The convolution has written them; of an output nothing is read
  if (node->convolves || k == work->job->network->output) return 1;
  const REAL *equal = equal_positions_of(work, k);
  for (integer p = 0; p < node->results; p++) {
    for (integer l = 0; l < LANES; l++) out[p * LANES + l] = equal[p * step_of(work) + l];
  }
  return 1;
}

// The nodes from `from` to `to` of a block, which follow those before; 1 if a condition does not hold, −1 if told to stop.
static int diagonal_nodes(struct workspace *work, integer block, integer from, integer to) {
  const struct job *job = work->job;
  int failed = 0;
  if (from == 0) {
    work->block = block;
    pack_inputs(work);
  }
  for (integer k = from; k < to; k++) {
    const int is_output = k == job->network->output;
    REAL *results = is_output ? 0 : variances_of(job, k, block);
    work->variances[job->network->nodes + k] = results;
    if (!diagonal_node(work, k, results)) return -1;
    failed |= !is_output && !holds(work, k);
  }
  return failed;
}

// The same on a thread, in parts between which the host computes.
int diagonal(int thread, struct job *job, char *memory, int block, int from, int to) {
  move_to(thread);
  const int failed = diagonal_nodes((struct workspace *)memory, block, from, to);
  leave(job->guard);
  return failed;
}

// At most `most` blocks that no thread has taken, where the host computes nothing in between; how many they were. None is taken
// behind a block with a condition that does not hold: the first of those is `failing`, which is behind the last block at first.
int diagonals(int thread, struct job *job, char *memory, int most) {
  move_to(thread);
  int done = 0;
  for (int failed = 0; done < most && failed == 0; done++) {
    const integer block = __atomic_fetch_add(&job->next_block, 1, __ATOMIC_RELAXED);
    integer first = __atomic_load_n(&job->failing, __ATOMIC_RELAXED);
    if (block >= first) break;
    failed = diagonal_nodes((struct workspace *)memory, block, 0, job->network->output + 1);
    if (failed != 1) continue;
    while (block < first && !__atomic_compare_exchange_n(&job->failing, &first, block, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  }
  leave(job->guard);
  return done;
}
