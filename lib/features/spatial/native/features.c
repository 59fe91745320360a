// Features of images: every thread takes an image that none has taken, and runs all steps of the program for it. In front of this text
// are the structs (structs.ts) and the nonlinearities, `forward(number, z, g, count, factor, variance)`, which text.ts has written.

// row[to + c] += weight · signs[c] · x[c] for c < count.
static void add_signed(REAL *restrict row, const REAL *restrict x, const REAL *restrict signs, REAL weight, integer count) {
  INDEPENDENT
  for (integer c = 0; c < count; c++) row[c] += weight * signs[c] * x[c];
}

static void add(REAL *restrict row, const REAL *restrict x, REAL weight, integer count) {
  INDEPENDENT
  for (integer c = 0; c < count; c++) row[c] += weight * x[c];
}

static const REAL one = 1;

// Adds a term to the row of output position P: what each tap reads has columns of its own, wrapped around at the end.
static void add_term(const struct term *term, const REAL *work, integer P, REAL *row, integer columns) {
  const integer first = term->starts ? term->starts[P] : P, last = term->starts ? term->starts[P + 1] : P + 1;
  for (integer k = first; k < last; k++) {
    const integer width = term->width, tap = term->starts ? term->taps[k] : 0, p = term->starts ? term->at[k] : k;
    const REAL weight = term->starts ? (REAL)term->factor * term->weights[k] : (REAL)term->factor;
    const REAL *x = term->from < 0 ? &one : work + term->from + p * width;
    integer to = (term->offset + tap * width) % columns;
    for (integer done = 0; done < width; to = 0) {
      const integer count = width - done < columns - to ? width - done : columns - to;
      if (term->signs) add_signed(row + to, x + done, term->signs + tap * width + done, weight, count);
      else add(row + to, x + done, weight, count);
      done += count;
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

static void gather(const struct step *step, REAL *work) {
  const integer columns = step->columns;
  const REAL *signs[] = { step->signs0, step->signs1, step->signs2 };
  REAL scale = 1;
  for (integer r = 1; r < step->rounds; r++) scale *= 1 / SQRT((REAL)columns);
  for (integer P = 0; P < step->positions; P++) {
    REAL *restrict row = work + step->to + P * columns;
    __builtin_memset(row, 0, columns * sizeof(REAL));
    for (integer t = 0; t < step->term_count; t++) add_term(&step->terms[t], work, P, row, columns);
    for (integer r = 0; r < step->rounds; r++) {
      const REAL *restrict sign = signs[r];
      INDEPENDENT
      for (integer c = 0; sign && c < columns; c++) row[c] *= sign[c];
      walsh_hadamard(row, columns);
    }
    if (step->rounds > 1) for (integer c = 0; c < columns; c++) row[c] *= scale;
    const REAL *restrict shift = step->shift;
    if (shift) for (integer c = 0; c < columns; c++) row[c] += shift[c];
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
