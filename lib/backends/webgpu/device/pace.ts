/** How much work goes to the device at once. */

import { LONG_MS, SHORT_MS } from "../budget.ts";

/** Arithmetic operations a submission, adapted to what the device is seen to do. */
export class Pace {
  constructor(public operations: number) {}

  /** A submission has taken at most this long, and at least `least`. */
  adapt(milliseconds: number, least: number = milliseconds): void {
    if (milliseconds < SHORT_MS) this.operations *= 2;
    if (least > LONG_MS) this.operations /= 2;
  }
}
