// Features of images: every thread takes an image that none has taken, and runs all steps of the program for it. In front of this text
// are the structs (structs.ts) and the nonlinearities, `forward(number, z, g, count, factor, variance)`, which text.ts has written.

typedef REAL vector __attribute__((vector_size(VECTOR * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

// Positions that are gathered together: signs are read once for all of them. Columns whose sums stay in registers meanwhile.
enum { STRIP = 8, VECTORS = 8, BLOCK = VECTORS * VECTOR };

// row[c] += weight · signs[c] · x[c] for c < count, without signs where there are none.
static void add(REAL *restrict row, const REAL *restrict x, const REAL *restrict signs, REAL weight, integer count) {
  INDEPENDENT
  for (integer c = 0; c < count; c++) row[c] += signs ? weight * signs[c] * x[c] : weight * x[c];
}

static const REAL one = 1;

// Where the links of an output position begin.
static integer begin_of(const struct term *term, integer P) { return term->starts ? term->starts[P] : P; }

// Adds what the taps read that come to columns of their own, wrapped around at the end, to the row of output position P.
static void add_row(const struct term *term, const REAL *work, integer P, REAL *row, integer columns) {
  const integer width = term->width;
  for (integer k = begin_of(term, P); k < begin_of(term, P + 1); k++) {
    const integer tap = term->starts ? term->taps[k] : 0, p = term->starts ? term->at[k] : k;
    const REAL weight = term->factor * (term->starts ? term->weights[k] : 1);
    const REAL *x = term->from < 0 ? &one : work + term->from + p * width;
    integer to = (term->offset + tap * width) % columns;
    for (integer done = 0; done < width; to = 0) {
      const integer count = width - done < columns - to ? width - done : columns - to;
      add(row + to, x + done, term->signs ? term->signs + tap * width + done : 0, weight, count);
      done += count;
    }
  }
}

// The same for rows of positions from P on, where every tap fills all columns: the sums of a block are formed in registers.
static void add_rows(const struct term *term, const REAL *work, integer P, integer count, REAL *rows, integer columns) {
  for (integer c = 0; c < columns; c += BLOCK) {
    for (integer i = 0; i < count; i++) {
      vector *to = (vector *)(rows + i * columns + c), sums[VECTORS];
      UNROLL for (int v = 0; v < VECTORS; v++) sums[v] = to[v];
      for (integer k = begin_of(term, P + i); k < begin_of(term, P + i + 1); k++) {
        const integer tap = term->starts ? term->taps[k] : 0, p = term->starts ? term->at[k] : k;
        const REAL weight = term->factor * (term->starts ? term->weights[k] : 1);
        const vector *x = (const vector *)(work + term->from + p * columns + c);
        const vector *signs = (const vector *)(term->signs + tap * columns + c);
        UNROLL for (int v = 0; v < VECTORS; v++) sums[v] += term->signs ? weight * signs[v] * x[v] : weight * x[v];
      }
      UNROLL for (int v = 0; v < VECTORS; v++) to[v] = sums[v];
    }
  }
}

// Eight sums and differences of neighbours: three levels of the transform.
INLINE void transform8(REAL *x) {
  const REAL a0 = x[0] + x[1], a1 = x[0] - x[1], a2 = x[2] + x[3], a3 = x[2] - x[3];
  const REAL a4 = x[4] + x[5], a5 = x[4] - x[5], a6 = x[6] + x[7], a7 = x[6] - x[7];
  const REAL b0 = a0 + a2, b2 = a0 - a2, b1 = a1 + a3, b3 = a1 - a3;
  const REAL b4 = a4 + a6, b6 = a4 - a6, b5 = a5 + a7, b7 = a5 - a7;
  x[0] = b0 + b4, x[4] = b0 - b4, x[1] = b1 + b5, x[5] = b1 - b5;
  x[2] = b2 + b6, x[6] = b2 - b6, x[3] = b3 + b7, x[7] = b3 - b7;
}

// H·x in place for a power of two from 64 on, two levels at a time.
static void walsh_hadamard(REAL *restrict x, integer length) {
  for (integer i = 0; i < length; i += 8) transform8(x + i);
  integer half = 8;
  for (; half * 2 < length; half *= 4) {
    for (integer block = 0; block < length; block += 4 * half) {
      REAL *restrict p = x + block, *restrict q = p + half, *restrict r = q + half, *restrict s = r + half;
      INDEPENDENT
      for (integer i = 0; i < half; i++) {
        const REAL sum1 = p[i] + q[i], difference1 = p[i] - q[i], sum2 = r[i] + s[i], difference2 = r[i] - s[i];
        p[i] = sum1 + sum2, q[i] = difference1 + difference2, r[i] = sum1 - sum2, s[i] = difference1 - difference2;
      }
    }
  }
  if (half >= length) return;
  REAL *restrict p = x, *restrict q = x + half;
  INDEPENDENT
  for (integer i = 0; i < half; i++) {
    const REAL sum = p[i] + q[i], difference = p[i] - q[i];
    p[i] = sum, q[i] = difference;
  }
}

// Projections of a row, in place.
static void project(const struct step *step, REAL scale, REAL *restrict row) {
  const integer columns = step->columns;
  const REAL *all[] = { step->signs0, step->signs1, step->signs2 };
  for (integer r = 0; r < step->rounds; r++) {
    const REAL *restrict signs = all[r];
    if (signs) for (integer c = 0; c < columns; c++) row[c] *= signs[c];
    walsh_hadamard(row, columns);
  }
  if (scale != 1) for (integer c = 0; c < columns; c++) row[c] *= scale;
  const REAL *restrict shift = step->shift;
  if (shift) for (integer c = 0; c < columns; c++) row[c] += shift[c];
}

static void gather(const struct step *step, REAL *work) {
  const integer columns = step->columns;
  REAL scale = 1;
  for (integer r = 1; r < step->rounds; r++) scale *= 1 / SQRT((REAL)columns);
  for (integer P = 0; P < step->positions; P += STRIP) {
    const integer count = step->positions - P < STRIP ? step->positions - P : STRIP;
    REAL *rows = work + step->to + P * columns;
    __builtin_memset(rows, 0, count * columns * sizeof(REAL));
    for (integer t = 0; t < step->term_count; t++) {
      const struct term *term = &step->terms[t];
      if (term->from >= 0 && term->width == columns && term->offset == 0 && columns % BLOCK == 0) {
        add_rows(term, work, P, count, rows, columns);
      } else {
        for (integer i = 0; i < count; i++) add_row(term, work, P + i, rows + i * columns, columns);
      }
    }
    for (integer i = 0; step->rounds > 0 && i < count; i++) project(step, scale, rows + i * columns);
  }
}

static REAL sum_of_squares(const REAL *row, integer count) {
  REAL sums[16] = {0}, sum = 0;
  integer c = 0;
  for (; c + 16 <= count; c += 16) UNROLL for (int l = 0; l < 16; l++) sums[l] += row[c + l] * row[c + l];
  for (; c < count; c++) sum += row[c] * row[c];
  for (integer l = 0; l < 16; l++) sum += sums[l];
  return sum;
}

static void apply(const struct step *step, REAL *work) {
  const integer columns = step->columns;
  const REAL factor = 1 / SQRT((REAL)columns);
  for (integer P = 0; P < step->positions; P++) {
    REAL *z = work + step->to + P * columns, *g = work + step->g + P * columns;
    forward(step->forward, z, g, columns, factor, sum_of_squares(z, columns) / columns);
  }
}

static void normalise(const struct step *step, REAL *work) {
  for (integer P = 0; P < step->positions; P++) {
    REAL *restrict z = work + step->to + P * step->columns, *restrict g = work + step->g + P * step->g_columns;
    const REAL scale = 1 / SQRT(sum_of_squares(z, step->columns) + (REAL)step->eps);
    for (integer c = 0; c < step->columns; c++) z[c] *= scale;
    for (integer c = 0; c < step->g_columns; c++) g[c] *= scale;
  }
}

static void multiply(const struct step *step, REAL *work) {
  const integer count = step->positions * step->columns;
  REAL *restrict to = work + step->to;
  const REAL factor = 1 / SQRT((REAL)step->columns);
  for (integer k = 0; k < count; k++) to[k] = factor;
  for (integer f = 0; f < step->factor_count; f++) {
    const REAL *restrict from = work + step->factors[f];
    INDEPENDENT
    for (integer k = 0; k < count; k++) to[k] *= from[k];
  }
}

// All steps for image k.
static void map_image(const struct job *job, REAL *work, integer k) {
  __builtin_memcpy(work + job->input, job->images + k * job->image_size, job->image_size * sizeof(REAL));
  for (integer s = 0; s < job->step_count && !unwanted(&job->stop, job->guard); s++) {
    const struct step *step = &job->steps[s];
    if (step->kind == GATHER) gather(step, work);
    if (step->kind == NONLINEARITY) apply(step, work);
    if (step->kind == NORMALISE) normalise(step, work);
    if (step->kind == PRODUCT) multiply(step, work);
  }
  __builtin_memcpy(job->nngp_out + k * job->nngp_columns, work + job->nngp, job->nngp_columns * sizeof(REAL));
  __builtin_memcpy(job->ntk_out + k * job->ntk_columns, work + job->ntk, job->ntk_columns * sizeof(REAL));
}

// Maps at most `most` images that no thread has taken, and returns how many: 0 when there are none left or nothing more is wanted.
int run(int thread, struct job *job, int most) {
  int done = 0;
  for (; done < most && !unwanted(&job->stop, job->guard); done++) {
    const integer k = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
    if (k >= job->count) break;
    map_image(job, job->work + thread * job->work_size, k);
  }
  leave(job->guard);
  return done;
}
