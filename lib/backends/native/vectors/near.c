// Rows of tiles that have near pairs, once more: their products in double precision, and for the near pairs among them what
// cancels, summed from differences (lib/backends/near.ts has the formulas). INPUT is the precision of the rows and of the
// results, and REAL is double; NEAR_INPUT and NEAR are the shares of √(var1·var2) that make a pair near in them. What is not near
// stays as it is: no value depends on the other rows of its tile. In: the flags of tiles.c, so that tiles without near pairs cost
// nothing. Out: entries of the matrices that tiles.c has written, a few of them written again. `struct near_job` is in front of
// this text (vectors/structs.ts).

typedef INPUT inputs __attribute__((vector_size(VECTOR * sizeof(INPUT)), aligned(sizeof(INPUT)), may_alias));
typedef long long words __attribute__((vector_size(VECTOR * sizeof(REAL)), may_alias));

// Coordinates k … k + VECTOR − 1 of a row, zeros behind the last.
INLINE vector coordinates(const INPUT *x, integer k, integer depth) {
  if (k + VECTOR <= depth) return __builtin_convertvector(*(const inputs *)(x + k), vector);
  vector values = {0};
  for (integer l = 0; k + l < depth; l++) values[l] = x[k + l];
  return values;
}

// The sum of all lanes.
INLINE REAL total(vector values) {
  REAL sum = 0;
  for (int l = 0; l < VECTOR; l++) sum += values[l];
  return sum;
}

// The 26 leading bits: products of two such numbers are exact, whether or not the compiler fuses what they are added to.
INLINE vector leading(vector x) { return (vector)((words)x & -(1LL << 27)); }

// cov[j] = ⟨x, yⱼ⟩ / depth for `count` rows y.
NOINLINE void row_products(const INPUT *x, const INPUT *y, integer count, integer depth, REAL *cov) {
  for (integer j = 0; j < count; j += PRODUCTS_TOGETHER) {
    vector sums[PRODUCTS_TOGETHER] = {{0}};
    const INPUT *rows[PRODUCTS_TOGETHER];
    for (int l = 0; l < PRODUCTS_TOGETHER; l++) rows[l] = y + (j + l < count ? j + l : j) * depth;
    for (integer k = 0; k < depth; k += VECTOR) {
      const vector u = coordinates(x, k, depth);
      UNROLL for (int l = 0; l < PRODUCTS_TOGETHER; l++) sums[l] += u * coordinates(rows[l], k, depth);
    }
    for (int l = 0; l < PRODUCTS_TOGETHER && j + l < count; l++) cov[j + l] = total(sums[l]) / depth;
  }
}

// The gap of a pair, √(var1·var2) − |cov|, and E[(y ∓ x)²] with the sign of cov, from the rest r = y − t·x.
NOINLINE void sum_gaps(const INPUT *x, const INPUT *y, integer depth, REAL cov, REAL var1, REAL var2, REAL *gap, REAL *apart) {
  const vector t = leading((vector){0} + cov / var1);
  vector squares = {0}, products = {0};
  for (integer k = 0; k < depth; k += VECTOR) {
    const vector u = coordinates(x, k, depth), head = leading(u);
    const vector rest = coordinates(y, k, depth) - t * head - t * (u - head);
    squares += rest * rest;
    products += u * rest;
  }
  const REAL square = total(squares) / depth, product = total(products) / depth, shift = cov < 0 ? t[0] + 1 : t[0] - 1;
  const REAL size = SQRT(var1) * SQRT(var2) + ABS(cov);
  // Divided first: products of two variances may overflow.
  const REAL between = var1 / size * square - product / size * product;
  const REAL distance = square + 2 * shift * product + shift * shift * var1;
  *gap = between > 0 ? between : 0;
  *apart = distance > 0 ? distance : 0;
}

// Equal rows are one point, whose values are those of an input with itself: they are as they should be.
static int are_equal(const INPUT *x, const INPUT *y, integer depth) {
  integer k = 0;
  while (k < depth && x[k] == y[k]) k++;
  return k == depth;
}

// The pairs of row i with the columns from `first` to `end` of the strip at j0.
static void compute_row(const struct near_job *job, integer i, integer j0, integer first, integer end, REAL *results) {
  _Alignas(64) REAL cov[3 * TILE] = {0}, *gaps = cov + TILE, *aparts = gaps + TILE;
  const integer depth = job->depth, n2 = job->n2;
  const INPUT *x = job->x1 + i * depth, *y = job->x2 + j0 * depth;
  row_products(x, y + first * depth, end - first, depth, cov + first);
  const REAL var1 = job->variances1[i];
  char is_near[TILE] = {0};
  for (integer j = 0; j < TILE; j++) gaps[j] = -1;
  for (integer j = first; j < end; j++) {
    const REAL var2 = job->variances2[j0 + j], size = SQRT(var1) * SQRT(var2);
    // As in tiles.c, but by products in double precision; gaps are of those that are near in double precision too
    is_near[j] = ABS(cov[j]) > (1 - NEAR_INPUT) * size && !are_equal(x, y + j * depth, depth);
    if (ABS(cov[j]) > (1 - NEAR) * size) sum_gaps(x, y + j * depth, depth, cov[j], var1, var2, gaps + j, aparts + j);
  }
  job->map(job->rows + i * job->features, job->strips + j0 * job->features, job->tables, job->parameters, cov, 0, results);
  for (integer k = 0; k < job->outputs; k++) {
    const REAL *values = results + k * TILE * TILE;
    INPUT *out = job->out[k];
    for (integer j = first; j < end; j++) {
      if (!is_near[j]) continue;
      out[i * n2 + j0 + j] = values[j];
      if (job->symmetric) out[(j0 + j) * n2 + i] = values[j];
    }
  }
}

// The rows of a tile that have near pairs; of a tile on the diagonal what is above it.
static void compute(const struct near_job *job, integer i0, integer j0) {
  REAL memory[job->outputs * TILE * TILE + 64], *results = (REAL *)(((unsigned long long)memory + 63) & -64ULL);
  const integer end = job->n2 - j0 < TILE ? job->n2 - j0 : TILE, across = (job->n2 + TILE - 1) / TILE;
  for (integer i = i0; i < i0 + TILE && i < job->n1; i++) {
    if (!job->near[i * across + j0 / TILE]) continue;
    compute_row(job, i, j0, job->symmetric && i0 == j0 ? i + 1 - i0 : 0, end, results);
  }
}

// Goes through at most `most` tiles that no one has taken, and returns how many: 0 when there are none left or nothing more is
// wanted.
int run(int thread, struct near_job *job, int most) {
  const struct grid grid = { job->n1, job->n2, job->symmetric };
  integer i, j;
  int done = 0;
  move_to(thread);
  for (; done < most && !unwanted(&job->stop, job->guard); done++) {
    if (!find_tile(grid, __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED), &i, &j)) break;
    compute(job, i, j);
  }
  leave(job->guard);
  return done;
}
