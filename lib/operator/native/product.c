// The product of a symmetric matrix in tiles with k vectors: y += K·v, of which the caller has the lower triangle in integers; all
// sums are in double precision. Vectors are rows of `width` numbers, one for each of k and zeros up to a multiple of
// LANES. A tile T of blocks I and J is read once: a piece of it is widened into `piece`, which stays in the nearest cache, then
// y_I += T·v_J and, off the diagonal, y_J += Tᵀ·v_I.

typedef double vector __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));

// y += A·v for `rows` rows of A and `vectors` vectors of columns of v and y: entry (i, p) of A is a[i * row + p * step].
INLINE void rows_times(const int rows, const int vectors, const double *restrict a, integer row, integer step, integer depth,
                       const double *restrict v, double *restrict y, integer width) {
  vector sums[4][3];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int l = 0; l < vectors; l++) sums[i][l] = *(const vector *)(y + i * width + l * LANES);
  for (integer p = 0; p < depth; p++) {
    vector x[3];
    UNROLL for (int l = 0; l < vectors; l++) x[l] = *(const vector *)(v + p * width + l * LANES);
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int l = 0; l < vectors; l++) sums[i][l] += a[i * row + p * step] * x[l];
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int l = 0; l < vectors; l++) *(vector *)(y + i * width + l * LANES) = sums[i][l];
}

// The same for `count` rows.
INLINE void times(const int vectors, integer count, const double *a, integer row, integer step, integer depth, const double *v,
                  double *y, integer width) {
  integer i = 0;
  for (; i + 4 <= count; i += 4) rows_times(4, vectors, a + i * row, row, step, depth, v, y + i * width, width);
  for (; i < count; i++) rows_times(1, vectors, a + i * row, row, step, depth, v, y + i * width, width);
}

NOINLINE void times3(integer count, const double *a, integer row, integer step, integer depth, const double *v, double *y,
                     integer width) {
  times(3, count, a, row, step, depth, v, y, width);
}

NOINLINE void times2(integer count, const double *a, integer row, integer step, integer depth, const double *v, double *y,
                     integer width) {
  times(2, count, a, row, step, depth, v, y, width);
}

NOINLINE void times1(integer count, const double *a, integer row, integer step, integer depth, const double *v, double *y,
                     integer width) {
  times(1, count, a, row, step, depth, v, y, width);
}

// The same for all columns.
static void times_all(integer count, const double *a, integer row, integer step, integer depth, const double *v, double *y,
                      integer width) {
  integer l = 0;
  for (; l + 3 * LANES <= width; l += 3 * LANES) times3(count, a, row, step, depth, v + l, y + l, width);
  if (width - l == 2 * LANES) times2(count, a, row, step, depth, v + l, y + l, width);
  if (width - l == LANES) times1(count, a, row, step, depth, v + l, y + l, width);
}

static integer least(integer a, integer b) { return a < b ? a : b; }

// A piece of integers as numbers, in rows of COLS.
INLINE void widen(const int *restrict from, integer stride, integer rows, integer cols, double *restrict piece) {
  for (integer p = 0; p < rows; p++)
    for (integer q = 0; q < cols; q++) piece[p * COLS + q] = from[p * stride + q];
}

static void multiply_tile(const struct job *job, const struct task *task) {
  const integer width = job->width, first = task->row * job->tile_rows, left = task->col * job->tile_rows;
  const integer rows = least(job->tile_rows, job->n - first), cols = least(job->tile_rows, job->n - left);
  const int *tile = job->tiles[task->tile];
  const double *v = job->v;
  double *y = job->y;
  double piece[ROWS * COLS] __attribute__((aligned(64)));
  for (integer i = 0; i < rows; i += ROWS) {
    const integer height = least(ROWS, rows - i);
    for (integer j = 0; j < cols; j += COLS) {
      const integer length = least(COLS, cols - j);
      widen(tile + i * cols + j, cols, height, length, piece);
      times_all(height, piece, COLS, 1, length, v + (left + j) * width, y + (first + i) * width, width);
      if (task->row == task->col) continue;
      times_all(length, piece, 1, COLS, height, v + (first + i) * width, y + (left + j) * width, width);
    }
  }
}

// Waits until so many tiles are done at a block; 0 if nothing more is wanted. Those were taken before, so they are being multiplied.
static int wait_for(struct job *job, integer block, integer before) {
  extern int sched_yield(void);
  while (__atomic_load_n(&job->done[block], __ATOMIC_ACQUIRE) < before) {
    if (unwanted(&job->stop, job->guard)) return 0;
    sched_yield();
  }
  return 1;
}

// Multiplies at most `most` tiles that no thread has taken, and returns how many: 0 when there are none left or nothing more is wanted.
int run(struct job *job, int most) {
  int done = 0;
  for (; done < most && !unwanted(&job->stop, job->guard); done++) {
    const integer k = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
    if (k >= job->count) break;
    const struct task *task = &job->tasks[k];
    if (!wait_for(job, task->row, task->before_row) || !wait_for(job, task->col, task->before_col)) break;
    multiply_tile(job, task);
    __atomic_fetch_add(&job->done[task->row], 1, __ATOMIC_RELEASE);
    if (task->row != task->col) __atomic_fetch_add(&job->done[task->col], 1, __ATOMIC_RELEASE);
  }
  leave(job->guard);
  return done;
}

// ROWS rows of y += A·v from row `i` on.
static void multiply_rows(const struct thin *job, integer i) {
  const integer width = job->width, height = least(ROWS, job->rows - i);
  double piece[ROWS * COLS] __attribute__((aligned(64)));
  for (integer j = 0; j < job->cols; j += COLS) {
    const integer length = least(COLS, job->cols - j);
    widen(job->entries + i * job->cols + j, job->cols, height, length, piece);
    times_all(height, piece, COLS, 1, length, job->v + j * width, job->y + i * width, width);
  }
}

// COLS rows of y += Aᵀ·v from row `j` on.
static void multiply_columns(const struct thin *job, integer j) {
  const integer width = job->width, length = least(COLS, job->cols - j);
  double piece[ROWS * COLS] __attribute__((aligned(64)));
  for (integer i = 0; i < job->rows; i += ROWS) {
    const integer height = least(ROWS, job->rows - i);
    widen(job->entries + i * job->cols + j, job->cols, height, length, piece);
    times_all(length, piece, 1, COLS, height, job->v + i * width, job->y + j * width, width);
  }
}

// The same for a matrix A in one piece, or its transpose, and blocks of rows of the result.
int run_thin(struct thin *job, int most) {
  int done = 0;
  for (; done < most && !unwanted(&job->stop, job->guard); done++) {
    const integer k = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
    if (k * (job->transposed ? COLS : ROWS) >= (job->transposed ? job->cols : job->rows)) break;
    if (job->transposed) multiply_columns(job, k * COLS);
    else multiply_rows(job, k * ROWS);
  }
  leave(job->guard);
  return done;
}
