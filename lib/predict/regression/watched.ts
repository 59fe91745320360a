/** Who watches over a call. */
import { abortSignal, callable, withDefaults } from "../../options.ts";
import type { Watch } from "../../pause.ts";

/** The options of a call that has none but these, checked. */
export function watched(action: string, watch: Watch): Watch {
  const none: Watch = { onProgress: undefined, signal: undefined };
  const { onProgress, signal } = withDefaults(action, none, watch);
  if (onProgress !== undefined) callable(action, "onProgress", onProgress);
  if (signal !== undefined) abortSignal(action, "signal", signal);
  return { ...onProgress && { onProgress }, ...signal && { signal } };
}
