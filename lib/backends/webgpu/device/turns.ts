/** Turns of loops, which emulated GPUs bound. */

import { MOST_TURNS } from "../budget.ts";

/** The error for more turns than an emulation takes. */
export const tooManyTurns = (turns: number): RangeError =>
  new RangeError(
    `Cannot compute a kernel on an emulated GPU as the loops of a thread must take at most ${MOST_TURNS} turns: ` +
      `current value is ${turns}, use { backend: "reference" }`,
  );
