// What calls that run beside JavaScript have to do with its end (guard.c).

struct guard {
  integer stopping, running;
};

// Whether a job was stopped, or the JavaScript that started it ends.
INLINE int unwanted(const integer *stop, const struct guard *guard) {
  return __atomic_load_n(stop, __ATOMIC_RELAXED) || __atomic_load_n(&guard->stopping, __ATOMIC_RELAXED);
}

// For a call that cannot be stopped. It was counted before this is asked: either this sees the end, or the end sees the call.
INLINE int may_begin(const struct guard *guard) { return !__atomic_load_n(&guard->stopping, __ATOMIC_SEQ_CST); }

// The last thing that a call does: after it the memory may go.
INLINE void leave(struct guard *guard) { __atomic_fetch_sub(&guard->running, 1, __ATOMIC_RELEASE); }
