// What all C text of this backend starts with: how functions and loops are to be compiled, and how long vectors are. REAL and the
// sizes of budget.ts are defined in front of this text. INDEPENDENT and UNROLL stand in front of loops: no turn depends on
// another, so that several may be computed side by side; or all turns, which are few and known, are written out.

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 12")
#endif

// Bytes of the processor's longest vectors, and how many numbers those have.
#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
enum { VECTOR = BYTES / sizeof(REAL) };

typedef long long integer;
