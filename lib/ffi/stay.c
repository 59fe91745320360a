// Code that is loaded stays loaded, as threads may still be in it when the JavaScript that loaded it ends.
__attribute__((constructor)) static void stay(void) {
  struct { const char *path; void *base; const char *symbol; void *address; } found;
  extern int dladdr(const void *, void *);
  extern void *dlopen(const char *, int);
#if defined(__APPLE__)
  enum { NOW = 0x2, LOADED = 0x10, FOR_EVER = 0x80 };
#else
  enum { NOW = 0x2, LOADED = 0x4, FOR_EVER = 0x1000 };
#endif
  if (dladdr((const void *)stay, &found)) dlopen(found.path, NOW | LOADED | FOR_EVER);
}
