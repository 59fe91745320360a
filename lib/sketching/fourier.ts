/** The discrete Fourier transform of rows of any length. */

/** Transforms one row in place: its real and its imaginary parts. */
export type Transform = (re: Float64Array, im: Float64Array) => void;

/**
 * The transform X_k = Σⱼ xⱼ·exp(−2πi·jk/n) of rows of length n ≥ 1, without a factor, in O(n·log n) operations: by halving where n
 * is a power of two, else as a convolution of such a length (Bluestein 1970, "A linear filtering approach to the computation of
 * discrete Fourier transform").
 *
 * What it returns works in memory of its own: one row at a time.
 *
 * @example A pulse has all frequencies
 * ```ts
 * import assert from "node:assert/strict";
 * import { fourier } from "./fourier.ts";
 *
 * const [re, im] = [Float64Array.of(1, 0, 0, 0), new Float64Array(4)];
 * fourier(4)(re, im);
 * assert.deepEqual([...re], [1, 1, 1, 1]);
 * ```
 */
export function fourier(n: number): Transform {
  return Number.isInteger(Math.log2(n)) ? powerOfTwo(n) : anyLength(n);
}

/** Transforms of given lengths, each prepared once: for the many short pieces of one computation. */
export function fouriers(): (n: number) => Transform {
  const known = new Map<number, Transform>();
  return (n) => {
    const transform = known.get(n) ?? fourier(n);
    known.set(n, transform);
    return transform;
  };
}

/** Butterflies, after the entries were put in the order of their reversed bits. */
function powerOfTwo(n: number): Transform {
  const { re: cos, im: sin } = roots(n, n >> 1, (k) => k);
  const partner = reversedBits(n);
  return (re, im) => {
    for (let i = 0; i < n; i++) {
      const j = partner[i];
      if (j <= i) continue;
      const [a, b] = [re[i], im[i]];
      re[i] = re[j], im[i] = im[j];
      re[j] = a, im[j] = b;
    }
    for (let half = 1; half < n; half *= 2) {
      const step = n / (2 * half);
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const i = start + k, j = i + half, c = cos[k * step], s = sin[k * step];
          const a = re[j] * c - im[j] * s, b = re[j] * s + im[j] * c;
          re[j] = re[i] - a, im[j] = im[i] - b;
          re[i] += a, im[i] += b;
        }
      }
    }
  };
}

function reversedBits(n: number): Uint32Array {
  const reversed = new Uint32Array(n);
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1] >> 1) + (i & 1) * (n >> 1);
  return reversed;
}

/** With 2jk = j² + k² − (k − j)² the sum is a convolution of x·w with 1/w, times w, for w_j = exp(−πi·j²/n). */
function anyLength(n: number): Transform {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const transform = powerOfTwo(length);
  // j² is reduced while it is an integer: as an angle it would lose digits.
  const w = roots(2 * n, n, (j) => (j * j) % (2 * n));
  const filter = { re: new Float64Array(length), im: new Float64Array(length) };
  for (let j = 0; j < n; j++) {
    const back = (length - j) % length;
    filter.re[j] = filter.re[back] = w.re[j] / length;
    filter.im[j] = filter.im[back] = -w.im[j] / length;
  }
  transform(filter.re, filter.im);
  const [a, b] = [new Float64Array(length), new Float64Array(length)];
  return (re, im) => {
    multiply(a.fill(0), b.fill(0), { re, im }, w);
    transform(a, b);
    multiply(a, b, { re: a, im: b }, filter);
    // With both parts exchanged the transform is its own inverse, but for the factor that the filter has.
    transform(b, a);
    multiply(re, im, { re: a, im: b }, w);
  };
}

interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Puts x·y, of as many entries as the shorter one has, into (re, im), which may be x. */
function multiply(re: Float64Array, im: Float64Array, x: Complex, y: Complex): void {
  const count = Math.min(x.re.length, y.re.length);
  for (let i = 0; i < count; i++) {
    const a = x.re[i] * y.re[i] - x.im[i] * y.im[i];
    im[i] = x.re[i] * y.im[i] + x.im[i] * y.re[i];
    re[i] = a;
  }
}

/** exp(−2πi·power(k)/n) for k < count, each computed by itself: powers of a root would lose digits. */
function roots(n: number, count: number, power: (k: number) => number): Complex {
  const [re, im] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k++) {
    const quarters = 4 * power(k);
    const quarter = Math.floor(quarters / n);
    const [cos, sin] = inFirstQuarter(quarters - quarter * n, n);
    re[k] = [cos, -sin, -cos, sin][quarter];
    im[k] = -[sin, cos, -sin, -cos][quarter];
  }
  return { re, im };
}

/** Cosine and sine of π/2·(part/n), 0 ≤ part < n, by an angle of at most π/4. */
function inFirstQuarter(part: number, n: number): readonly [number, number] {
  const angle = (Math.PI / 2) * Math.min(part, n - part) / n;
  const [near, far] = [Math.cos(angle), Math.sin(angle)];
  return 2 * part <= n ? [near, far] : [far, near];
}
