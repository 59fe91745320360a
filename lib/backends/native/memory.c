
// Asks for huge pages where there are any: at 4 KiB a page, the faults of fresh memory take longer than what is written to it.
void advise(char *memory, unsigned long long bytes) {
#if defined(__linux__)
  extern int madvise(void *, unsigned long, int);
  const unsigned long long start = ((unsigned long long)memory + PAGE - 1) & -PAGE, end = ((unsigned long long)memory + bytes) & -PAGE;
  if (start < end) madvise((void *)start, end - start, 14 /* MADV_HUGEPAGE */);
#endif
}
