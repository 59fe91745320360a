/** Fused multiply–adds, whose digits depend on the one rounding that they have. */
import { SPLITTER } from "../special/double_double.ts";

/**
 * a·b + c with one rounding, as the fused multiply–add instruction gives it, for |a|, |b| < 2⁹⁹⁶: the
 * product's and the sum's errors are computed exactly (Dekker's product, Knuth's sum) and added back. Only
 * their own sum is rounded, which can show in the result once in about 2⁵⁰ operands.
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const scaledA = a * SPLITTER;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = b * SPLITTER;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  const productError = ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB;
  const sum = product + c;
  const partC = sum - product;
  const sumError = (product - (sum - partC)) + (c - partC);
  return sum + (sumError + productError);
}

/**
 * a·b + c of float32 numbers with one rounding to float32. The product is exact in float64; the sum is
 * rounded twice, which can show in the result once in about 2²⁹ operands.
 */
export function fma32(a: number, b: number, c: number): number {
  return Math.fround(a * b + c);
}

/** A polynomial at x by Horner's rule in fused multiply–adds, coefficients from the highest power down. */
export function horner(coefficients: Float64Array, x: number): number {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = fma(value, x, coefficients[i]);
  return value;
}

/** The same in float32. */
export function horner32(coefficients: Float32Array, x: number): number {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = fma32(value, x, coefficients[i]);
  return value;
}
