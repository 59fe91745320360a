/** Sketches take long for many rows: timers have their turn between their steps. */
import { breather } from "../pause.ts";
import { inTurns, type Steps } from "../steps.ts";

/** The result of steps, between which everything else stays answerable. */
export const answering = <T>(steps: Steps<T>): Promise<T> => inTurns(steps, breather({}));
