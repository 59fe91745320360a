// The tiles of a kernel matrix: covariances into a scratch tile, the program's map over it, results to the outputs and, where x2
// is x1, mirrored below the diagonal. One thread takes one tile after another from a counter that all threads share; a value does
// not depend on who computes it. `struct job` is in front of this text (vectors/structs.ts). A tile is TILE rows of x1 and TILE
// of x2:
//
//     make_panels    once a job, by all threads: both inputs with the coordinates of PANEL rows side by side
//     gram           covariances of a tile, PANEL columns and ROWS rows at a time, whose sums fill the registers
//     map            the program, of a row of the tile at a time (strips.ts has written it)
//     store, mirror  results to their places, and to those below the diagonal

// Functions are inlined where that saves time: once for every call, they take a fifth longer to compile.

// Sums of ROWS × PANEL products fill the registers.
#if defined(__AVX512F__)
enum { ROWS = 8 };
#elif defined(__AVX__)
enum { ROWS = 4 };
#elif defined(__aarch64__)
enum { ROWS = 6 };
#else
enum { ROWS = 3 };
#endif
enum { WIDTH = 3, PANEL = WIDTH * VECTOR };

// How many panels whole tiles of so many rows are: TILE is a multiple of PANEL for vectors of every width.
static integer panels_of(integer rows) { return (rows + TILE - 1) / TILE * (TILE / PANEL); }

// A panel of `count` rows: PANEL of them with their coordinates side by side, those behind the last row zeros. A few coordinates
// at a time, whose lines in both stay in the cache.
NOINLINE void make_panel(const REAL *x, REAL *panels, integer count, integer depth, integer number) {
  REAL *restrict panel = panels + number * PANEL * depth;
  for (integer k0 = 0; k0 < depth; k0 += VECTOR) {
    const integer end = k0 + VECTOR < depth ? k0 + VECTOR : depth;
    for (integer j = 0; j < PANEL; j++) {
      const integer i = number * PANEL + j;
      const REAL *restrict row = x + i * depth;
      if (i < count) for (integer k = k0; k < end; k++) panel[k * PANEL + j] = row[k];
      else for (integer k = k0; k < end; k++) panel[k * PANEL + j] = 0;
    }
  }
}

// Makes panels that no thread has taken, and waits for those that others are at; no longer than they are wanted.
static void make_panels(struct job *job) {
  extern int sched_yield(void);
  const integer first = job->symmetric ? 0 : panels_of(job->n1), all = first + panels_of(job->n2);
  while (__atomic_load_n(&job->panels_made, __ATOMIC_ACQUIRE) < all && !unwanted(&job->stop, job->guard)) {
    const integer k = __atomic_fetch_add(&job->next_panel, 1, __ATOMIC_RELAXED);
    if (k >= all) {
      sched_yield();
      continue;
    }
    if (k < first) make_panel(job->x1, job->panels1, job->n1, job->depth, k);
    else make_panel(job->x2, job->panels2, job->n2, job->depth, k - first);
    __atomic_fetch_add(&job->panels_made, 1, __ATOMIC_RELEASE);
  }
}

// tile = scale · (tile + products of ROWS rows with those of a panel), or without the tile where `fresh`. The sums stay in
// registers, and the tile is added last, so that no chain of additions is longer than DEPTH; `rows` are neighbours in a panel.
NOINLINE void products(const REAL *rows, const REAL *panel, integer length, int fresh, REAL scale, REAL *tile) {
  vector sums[ROWS][WIDTH];
  UNROLL for (int i = 0; i < ROWS; i++) {
    UNROLL for (int v = 0; v < WIDTH; v++) sums[i][v] = (vector){0};
  }
  for (integer k = 0; k < length; k++, rows += PANEL, panel += PANEL) {
    vector columns[WIDTH];
    UNROLL for (int v = 0; v < WIDTH; v++) {
      // Loaded once; GCC would read it again for every product, which takes longer than the products: 1.10 of the time of rows of
      // 256 numbers, 1.24 of 3000.
      columns[v] = *(const vector *)(panel + v * VECTOR);
      IN_REGISTER(columns[v]);
    }
    UNROLL for (int i = 0; i < ROWS; i++) {
      UNROLL for (int v = 0; v < WIDTH; v++) sums[i][v] += rows[i] * columns[v];
    }
  }
  UNROLL for (int i = 0; i < ROWS; i++) {
    UNROLL for (int v = 0; v < WIDTH; v++) {
      vector *to = (vector *)(tile + i * TILE + v * VECTOR);
      // The sums of earlier coordinates are added last
      if (!fresh) sums[i][v] += *to;
      *to = scale * sums[i][v];
    }
  }
}

