/** The discrete Fourier transform of rows of any length. */

/** Transforms one row in place: its real and its imaginary parts. */
export type Transform = (re: Float64Array, im: Float64Array) => void;

/**
 * The transform X_k = Σⱼ xⱼ·exp(−2πi·jk/n) of rows of length n ≥ 1, without a factor, in O(n·log n) operations: by the factors
 * of n where they are small, else as a convolution of a power of two (Bluestein 1970, "A linear filtering approach to the computation of
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
  const radices = radicesOf(n);
  return radices ? byPasses(n, radices) : asConvolution(n);
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

/** Factors up to which sums over them are faster than a convolution. */
const MOST_FACTOR = 31;

/** The radices of the passes of a transform: fours first, then the primes, all up to `MOST_FACTOR`; null where one is larger. */
function radicesOf(n: number): number[] | null {
  const radices: number[] = [];
  let rest = n;
  for (let radix = 4, next = 2; rest > 1; radix = next++) {
    if (radix > MOST_FACTOR) return null;
    for (; rest % radix === 0; rest /= radix) radices.push(radix);
  }
  return radices;
}

/** Transforms of length `radix` of what has been transformed in runs of `length`, as a pass over all entries. */
interface Pass {
  readonly radix: number;
  readonly length: number;
  /** exp(−2πi·r·j/(radix·length)) at (r − 1)·length + j */
  readonly twiddles: Complex;
  /** exp(−2πi·r/radix) */
  readonly roots: Complex;
}

function passesOf(radices: readonly number[]): Pass[] {
  let length = 1;
  return radices.map((radix) => {
    const before = length;
    length *= radix;
    const turn = (k: number) => (Math.floor(k / before) + 1) * (k % before);
    const twiddles = roots(length, (radix - 1) * before, turn);
    return { radix, length: before, twiddles, roots: roots(radix, radix, (r) => r) };
  });
}

/** Passes from one memory to another and back, each of which leaves its runs in order (Stockham's form). */
function byPasses(n: number, radices: readonly number[]): Transform {
  const passes = passesOf(radices);
  const spare = { re: new Float64Array(n), im: new Float64Array(n) };
  return (re, im) => {
    let from: Complex = { re, im }, to: Complex = spare;
    for (const pass of passes) {
      (pass.radix === 4 ? fours : sums)(pass, n, from, to);
      [from, to] = [to, from];
    }
    if (from === spare) re.set(spare.re), im.set(spare.im);
  };
}

/** The pass of radix 4, whose roots are 1, −i, −1 and i. */
function fours({ length, twiddles: { re: c, im: s } }: Pass, n: number, from: Complex, to: Complex): void {
  const { re, im } = from, { re: outRe, im: outIm } = to;
  const runs = n / (4 * length), apart = runs * length;
  for (let run = 0; run < runs; run++) {
    for (let j = 0; j < length; j++) {
      const i0 = run * length + j, i1 = i0 + apart, i2 = i1 + apart, i3 = i2 + apart;
      const j2 = j + length, j3 = j2 + length;
      const a1 = re[i1] * c[j] - im[i1] * s[j], b1 = re[i1] * s[j] + im[i1] * c[j];
      const a2 = re[i2] * c[j2] - im[i2] * s[j2], b2 = re[i2] * s[j2] + im[i2] * c[j2];
      const a3 = re[i3] * c[j3] - im[i3] * s[j3], b3 = re[i3] * s[j3] + im[i3] * c[j3];
      const evenA = re[i0] + a2, evenB = im[i0] + b2, oddA = re[i0] - a2, oddB = im[i0] - b2;
      const sumA = a1 + a3, sumB = b1 + b3, gapA = a1 - a3, gapB = b1 - b3;
      const k0 = 4 * run * length + j, k1 = k0 + length, k2 = k1 + length, k3 = k2 + length;
      outRe[k0] = evenA + sumA, outIm[k0] = evenB + sumB;
      outRe[k1] = oddA + gapB, outIm[k1] = oddB - gapA;
      outRe[k2] = evenA - sumA, outIm[k2] = evenB - sumB;
      outRe[k3] = oddA - gapB, outIm[k3] = oddB + gapA;
    }
  }
}

/** The pass of any radix, by the sums that define it. */
function sums({ radix, length, twiddles, roots }: Pass, n: number, from: Complex, to: Complex): void {
  const { re, im } = from, { re: outRe, im: outIm } = to;
  const { re: c, im: s } = twiddles, { re: cos, im: sin } = roots;
  const runs = n / (radix * length), apart = runs * length;
  const a = new Float64Array(radix), b = new Float64Array(radix);
  for (let run = 0; run < runs; run++) {
    for (let j = 0; j < length; j++) {
      const first = run * length + j;
      a[0] = re[first], b[0] = im[first];
      for (let r = 1, i = first + apart, k = j; r < radix; r++, i += apart, k += length) {
        a[r] = re[i] * c[k] - im[i] * s[k];
        b[r] = re[i] * s[k] + im[i] * c[k];
      }
      for (let q = 0, k = radix * run * length + j; q < radix; q++, k += length) {
        let sumA = a[0], sumB = b[0];
        for (let r = 1, turn = q; r < radix; r++) {
          sumA += a[r] * cos[turn] - b[r] * sin[turn];
          sumB += a[r] * sin[turn] + b[r] * cos[turn];
          turn += q;
          if (turn >= radix) turn -= radix;
        }
        outRe[k] = sumA, outIm[k] = sumB;
      }
    }
  }
}

/** With 2jk = j² + k² − (k − j)² the sum is a convolution of x·w with 1/w, times w, for w_j = exp(−πi·j²/n). */
function asConvolution(n: number): Transform {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const transform = byPasses(length, radicesOf(length)!);
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
