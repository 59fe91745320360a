/** The arcsine and the arccosine as the angle of the sine and the cosine, which keeps their digits near |x| = 1. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { atan2 } from "./atan2.ts";

/** arcsin x in [−½π, ½π]; that of ±1 beyond. */
export const asin = (precision: DType, x: Expr): Expr => atan2(precision, x, complement(x));

/** arccos x in [0, π]; that of ±1 beyond. */
export const acos = (precision: DType, x: Expr): Expr => atan2(precision, complement(x), x);

/** The cosine of an angle from its sine, or the other way round. */
const complement = (x: Expr): Expr => x.neg().add(1).mul(x.add(1)).sqrt();