// cov[i, j] = ⟨x1ᵢ, x2ⱼ⟩ / depth for the rows of a tile.
static void gram(const struct job *job, integer i0, integer j0, REAL *tile) {
  const integer depth = job->depth;
  for (integer k = 0; k < depth; k += DEPTH) {
    const integer length = depth - k < DEPTH ? depth - k : DEPTH;
    const REAL scale = k + length == depth ? 1 / (REAL)depth : 1;
    for (integer j = 0; j < TILE; j += PANEL) {
      const REAL *panel = job->panels2 + (j0 + j) * depth + k * PANEL;
      for (integer i = 0; i < TILE; i += ROWS) {
        const REAL *rows = job->panels1 + (i0 + i - i % PANEL) * depth + k * PANEL + i % PANEL;
        products(rows, panel, length, k == 0, scale, tile + i * TILE + j);
      }
    }
  }
}

// In place of `gram` where a network continues a kernel: a tile of a matrix that was computed before; zeros beyond its last
// column.
static void load(const REAL *restrict from, integer stride, integer rows, integer cols, REAL *restrict tile) {
  for (integer i = 0; i < rows; i++) {
    for (integer j = 0; j < cols; j++) tile[i * TILE + j] = from[i * stride + j];
    for (integer j = cols; j < TILE; j++) tile[i * TILE + j] = 0;
  }
}

// Outputs are not read again here: they are written past the cache, so that their lines need not be fetched first. Without,
// kernels of 4000 rows of ReLU and of GELU take 1.15 to 1.18 of the time. Each processor has its own instruction for it; any
// other writes as usual.
enum { PART = 16 / sizeof(REAL) };
typedef REAL part __attribute__((vector_size(16), aligned(sizeof(REAL)), may_alias));
typedef long long bits __attribute__((vector_size(16), may_alias));
#if defined(__clang__)
#define STREAM(to, value) __builtin_nontemporal_store((bits)(value), (bits *)(to))
#define STREAM_ONE(to, value) __builtin_nontemporal_store(value, to)
#elif defined(__SSE2__)
#define STREAM(to, value) __builtin_ia32_movntdq((bits *)(to), (bits)(value))
INLINE void STREAM_ONE(REAL *to, REAL value) {
  union { REAL value; int word; long long words; } u = { value };
  if (sizeof(REAL) == 4) __builtin_ia32_movnti((int *)to, u.word);
  else __builtin_ia32_movnti64((long long *)to, u.words);
}
#else
#define STREAM(to, value) (*(bits *)(to) = (bits)(value))
#define STREAM_ONE(to, value) (*(to) = (value))
#endif

// to[i] = from[i * step] for i < count: one by one up to an address that vectors of 16 bytes may go to, then in those, then the
// rest.
INLINE void write(const REAL *restrict from, const integer step, REAL *restrict to, integer count) {
  integer i = 0;
  for (; i < count && ((unsigned long long)(to + i) & 15); i++) STREAM_ONE(to + i, from[i * step]);
  for (; i + PART <= count; i += PART) {
    part values;
    UNROLL for (int l = 0; l < PART; l++) values[l] = from[(i + l) * step];
    STREAM(to + i, values);
  }
  for (; i < count; i++) STREAM_ONE(to + i, from[i * step]);
}

