// Memory of results that is used again. The system clears memory before it hands it out, which takes as long as a layer of a
// network: what the garbage collector gives back is kept here for the next results, and the system may still take it when memory
// runs short. KEPT blocks of whole pages (budget.ts). A module of Node-API, which says when a buffer is gone wherever it was
// sent, from any thread.
//
// In: how many bytes, from results.ts. Out: an array buffer over a block. Its way: `take` makes a buffer of a block; JavaScript
// has it as a result; the collector finds that nobody has it, and calls `release`; the block waits in `kept`, in place of the one
// that has waited longest; and the next `take` of the same size has it again. Nobody clears it on this way.

typedef void *environment, *value, *call;
typedef unsigned long size_type;

extern int napi_create_function(environment, const char *name, size_type length, value (*)(environment, call), void *, value *);
extern int napi_get_cb_info(environment, call, size_type *count, value *arguments, value *self, void **data);
extern int napi_get_value_double(environment, value, double *);
extern int napi_create_external_arraybuffer(environment, void *memory, size_type bytes,
                                            void (*release)(environment, void *memory, void *hint), void *hint, value *);
extern void *mmap(void *, size_type, int, int, int, long);
extern int munmap(void *, size_type);
extern int madvise(void *, size_type, int);
extern int sched_yield(void);

#if defined(__linux__)
enum { ANONYMOUS = 0x20, FREE = 8 /* MADV_FREE */ };
#else
enum { ANONYMOUS = 0x1000, FREE = 5 };
#endif
enum { READ_WRITE = 3, PRIVATE = 2 };

// What is kept, the oldest of it, and how many bytes there are in buffers that are in use.
static struct block { char *memory; size_type bytes; } kept[KEPT];
static int oldest;
static size_type in_use;
static char locked;

// Buffers are given back by any thread, in the middle of whatever it does: a lock that waits by yielding.
static void lock(void) {
  while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE)) sched_yield();
}

static void unlock(void) { __atomic_clear(&locked, __ATOMIC_RELEASE); }

// What the collector calls when a buffer is gone: the block is kept in place of the oldest one, which goes back to the system.
static void release(environment env, void *memory, void *bytes) {
  const struct block block = { memory, (size_type)bytes };
  // The system may take these pages, and gives zeros for them then, as long as nobody has written to them again
  madvise(memory, block.bytes, FREE);
  lock();
  const struct block last = kept[oldest];
  kept[oldest] = block;
  oldest = (oldest + 1) % KEPT;
  in_use -= block.bytes;
  unlock();
  if (last.memory) munmap(last.memory, last.bytes);
}

// A kept block of that size, or memory of the system unless more than `limit` bytes are in use; or null.
static char *obtain(size_type bytes, double limit) {
  char *memory = 0;
  lock();
  // Of the same size only: kernels of a sweep are, and a part of a block would leave a rest that fits nothing
  for (int k = 0; k < KEPT && !memory; k++) {
    if (!kept[k].memory || kept[k].bytes != bytes) continue;
    memory = kept[k].memory;
    kept[k].memory = 0;
  }
  const int is_fresh = !memory && in_use <= limit;
  if (memory || is_fresh) in_use += bytes;
  unlock();
  if (!is_fresh) return memory;
  // Aligned to a huge page, which the system can only then use: a page more, of which what is not aligned is given back
  char *const start = mmap(0, bytes + PAGE, READ_WRITE, PRIVATE | ANONYMOUS, -1, 0);
  if (start == (char *)-1) {
    lock();
    in_use -= bytes;
    unlock();
    return 0;
  }
  memory = (char *)(((size_type)start + PAGE - 1) & -PAGE);
  if (memory > start) munmap(start, memory - start);
  munmap(memory + bytes, start + PAGE - memory);
  return memory;
}

// take(bytes, limit): an array buffer, or undefined.
static value take(environment env, call call) {
  value arguments[2], buffer = 0;
  size_type count = 2;
  double bytes, limit;
  if (napi_get_cb_info(env, call, &count, arguments, 0, 0)) return 0;
  if (napi_get_value_double(env, arguments[0], &bytes) || napi_get_value_double(env, arguments[1], &limit)) return 0;
  // Blocks are whole pages, so that what is a few bytes larger than the last result still fits its memory
  const size_type whole = ((size_type)bytes + PAGE - 1) & -PAGE;
  char *const memory = obtain(whole, limit);
  if (!memory) return 0;
  if (napi_create_external_arraybuffer(env, memory, bytes, release, (void *)whole, &buffer)) release(env, memory, (void *)whole);
  return buffer;
}

// What loading the module gives: the function take.
value napi_register_module_v1(environment env, value exports) {
  value function = 0;
  napi_create_function(env, "take", 4, take, 0, &function);
  return function;
}
