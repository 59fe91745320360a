// Calls of BLAS and LAPACK that say when they are done, so that the end of the JavaScript that started them waits for them
// (guard.c): their threads work on its memory.
//
// OpenBLAS ends its own threads before every fork, whoever forks, and when the process exits; if a call is at work then, it waits
// for them for ever. So forks and the exit wait for calls, and calls for forks. What is registered for a fork after the library was
// loaded runs before what the library has registered; what is registered for the exit runs before the destructors of libraries,
// which come in the order of loading.

extern int usleep(unsigned);
extern int atexit(void (*)(void));
extern int pthread_atfork(void (*before)(void), void (*after)(void), void (*in_child)(void));
enum { STEP = 100 };

// Forks, or the exit, that want no calls; calls at work.
static int closing, working;

static void wait_for_work(void) {
  __atomic_fetch_add(&closing, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&working, __ATOMIC_SEQ_CST) > 0) usleep(STEP);
}

__attribute__((constructor)) static void watch_exit(void) { atexit(wait_for_work); }

static void open_again(void) { __atomic_fetch_sub(&closing, 1, __ATOMIC_SEQ_CST); }

static void open_in_child(void) { closing = working = 0; }

// Has forks wait for calls of the library that has this routine, which is loaded: once for each, as others may have come first.
void watch_forks(const void *routine) {
  static const void *watched;
  if (__atomic_exchange_n(&watched, routine, __ATOMIC_SEQ_CST) != routine) {
    pthread_atfork(wait_for_work, open_again, open_in_child);
  }
}

// Whether a call begins: not once the end of its JavaScript is waited for.
static int begins(const struct guard *guard) {
  for (; may_begin(guard); usleep(STEP)) {
    __atomic_fetch_add(&working, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&closing, __ATOMIC_SEQ_CST)) return 1;
    __atomic_fetch_sub(&working, 1, __ATOMIC_SEQ_CST);
  }
  return 0;
}

static void end(void) { __atomic_fetch_sub(&working, 1, __ATOMIC_SEQ_CST); }

// What every routine does: its call, if that begins, and the word that it is over.
#define RUN(...)                       \
  do {                                 \
    if (begins(guard)) {               \
      call(__VA_ARGS__);               \
      end();                           \
    }                                  \
    leave(guard);                      \
  } while (0)

typedef void dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
typedef void dsyrk(int, int, int, int, int, double, const double *, int, double, double *, int);
typedef void dtrsm(int, int, int, int, int, int, int, double, const double *, int, double *, int);
typedef void dpotrf(const char *, const int *, double *, const int *, int *, unsigned long); // and dpotri
typedef void dsyevd(const char *, const char *, const int *, double *, const int *, double *, double *, const int *, int *,
                    const int *, int *, unsigned long, unsigned long);

void cblas_dgemm_(struct guard *guard, dgemm *call, int order, int left, int right, int m, int n, int k, double alpha,
                  const double *a, int a_stride, const double *b, int b_stride, double beta, double *c, int c_stride) {
  RUN(order, left, right, m, n, k, alpha, a, a_stride, b, b_stride, beta, c, c_stride);
}

void cblas_dsyrk_(struct guard *guard, dsyrk *call, int order, int part, int transposition, int n, int k, double alpha,
                  const double *a, int a_stride, double beta, double *c, int c_stride) {
  RUN(order, part, transposition, n, k, alpha, a, a_stride, beta, c, c_stride);
}

void cblas_dtrsm_(struct guard *guard, dtrsm *call, int order, int side, int part, int transposition, int diagonal, int m, int n,
                  double alpha, const double *a, int a_stride, double *b, int b_stride) {
  RUN(order, side, part, transposition, diagonal, m, n, alpha, a, a_stride, b, b_stride);
}

void dpotrf__(struct guard *guard, dpotrf *call, const char *part, const int *n, double *a, const int *stride, int *info,
              unsigned long length) {
  RUN(part, n, a, stride, info, length);
}

void dpotri__(struct guard *guard, dpotrf *call, const char *part, const int *n, double *a, const int *stride, int *info,
              unsigned long length) {
  RUN(part, n, a, stride, info, length);
}

void dsyevd__(struct guard *guard, dsyevd *call, const char *job, const char *part, const int *n, double *a, const int *stride,
              double *values, double *work, const int *work_size, int *integers, const int *integers_size, int *info,
              unsigned long first, unsigned long second) {
  RUN(job, part, n, a, stride, values, work, work_size, integers, integers_size, info, first, second);
}
