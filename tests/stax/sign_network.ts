/** The network `conv2-avgpool-Sign` of `conv.json`, position by position, since the reference is wrong there. */
import type { FixtureArray } from "../fixtures.ts";

/** A covariance of positions, K(i, j; i′, j′). */
type Covariance = (i: number, j: number, i2: number, j2: number) => number;

/** The NNGP of `conv2-avgpool-Sign` for one pair of images, position by position. */
export function signNetwork(x1: FixtureArray, a: number, x2: FixtureArray, b: number): number {
  const pair = (x: FixtureArray, m: number, y: FixtureArray, n: number): Covariance => (i, j, i2, j2) => {
    const at = (example: number, i: number, j: number) => ((example * 6 + i) * 6 + j) * 3;
    const [from, to] = [at(m, i, j), at(n, i2, j2)];
    return [0, 1, 2].reduce((sum, c) => sum + x.data[from + c] * y.data[to + c], 0) / 3;
  };
  const all = [pair(x1, a, x2, b), pair(x1, a, x1, a), pair(x2, b, x2, b)];
  const first = sign(all.map((k) => stored(6, convolved(6, k))));
  const pooled = first.map((k) => stored(3, averaged(k)));
  const [last] = sign(pooled.map((k) => stored(3, convolved(3, k))));
  const places = Array.from({ length: 9 }, (_, p) => [Math.floor(p / 3), p % 3]);
  const sum = places.flatMap(([i, j]) => places.map(([i2, j2]) => last(i, j, i2, j2))).reduce(
    (s, k) => s + k,
    0,
  );
  return 0.9 ** 2 * sum / 81 + 0.2 ** 2;
}

function stored(size: number, k: Covariance): Covariance {
  const values = Float64Array.from(
    { length: size ** 4 },
    (_, n) =>
      k(Math.floor(n / size ** 3), Math.floor(n / size ** 2) % size, Math.floor(n / size) % size, n % size),
  );
  return (i, j, i2, j2) => values[((i * size + j) * size + i2) * size + j2];
}

/** Conv([3, 3], SAME, σ_W = 1.3, σ_b = 0.1) */
function convolved(size: number, k: Covariance): Covariance {
  const steps = [-1, 0, 1];
  const inside = (...places: number[]) => places.every((place) => place >= 0 && place < size);
  const taps = steps.flatMap((a) => steps.map((b) => [a, b]));
  return (i, j, i2, j2) => {
    const sum = taps.reduce(
      (sum, [a, b]) => inside(i + a, j + b, i2 + a, j2 + b) ? sum + k(i + a, j + b, i2 + a, j2 + b) : sum,
      0,
    );
    return 1.3 ** 2 * sum / 9 + 0.1 ** 2;
  };
}

/** AvgPool([2, 2]) with strides [2, 2] */
function averaged(k: Covariance): Covariance {
  const corners = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b]));
  return (i, j, i2, j2) =>
    corners.flatMap(([a, b]) => corners.map(([c, d]) => k(2 * i + a, 2 * j + b, 2 * i2 + c, 2 * j2 + d)))
      .reduce((sum, value) => sum + value, 0) / 16;
}

/** E[sign u sign v] = 2/π · asin ρ for the covariance of a pair, and of both inputs with themselves. */
function sign([k, own1, own2]: Covariance[]): Covariance[] {
  const dual = (cov: Covariance, first: Covariance, second: Covariance): Covariance => (i, j, i2, j2) => {
    const rho = cov(i, j, i2, j2) / Math.sqrt(first(i, j, i, j) * second(i2, j2, i2, j2));
    return 2 / Math.PI * Math.asin(Math.max(-1, Math.min(1, rho)));
  };
  return [dual(k, own1, own2), dual(own1, own1, own1), dual(own2, own2, own2)];
}
