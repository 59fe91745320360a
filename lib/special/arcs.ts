/** Arcsine and arccosine of sines and cosines that rounding may have pushed out of [−1, 1]. */
import { atan2 } from "./atan2.ts";

/** The angle in [−½π, ½π] of the sine x; that of ±1 beyond. */
export const asin = (x: number): number => atan2(x, complement(x));

/** The angle in [0, π] of the cosine x; that of ±1 beyond. */
export const acos = (x: number): number => atan2(complement(x), x);

const complement = (x: number) => Math.sqrt(Math.max((1 - x) * (1 + x), 0));
