/** Memory that compiled code works on. */

const inUse = new Set<unknown>();

/** The result of `call`; until then the garbage collector, which does not see pointers, leaves what `owners` hold alone. */
export async function holding<T>(owners: unknown, call: () => Promise<T>): Promise<T> {
  const holder = { owners };
  inUse.add(holder);
  try {
    return await call();
  } finally {
    inUse.delete(holder);
  }
}
