// What the tile loop (tiles.c) and the maps of programs (strips.ts) agree on; behind ../shared.c. The functions SQRT, FLOOR and
// ABS are defined in front of this text.

// GCC would make branches of selects that test the same condition, and no vectors of these: maps of ReLU and GELU take 1.10 to 1.18
// of the time then in float32, and 1.05 in float64.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-thread-jumps")
#endif

// Computes a number now, in a register.
#if defined(__x86_64__)
#define IN_REGISTER(x) __asm__("" : "+v"(x))
#elif defined(__aarch64__)
#define IN_REGISTER(x) __asm__("" : "+w"(x))
#else
#define IN_REGISTER(x)
#endif

typedef REAL vector __attribute__((vector_size(VECTOR * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
_Static_assert(sizeof(vector) == VECTOR * sizeof(REAL), "the compiler must have vector types");

// The map of one row of x1 with a strip of TILE rows of x2: features of the row, of the strip, where the coefficient tables start
// among them and how wide they are, and the map's parameters, then covariances and NTKs in and, TILE · TILE values apart, the
// outputs.
typedef void map_function(const REAL *row, const REAL *strip, const integer *tables, const REAL *parameters,
                          const REAL *cov, const REAL *ntk, REAL *out);

// The same for one piece of a map; `slots` holds what one piece computes for later ones, and none reads what it writes.
#define PARAMETERS                                                                                              \
  const REAL *restrict row, const REAL *restrict strip, const REAL *restrict parameters, const REAL *restrict cov, const REAL *restrict ntk, \
      REAL(*restrict slots)[TILE], REAL *restrict out