// A tile of results to its place.
static void store(const REAL *tile, integer rows, integer cols, REAL *out, integer stride) {
  for (integer i = 0; i < rows; i++) write(tile + i * TILE, 1, out + i * stride, cols);
}

// Columns of the tile become rows of the output.
static void mirror(const REAL *tile, integer rows, integer cols, int diagonal, REAL *out, integer stride) {
  for (integer j = 0; j < cols; j++) write(tile + j, TILE, out + j * stride, diagonal ? j : rows);
}

// As wide as REAL, so that compilers make vectors of what is computed with both.
typedef __typeof__(__builtin_choose_expr(sizeof(REAL) == 8, 0LL, 0)) word;

// Notes for near.c whether row i has near pairs among the columns from `first` to the end of the strip at j0.
static void note_near(struct job *job, integer i, integer j0, integer first, const REAL *cov) {
  const REAL limit = job->limits[i], *restrict roots = job->roots + j0;
  word is_near = 0;
  for (integer j = first; j < TILE; j++) is_near |= ABS(cov[j]) > limit * roots[j];
  if (!is_near) return;
  job->near[i * ((job->n2 + TILE - 1) / TILE) + j0 / TILE] = 1;
  __atomic_fetch_add(&job->near_rows, 1, __ATOMIC_RELAXED);
}

static const REAL zeros[TILE];

// One tile: covariances, the map of each row with the strip, results.
static void compute(struct job *job, integer i0, integer j0) {
  _Alignas(64) REAL cov[TILE * TILE], ntk[TILE * TILE];
  // Aligned by hand, as an array of a variable length.
  REAL memory[job->outputs * TILE * TILE + 64], *results = (REAL *)(((unsigned long long)memory + 63) & -64ULL);
  const integer n2 = job->n2, features = job->features;
  const integer rows = job->n1 - i0 < TILE ? job->n1 - i0 : TILE, cols = n2 - j0 < TILE ? n2 - j0 : TILE;
  // On the diagonal only what is above it counts, and the tile mirrors itself
  const int is_diagonal = job->symmetric && i0 == j0;
  if (job->x1) gram(job, i0, j0, cov);
  else load(job->cov + i0 * n2 + j0, n2, rows, cols, cov);
  if (job->ntk) load(job->ntk + i0 * n2 + j0, n2, rows, cols, ntk);
  for (integer i = 0; i < rows; i++) {
    const integer at = i * TILE;
    const REAL *row = job->rows + (i0 + i) * features, *strip = job->strips + j0 * features;
    // A row with itself is no near pair.
    if (job->near) note_near(job, i0 + i, j0, is_diagonal ? i + 1 : 0, cov + at);
    job->map(row, strip, job->tables, job->parameters, cov + at, job->ntk ? ntk + at : zeros, results + at);
  }
  for (integer k = 0; k < job->outputs; k++, results += TILE * TILE) {
    store(results, rows, cols, job->out[k] + i0 * n2 + j0, n2);
    if (job->symmetric) mirror(results, rows, cols, is_diagonal, job->out[k] + j0 * n2 + i0, n2);
  }
}

// Computes at most `most` tiles that no one has taken, of the whole matrix or of its upper triangle, and returns how many: 0 when
// there are none left or nothing more is wanted.
int run(int thread, struct job *job, int most) {
  move_to(thread);
  if (job->x1) make_panels(job);
  const struct grid grid = { job->n1, job->n2, job->symmetric };
  integer i, j;
  int done = 0;
  for (; done < most && !unwanted(&job->stop, job->guard); done++) {
    if (!find_tile(grid, __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED), &i, &j)) break;
    compute(job, i, j);
  }
#if defined(__SSE2__)
  // What went past the cache is written before the caller goes on.
  __builtin_ia32_sfence();
#endif
  leave(job->guard);
  return done;
}
