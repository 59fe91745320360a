// Maps of positions with a matrix of each input: K′ = A₁ K A₂ᵀ, of attention and of aggregation over a graph. Fourth text of the
// driver, behind tile_steps.c. In: a stored covariance with all offsets of one axis, and the matrices of both inputs, which came
// with the job or from `keep_weights` and `softmax`. Out: the covariance after the map, in the same place. Both products are
// formed for a few rows at a time: MIXED rows of K A₂ᵀ stay in the cache while they are added to all rows of the result.

// The matrices of a block of inputs for node k, (position after, position before, lane).
static REAL *matrix_of(const struct job *job, integer k, integer block) {
  const integer positions = node_at(job, k)->positions;
  return job->matrices[k] + block * positions * positions * LANES;
}

// The place of a pair of positions in a stored covariance with all offsets of one axis.
static integer mixed_place(integer positions, integer p, integer q) { return modulo(q - p, positions) * positions + p; }

// Row p of K A₂ᵀ.
static void mix_row(const struct workspace *work, const REAL *k, const REAL *a2, integer positions, integer p, REAL *row) {
  const integer step = step_of(work);
  for (integer Q = 0; Q < positions; Q++) {
    for (integer v = 0; v < step; v += VECTOR) {
      vector sum = all(0), run = all(0);
      for (integer q = 0; q < positions; q++) {
        const vector weight = *(const vector *)(a2 + (Q * positions + q) * LANES + v % LANES);
        run = vfma(weight, *(const vector *)(k + mixed_place(positions, p, q) * step + v), run);
        // Sums of MIXED terms on their own: one long chain would add up its roundings
        if (q % MIXED < MIXED - 1 && q < positions - 1) continue;
        sum += run;
        run = all(0);
      }
      *(vector *)(row + Q * step + v) = sum;
    }
  }
}

// The map of node k: MIXED rows of K A₂ᵀ, then what they add to all rows of the result.
static void mix(struct workspace *work, integer k) {
  const struct job *job = work->job;
  const integer positions = node_at(job, k)->positions, step = step_of(work), lane = work->current->row % LANES;
  const REAL *a1 = matrix_of(job, k, work->diagonal ? work->block : work->current->row / LANES), *a2 = matrix_of(job, k, work->block);
  const integer bytes = positions * positions * step * sizeof(REAL);
  __builtin_memset(work->mixed, 0, bytes);
  for (integer start = 0; start < positions; start += MIXED) {
    const integer count = start + MIXED < positions ? MIXED : positions - start;
    for (integer r = 0; r < count; r++) {
      mix_row(work, work->current->stored[k], a2, positions, start + r, work->mixed_rows + r * positions * step);
    }
    for (integer P = 0; P < positions; P++) {
      const REAL *weights = a1 + (P * positions + start) * LANES;
      for (integer Q = 0; Q < positions; Q++) {
        REAL *to = work->mixed + mixed_place(positions, P, Q) * step;
        for (integer v = 0; v < step; v += VECTOR) {
          // The first input is one for all lanes, or where inputs are with themselves one a lane
          vector sum = all(0);
          for (integer r = 0; r < count; r++) {
            const vector weight = work->diagonal ? *(const vector *)(weights + r * LANES + v % LANES) : all(weights[r * LANES + lane]);
            sum = vfma(weight, *(const vector *)(work->mixed_rows + (r * positions + Q) * step + v), sum);
          }
          *(vector *)(to + v) += sum;
        }
      }
    }
  }
  __builtin_memcpy(work->current->stored[k], work->mixed, bytes);
}

// The weights of a tile to the matrices of the node that they are for.
static void keep_weights(const struct workspace *work, const struct points *points, const REAL *tile, integer k) {
  const integer positions = node_at(work->job, k)->positions;
  for (integer i = 0; i < points->count; i++) {
    REAL *to = matrix_of(work->job, k, work->block) + (points->p[i] * positions + points->q[i]) * LANES;
    __builtin_memcpy(to, tile + points->x[i], LANES * sizeof(REAL));
  }
}

// eˣ / Σ eˣ of every row, with the largest x subtracted first so that nothing overflows.
static void softmax(const struct workspace *work, integer k) {
  const integer positions = node_at(work->job, k)->positions;
  REAL *row = matrix_of(work->job, k, work->block);
  for (integer P = 0; P < positions; P++, row += positions * LANES) {
    for (integer lane = 0; lane < LANES; lane++) {
      // One input at a time, in double precision
      double largest = row[lane], sum = 0, powers[positions];
      for (integer p = 1; p < positions; p++) {
        if (row[p * LANES + lane] > largest) largest = row[p * LANES + lane];
      }
      for (integer p = 0; p < positions; p++) sum += powers[p] = exponential(row[p * LANES + lane] - largest);
      for (integer p = 0; p < positions; p++) row[p * LANES + lane] = powers[p] / sum;
    }
  }
}
