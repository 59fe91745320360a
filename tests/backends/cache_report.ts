/** Run as a program by native_cache_test.ts: prints which cache the native backend uses, or why none, as JSON. */
import { findCache } from "../../lib/ffi/cache.ts";
import { findSetup } from "../../lib/ffi/setup.ts";

try {
  console.log(JSON.stringify({ path: findCache(findSetup().cache).path, error: "" }));
} catch (error) {
  console.log(JSON.stringify({ path: "", error: `${(error as Error).name}: ${(error as Error).message}` }));
}
