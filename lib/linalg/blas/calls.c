// Calls of BLAS and LAPACK that say when they are done, so that the end of the JavaScript that started them waits for them
// (guard.c): their threads work on its memory, and the library would wait for ever for threads that are at work when it is closed.
// So none begins once the end is waited for, as one could between two calls.

typedef void dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
typedef void dsyrk(int, int, int, int, int, double, const double *, int, double, double *, int);
typedef void dtrsm(int, int, int, int, int, int, int, double, const double *, int, double *, int);
typedef void dpotrf(const char *, const int *, double *, const int *, int *, unsigned long);
typedef void dsyevd(const char *, const char *, const int *, double *, const int *, double *, double *, const int *, int *,
                    const int *, int *, unsigned long, unsigned long);

void cblas_dgemm_(struct guard *guard, dgemm *call, int order, int left, int right, int m, int n, int k, double alpha,
                  const double *a, int a_stride, const double *b, int b_stride, double beta, double *c, int c_stride) {
  if (may_begin(guard)) call(order, left, right, m, n, k, alpha, a, a_stride, b, b_stride, beta, c, c_stride);
  leave(guard);
}

void cblas_dsyrk_(struct guard *guard, dsyrk *call, int order, int part, int transposition, int n, int k, double alpha,
                  const double *a, int a_stride, double beta, double *c, int c_stride) {
  if (may_begin(guard)) call(order, part, transposition, n, k, alpha, a, a_stride, beta, c, c_stride);
  leave(guard);
}

void cblas_dtrsm_(struct guard *guard, dtrsm *call, int order, int side, int part, int transposition, int diagonal, int m, int n,
                  double alpha, const double *a, int a_stride, double *b, int b_stride) {
  if (may_begin(guard)) call(order, side, part, transposition, diagonal, m, n, alpha, a, a_stride, b, b_stride);
  leave(guard);
}

void dpotrf__(struct guard *guard, dpotrf *call, const char *part, const int *n, double *a, const int *stride, int *info,
              unsigned long length) {
  if (may_begin(guard)) call(part, n, a, stride, info, length);
  leave(guard);
}

void dsyevd__(struct guard *guard, dsyevd *call, const char *job, const char *part, const int *n, double *a, const int *stride,
              double *values, double *work, const int *work_size, int *integers, const int *integers_size, int *info,
              unsigned long first, unsigned long second) {
  if (may_begin(guard)) call(job, part, n, a, stride, values, work, work_size, integers, integers_size, info, first, second);
  leave(guard);
}
