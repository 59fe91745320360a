/** Numbers as C text. */
import type { DType } from "../../../array/dtype.ts";

/** A literal that reads back as the value in the precision. */
export function literal(value: number, precision: DType): string {
  const rounded = precision === "float32" ? Math.fround(value) : value;
  const digits = String(Math.abs(rounded));
  const text = digits === "Infinity"
    ? "__builtin_inf()"
    : (/[.e]/.test(digits) ? digits : `${digits}.0`) + (precision === "float32" ? "f" : "");
  return rounded < 0 || Object.is(rounded, -0) ? `-${text}` : text;
}
