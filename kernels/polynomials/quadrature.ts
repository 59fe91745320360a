/** Means of a function against the normalised Hermite polynomials, by adaptive Gauss–Legendre quadrature. */
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";

/** The density of N(0, 1) is 0 in doubles from here on. */
const END = 39;
/** Nodes an interval: enough for hₙ of degree 256, which turns 3 times in an interval of length 1. */
const NODES = 32;
/** Halvings in all: a jump takes about 50, and a function with rounding noise must come to an end. */
const MAX_HALVINGS = 4096;

type Scalar = (x: number) => number;

/** The integrals over an interval as a whole and over its halves. */
interface Piece {
  readonly start: number;
  readonly length: number;
  readonly halves: readonly Float64Array[];
  /** The largest difference between the two estimates */
  readonly error: number;
}

/**
 * E[f(X)·hₙ(X)] for n = 0 … degree, X ~ N(0, 1), hₙ = Heₙ/√n!.
 *
 * The two halves of the line are folded, f(x) ± f(−x), so that the means of odd and even functions vanish exactly. Intervals
 * start at the integers, where activations have their kinks, and the worst one is halved until all agree with their halves.
 */
export function hermiteMeans(f: Scalar, degree: number): Float64Array {
  const tolerance = Number.EPSILON * scaleOf(f);
  const integral = (start: number, length: number) => integrate(f, start, length, degree);
  // From the outside in: small contributions are summed first.
  const pieces = Array.from({ length: END }, (_, i) => END - 1 - i)
    .map((start) => piece(integral, start, 1, integral(start, 1)));
  for (let halvings = 0; halvings < MAX_HALVINGS; halvings++) {
    const worst = pieces.reduce((at, { error }, i) => error > pieces[at].error ? i : at, 0);
    const { start, length, halves, error } = pieces[worst];
    if (error <= tolerance) break;
    const [left, right] = halves.map((whole, i) =>
      piece(integral, start + i * length / 2, length / 2, whole)
    );
    pieces.splice(worst, 1, right, left);
  }
  const total = new Float64Array(degree + 1);
  for (const { halves } of pieces) halves.forEach((half) => half.forEach((value, n) => total[n] += value));
  return total;
}

function piece(
  integral: (start: number, length: number) => Float64Array,
  start: number,
  length: number,
  whole: Float64Array,
): Piece {
  const half = length / 2;
  const halves = [integral(start, half), integral(start + half, half)];
  const error = whole.reduce(
    (max, value, n) => Math.max(max, Math.abs(value - halves[0][n] - halves[1][n])),
    0,
  );
  return { start, length, halves, error };
}

/** ∫ (f(x) + (−1)ⁿ f(−x))·hₙ(x)·φ(x) dx over the interval, for n = 0 … degree. */
function integrate(f: Scalar, start: number, length: number, degree: number): Float64Array {
  const sums = new Float64Array(degree + 1);
  eachNode(start, length, (x, weight) => {
    const [right, left] = [finite(f, x), finite(f, -x)];
    const mass = weight * density(x);
    // Not mass · (right ± left), which overflows for values of 1e308.
    const parts = [mass * right + mass * left, mass * right - mass * left];
    let [previous, current] = [0, 1];
    for (let n = 0; n <= degree; n++) {
      sums[n] += parts[n % 2] * current;
      [previous, current] = [current, (x * current - Math.sqrt(n) * previous) / Math.sqrt(n + 1)];
    }
  });
  return sums;
}

function eachNode(start: number, length: number, visit: (x: number, weight: number) => void): void {
  const { nodes, weights } = rule();
  for (let i = 0; i < NODES; i++) visit(start + length * (1 + nodes[i]) / 2, weights[i] * length / 2);
}

let computed: ReturnType<typeof gaussLegendre> | undefined;

const rule = () => computed ??= gaussLegendre(NODES);

const density = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

function finite(f: Scalar, x: number): number {
  const value = f(x);
  if (Number.isFinite(value)) return value;
  throw new RangeError(
    `Cannot fit a Hermite series as fn(x) must be finite for |x| < ${END}: current value is ${value} at x = ${x}`,
  );
}

/** The largest |f(x)|·√φ(x), which is of the order of √E[f(X)²]: the scale of the means. */
function scaleOf(f: Scalar): number {
  let [largest, outermost] = [0, 0];
  for (let start = 0; start < END; start++) {
    outermost = 0;
    eachNode(start, 1, (x) => {
      const size = Math.max(Math.abs(finite(f, x)), Math.abs(finite(f, -x)));
      outermost = Math.max(outermost, size * Math.sqrt(density(x)));
    });
    largest = Math.max(largest, outermost);
  }
  if (outermost > Number.EPSILON * largest) {
    throw new RangeError(
      "Cannot fit a Hermite series as E[fn(X)²] must be finite for X ~ N(0, 1): " +
        "current value is a function that grows like exp(x²/4)",
    );
  }
  return largest;
}
