/** Limits of time and of ratios of times, on machines that do other things as well. */
import { assert } from "./assert.ts";

/** Fails unless one of five measurements is below `limit`: other work makes some of them longer, none shorter. */
export async function assertBelow(limit: number, measure: () => number | Promise<number>): Promise<void> {
  let least = Infinity;
  for (let tries = 0; tries < 5 && least >= limit; tries++) least = Math.min(least, await measure());
  assert(least < limit, `${least} must be below ${limit}`);
}
