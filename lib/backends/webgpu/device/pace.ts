/** How much work goes to the device at once. */

/** Shorter submissions waste the 10 ms that a wait costs in Deno; longer ones delay progress, timers and cancellation. */
const SHORT_MS = 25;
const LONG_MS = 50;

/** Arithmetic operations a submission, adapted to what the device is seen to do. */
export class Pace {
  constructor(public operations: number) {}

  /** A submission has taken at most this long, and at least `least`. */
  adapt(milliseconds: number, least: number = milliseconds): void {
    if (milliseconds < SHORT_MS) this.operations *= 2;
    if (least > LONG_MS) this.operations /= 2;
  }
}
