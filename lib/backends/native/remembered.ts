/** The promise that is known for a key, or else made; one that fails is forgotten, so that the next call tries again. */
export function remembered<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  if (!known.has(key)) {
    const made = make();
    known.set(key, made);
    made.catch(() => known.delete(key));
  }
  return known.get(key)!;
}
