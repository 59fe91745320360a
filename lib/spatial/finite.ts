/** What layers do to the positions of one example in finite networks: by the same sparse matrices as covariances, and the weights of attention. */
import type { AxisMap } from "./axis.ts";

/** For every output position and tap (row-major over axes) the position that it reads, or −1 outside the input. */
export interface Taps {
  readonly outPositions: number;
  readonly count: number;
  readonly reads: Int32Array;
}

/** The taps of axes whose terms have at most one entry a row, of weight 1: convolutions. */
export function tapsOf(axes: readonly AxisMap[]): Taps {
  const whole: Taps = { outPositions: 1, count: 1, reads: Int32Array.of(0) };
  return axes.reduce<Taps>((before, { size, outSize, terms }) => {
    const outPositions = before.outPositions * outSize;
    const count = before.count * terms.length;
    const reads = new Int32Array(outPositions * count);
    for (let k = 0; k < reads.length; k++) {
      const [P, tap] = [Math.floor(k / count), k % count];
      const outer = before.reads[Math.floor(P / outSize) * before.count + Math.floor(tap / terms.length)];
      const inner = terms[tap % terms.length][P % outSize].at[0] ?? -1;
      reads[k] = outer < 0 || inner < 0 ? -1 : outer * size + inner;
    }
    return { outPositions, count, reads };
  }, whole);
}

/** The patches of one example (positions, width): (outPositions, taps, width), 0 outside the input. */
export function patches({ outPositions, count, reads }: Taps, x: Float64Array, width: number): Float64Array {
  const out = new Float64Array(outPositions * count * width);
  reads.forEach((p, k) => {
    if (p >= 0) out.set(x.subarray(p * width, (p + 1) * width), k * width);
  });
  return out;
}

/** Maps of one term each applied to (outer, …positions, inner), one axis after the other. */
export function transform(axes: readonly AxisMap[], x: Float64Array, inner: number): Float64Array {
  let stride = inner;
  let out = x;
  for (const axis of axes.toReversed()) {
    out = transformAxis(axis, out, stride);
    stride *= axis.outSize;
  }
  return out;
}

function transformAxis(
  { size, outSize, terms: [matrix] }: AxisMap,
  x: Float64Array,
  inner: number,
): Float64Array {
  const outer = x.length / (size * inner);
  const out = new Float64Array(outer * outSize * inner);
  for (let o = 0; o < outer; o++) {
    for (let P = 0; P < outSize; P++) {
      const { at, weights } = matrix[P];
      const to = (o * outSize + P) * inner;
      at.forEach((p, k) => {
        const from = (o * size + p) * inner;
        for (let i = 0; i < inner; i++) out[to + i] += weights[k] * x[from + i];
      });
    }
  }
  return out;
}

/** eˣ / Σ eˣ, with the largest x subtracted first so that nothing overflows. */
export function softmax(x: Float64Array): Float64Array {
  const largest = x.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = x.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}
