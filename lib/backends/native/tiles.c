// The tiles of a kernel matrix: covariances into a scratch tile, the program's map over it, results to the outputs and, where
// x2 is x1, mirrored below the diagonal. One thread takes one tile after another from a counter that all threads share.
//
// Generated (source.ts) in front of this text: REAL and its functions SQRT, FLOOR and ABS, TILE, OUTPUTS, SLOTS; behind it: map.

#define INLINE static inline __attribute__((always_inline))
// Iterations do not depend on each other: a segment reads slots only that it does not write.
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

#if defined(__AVX512F__)
enum { VECTOR = 64 / sizeof(REAL), ROWS = 12 };
#elif defined(__AVX__)
enum { VECTOR = 32 / sizeof(REAL), ROWS = 6 };
#elif defined(__aarch64__)
enum { VECTOR = 16 / sizeof(REAL), ROWS = 12 };
#else
enum { VECTOR = 16 / sizeof(REAL), ROWS = 6 };
#endif
// Sums of ROWS × PANEL products fill the registers; DEPTH coordinates of a panel stay in the level-1 cache.
enum { PANEL = 2 * VECTOR, DEPTH = 256 };

typedef long long integer;
typedef REAL vector __attribute__((vector_size(VECTOR * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

// Filled in by job.ts; every member has 8 bytes.
struct job {
  // Rows of x1 and panels of x2, or where x1 is null the covariances (and NTK, or null) of all pairs.
  const REAL *x1, *panels, *cov, *ntk;
  // Features: for every row of x1 side by side; for TILE rows of x2 each, feature by feature.
  const REAL *rows, *strips;
  // Values of features a row, and where each coefficient table starts among them and how wide it is.
  integer features;
  const integer *tables;
  integer n1, n2, depth, symmetric;
  // The first tile that no thread has taken.
  integer next;
  REAL *outputs[OUTPUTS];
};

// One row of x1 with a strip of TILE rows of x2; `slots` holds what one segment of the map computes for later ones.
#define PARAMETERS \
  const REAL *restrict row, const REAL *restrict strip, const REAL *restrict cov, const REAL *restrict ntk, \
      REAL (*restrict slots)[TILE], REAL *restrict out
static void map(const struct job *job, const REAL *row, const REAL *strip, const REAL *cov, const REAL *ntk, REAL *out);
// Panels of x2: for every PANEL rows (the last ones padded with zeros) their coordinates side by side.
void pack(const REAL *restrict x2, REAL *restrict panels, integer n2, integer depth, integer first, integer last) {
  for (integer j = first; j < last; j += PANEL) {
    REAL *restrict panel = panels + j * depth;
    for (integer l = 0; l < PANEL; l++) {
      for (integer k = 0; k < depth; k++) panel[k * PANEL + l] = j + l < n2 ? x2[(j + l) * depth + k] : 0;
    }
  }
}

// Adds to `tile` the products of `rows` rows of x with the rows of a panel: 2 vectors a row stay in registers.
INLINE void product(const int rows, const REAL *x, const REAL *panel, integer depth, integer count, REAL *tile) {
  vector sums[ROWS][2];
  for (int i = 0; i < rows; i++) {
    for (int v = 0; v < 2; v++) sums[i][v] = *(const vector *)(tile + i * TILE + v * VECTOR);
  }
  for (integer k = 0; k < count; k++, panel += PANEL) {
    const vector low = *(const vector *)panel, high = *(const vector *)(panel + VECTOR);
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
      const REAL factor = x[i * depth + k];
      sums[i][0] += factor * low;
      sums[i][1] += factor * high;
    }
  }
  for (int i = 0; i < rows; i++) {
    for (int v = 0; v < 2; v++) *(vector *)(tile + i * TILE + v * VECTOR) = sums[i][v];
  }
}

static void gram(const struct job *job, integer i0, integer rows, integer j0, REAL *restrict tile) {
  const integer depth = job->depth;
  const REAL scale = 1 / (REAL)depth;
  for (integer e = 0; e < TILE * TILE; e++) tile[e] = 0;
  for (integer k = 0; k < depth; k += DEPTH) {
    const integer count = depth - k < DEPTH ? depth - k : DEPTH;
    for (integer j = 0; j < TILE; j += PANEL) {
      const REAL *panel = job->panels + (j0 + j) * depth + k * PANEL, *x = job->x1 + i0 * depth + k;
      integer i = 0;
      for (; i + ROWS <= rows; i += ROWS) product(ROWS, x + i * depth, panel, depth, count, tile + i * TILE + j);
      for (; i < rows; i++) product(1, x + i * depth, panel, depth, count, tile + i * TILE + j);
    }
  }
  for (integer e = 0; e < TILE * TILE; e++) tile[e] *= scale;
}

// sum[j] = Σₖ k!/(k−m)! · aₖ bₖⱼ ρⱼ^(k−m) for m = order, by Horner's rule; a and b are tables of the row and of the strip.
INLINE void hermite_sum(const int order, const struct job *job, const REAL *row, integer first, const REAL *strip,
                        integer second, const REAL *rho, REAL *sum) {
  enum { VECTORS = 6 };
  const REAL *a = row + job->tables[2 * first], *b = strip + job->tables[2 * second] * TILE;
  const integer width1 = job->tables[2 * first + 1], width2 = job->tables[2 * second + 1];
  for (integer j = 0; j < TILE; j += VECTORS * VECTOR) {
    vector x[VECTORS], sums[VECTORS];
    for (int v = 0; v < VECTORS; v++) x[v] = *(const vector *)(rho + j + v * VECTOR), sums[v] = 0 * x[v];
    for (integer k = (width1 < width2 ? width1 : width2) - 1; k >= order; k--) {
      REAL factor = a[k];
      for (int m = 0; m < order; m++) factor *= k - m;
#pragma GCC unroll 6
      for (int v = 0; v < VECTORS; v++) {
        sums[v] = sums[v] * x[v] + factor * *(const vector *)(b + k * TILE + j + v * VECTOR);
      }
    }
    for (int v = 0; v < VECTORS; v++) *(vector *)(sum + j + v * VECTOR) = sums[v];
  }
}

static void load(const REAL *from, integer stride, integer rows, integer cols, REAL *restrict tile) {
  for (integer i = 0; i < rows; i++) {
    for (integer j = 0; j < TILE; j++) tile[i * TILE + j] = j < cols ? from[i * stride + j] : 0;
  }
}

static void store(const REAL *restrict tile, integer rows, integer cols, REAL *restrict out, integer stride) {
  for (integer i = 0; i < rows; i++) {
    for (integer j = 0; j < cols; j++) out[i * stride + j] = tile[i * TILE + j];
  }
}

// Columns of the tile to rows of the output: what is written is contiguous, what is read stays in the level-1 cache.
static void mirror(const REAL *restrict tile, integer rows, integer cols, REAL *restrict out, integer stride, integer diagonal) {
  for (integer j = 0; j < cols; j++) {
    for (integer i = 0; i < (diagonal ? j : rows); i++) out[j * stride + i] = tile[i * TILE + j];
  }
}

static void compute(const struct job *job, integer i0, integer j0) {
  _Alignas(64) REAL cov[TILE * TILE], ntk[TILE * TILE], results[OUTPUTS][TILE * TILE];
  const integer rows = job->n1 - i0 < TILE ? job->n1 - i0 : TILE, cols = job->n2 - j0 < TILE ? job->n2 - j0 : TILE;
  const integer n2 = job->n2, features = job->features;
  if (job->x1) gram(job, i0, rows, j0, cov);
  else load(job->cov + i0 * n2 + j0, n2, rows, cols, cov);
  if (job->ntk) load(job->ntk + i0 * n2 + j0, n2, rows, cols, ntk);
  for (integer i = 0; i < rows; i++) {
    const integer at = i * TILE;
    map(job, job->rows + (i0 + i) * features, job->strips + j0 * features, cov + at, ntk + at, results[0] + at);
  }
  for (integer k = 0; k < OUTPUTS; k++) {
    store(results[k], rows, cols, job->outputs[k] + i0 * n2 + j0, n2);
    if (job->symmetric) mirror(results[k], rows, cols, job->outputs[k] + j0 * n2 + i0, n2, i0 == j0);
  }
}

// Computes at most `most` tiles and returns how many there were left to take; 0 when there are none.
int run(struct job *job, int most) {
  const integer down = (job->n1 + TILE - 1) / TILE, across = (job->n2 + TILE - 1) / TILE;
  int done = 0;
  while (done < most) {
    integer tile = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED), i = 0;
    for (; i < down && tile >= (job->symmetric ? across - i : across); i++) tile -= job->symmetric ? across - i : across;
    if (i == down) break;
    compute(job, i * TILE, ((job->symmetric ? i : 0) + tile) * TILE);
    done++;
  }
  return done;
}

// Asks for huge pages, where there are any: fresh memory otherwise costs a page fault every 4 KiB.
void advise(char *memory, unsigned long long bytes) {
#if defined(__linux__)
  extern int madvise(void *, unsigned long, int);
  const unsigned long long page = 1 << 21, start = ((unsigned long long)memory + page - 1) & -page;
  const unsigned long long end = ((unsigned long long)memory + bytes) & -page;
  if (start < end) madvise((void *)start, end - start, 14 /* MADV_HUGEPAGE */);
#endif
}
