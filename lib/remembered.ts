/** What is made of an object once, and found again for as long as somebody has the object. */
import type { Steps } from "./steps.ts";

/** A function that calls `make` once for every key. */
export function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key)!;
  };
}

/** The same for what is made in steps; where two make it at the same time, both go on with what was made first. */
export function rememberedSteps<K extends object, V>(make: (key: K) => Steps<V>): (key: K) => Steps<V> {
  const known = new WeakMap<K, V>();
  return function* (key) {
    if (known.has(key)) return known.get(key)!;
    const value = yield* make(key);
    if (!known.has(key)) known.set(key, value);
    return known.get(key)!;
  };
}
