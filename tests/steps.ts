/** Steps of which there are none. */
import type { Steps } from "../lib/steps.ts";

/** Work that is done at once. */
// deno-lint-ignore require-yield
export function* atOnce<T>(value: T): Steps<T> {
  return value;
}
