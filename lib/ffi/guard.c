// One thread of JavaScript and the calls into compiled code that it has started: they work on its memory, which goes when it ends,
// be it by an error or because a worker is terminated. This object is loaded by that thread alone (guard.ts) and unloaded as the
// last thing before its memory goes: then calls are told to stop and waited for.

struct guard {
  // Set when nothing is wanted any more; calls that were started and have not come back.
  long long stopping, running;
};

static struct guard guard;

struct guard *address(void) { return &guard; }

__attribute__((destructor)) static void wait_for_calls(void) {
  extern int usleep(unsigned);
  enum { STEP = 100, LONGEST = 60 * 1000 * 1000 };
  __atomic_store_n(&guard.stopping, 1, __ATOMIC_SEQ_CST);
  // A call that was never started would not come back.
  for (int waited = 0; waited < LONGEST && __atomic_load_n(&guard.running, __ATOMIC_SEQ_CST) > 0; waited += STEP) usleep(STEP);
}
