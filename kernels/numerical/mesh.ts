/** Quadrature for Gaussian averages of a function, split at its kinks and refined until the function is resolved. */
import type { Steps } from "../../lib/steps.ts";
import { expand, ORDER, panelError, panelRule, panelValue } from "./legendre_panel.ts";

type Scalar = (x: number) => number;

/** An interval of |x|. */
export interface Panel {
  readonly from: number;
  readonly to: number;
}

/** Panels from 0 outwards, and what they could not resolve: root mean squares over the Gaussian density. */
export interface Mesh {
  readonly panels: readonly Panel[];
  /** Of f less the polynomials through it, and of f′ less theirs. */
  readonly unresolved: { readonly nngp: number; readonly dNngp: number };
}

/** What a mesh is made for. */
export interface MeshRequest {
  readonly f: Scalar;
  /** What is subtracted from f: its tails have to be on the mesh too. */
  readonly subtracted: Scalar;
  /** It has envelopes, whose width the mesh has to resolve. */
  readonly bounded: boolean;
  readonly kinks: readonly number[];
  /** Where f is steep. */
  readonly steep: readonly number[];
  /** Smallest and largest standard deviation, at most a factor of 2 apart. */
  readonly lowest: number;
  readonly highest: number;
  /** Number of Hermite polynomials that are to be integrated. */
  readonly terms: number;
}

/** The last Hermite polynomial turns by at most this many radians on a panel: 16 points integrate that to 1e-15. */
const PHASE = 14;
/** |f|√φ, and that of what is subtracted, has to fall below this fraction of √E[f²] where the mesh ends. */
const NEGLIGIBLE = 1e-13;
/** √φ underflows so many standard deviations out. */
const LIMIT = 54;
/** Where f overflows or √φ underflows, |f|√φ may be this fraction of √E[f²]: what is left out adds its square to a kernel. */
const FADED = 1e-6;
/** Values above it count as overflow, since sums of them and slopes are up to 1e18 times as large. */
const OVERFLOW = 1e290;
/** Overflow comes after values so many times √E[f²]: a function that is infinite elsewhere has no finite E[f²]. */
const HUGE = 1e100;
/** Enough for whatever 8192 Hermite polynomials can follow, besides the panels between kinks. */
const MOST_PANELS = 600;
/** Panels on which a function is looked at in a step. */
const PANELS = 32;
/** Where a panel is checked before it is halved: far from 0 this is all that finds a feature. */
const SCAN = Array.from({ length: 32 }, (_, j) => (j + 0.5) / 16 - 1);
/** Kinks at t and −t that differ by rounding are one end of a panel. */
const SAME = 1e-13;

/** Panels from 0 outwards; the function is to be sampled at their points x and at −x. */
export function* buildMesh(request: MeshRequest): Steps<Mesh> {
  const { kinks, steep, lowest, highest, terms } = request;
  const step = lowest * Math.min(1, PHASE / Math.sqrt(terms));
  const bends = [...kinks, ...steep].map(Math.abs).sort((a, b) => a - b);
  let next = 0;
  const coarse: Panel[] = [];
  let norm = shellNorm(request);
  for (let from = 0, far = Infinity; from < 8 * highest || far > NEGLIGIBLE * Math.sqrt(norm);) {
    while (bends[next] <= from * (1 + SAME)) next++;
    const to = Math.min(from + step, bends[next] ?? Infinity);
    const weighted = weightedSample(request, from, to);
    if (from > LIMIT * highest || !Number.isFinite(weighted.largest)) {
      requireFaded(request, from, norm);
      break;
    }
    coarse.push({ from, to });
    if (coarse.length % PANELS === 0) yield;
    norm += weighted.squares;
    far = weighted.largest;
    from = to;
  }
  if (!Number.isFinite(norm)) refuseGrowth(highest);
  const scale = Math.sqrt(norm);
  return yield* refine(request, coarse, scale);
}

/** E[f²] from one point a shell towards 0, where a function much narrower than the density may be all there is. */
function shellNorm({ f, highest }: MeshRequest): number {
  let norm = 0;
  for (let part = 1; part > 1e-12; part /= 2) {
    norm += part * (f(part * highest) ** 2 + f(-part * highest) ** 2);
  }
  return norm;
}

/** ∫ f² φ over a panel and its mirror image, and the largest |f|√φ or of what is subtracted, in units of the standard deviation. */
function weightedSample({ f, subtracted, highest }: MeshRequest, from: number, to: number) {
  const { points, weights } = panelRule(from, to);
  let squares = 0;
  let largest = 0;
  points.forEach((x, i) => {
    const root = rootDensity(x / highest);
    for (const at of [x, -x]) {
      const value = finiteValue(f, at, highest) * root;
      squares += weights[i] / highest * value * value;
      largest = Math.max(largest, Math.abs(value), Math.abs(subtracted(at)) * root);
    }
  });
  return { squares, largest };
}

/** Halves of the panels, until the polynomials on them miss nothing that a coefficient of relative size 1e-13 would show. */
function* refine(
  { f, subtracted, bounded, lowest, highest }: MeshRequest,
  coarse: readonly Panel[],
  scale: number,
): Steps<Mesh> {
  const fine: Panel[] = [];
  const stack = coarse.toReversed();
  const first = new Set(coarse);
  const most = MOST_PANELS + coarse.length;
  const sides = [f, ...(bounded ? [subtracted] : [])].flatMap((g) => [g, (x: number) => g(-x)]);
  const [values, slopes] = [sumOfSquares(), sumOfSquares()];
  while (stack.length > 0) {
    const panel = stack.pop()!;
    const { from, to } = panel;
    const errorOf = first.has(panel) ? scannedError : sampledError;
    const error = Math.max(...sides.map((side) => errorOf(side, from, to)));
    const root = rootDensity(from / highest);
    const seen = error * root * (to - from) / lowest;
    const missed = seen > NEGLIGIBLE * scale;
    if (missed && fine.length + stack.length <= most) {
      const middle = (from + to) / 2;
      stack.push({ from: middle, to }, { from, to: middle });
      continue;
    }
    fine.push(panel);
    if (fine.length % PANELS === 0) yield;
    if (!missed) continue;
    const weight = 2 * root * root * (to - from) / lowest;
    values.add(error, weight);
    // What Markov's inequality allows the derivative of a polynomial of that size and degree.
    slopes.add(error * 2 * ORDER ** 2 / (to - from), weight);
  }
  return { panels: fine, unresolved: { nngp: values.root(), dNngp: slopes.root() } };
}

function sumOfSquares() {
  let sum = 0;
  return {
    add: (value: number, weight: number) => sum += value * value * weight,
    root: () => Math.sqrt(sum),
  };
}

function sampledError(f: Scalar, from: number, to: number): number {
  return panelError(f, from, to, panelRule(from, to).points.map(f));
}

/** The same, and the largest error at more points in between. */
function scannedError(f: Scalar, from: number, to: number): number {
  const values = panelRule(from, to).points.map(f);
  const coefficients = expand(values);
  const at = (y: number) => Math.abs(f(from + (to - from) * (1 + y) / 2) - panelValue(coefficients, y));
  return SCAN.reduce((worst, y) => Math.max(worst, at(y)), panelError(f, from, to, values));
}

/** √φ(z) for the standard normal density φ, which underflows later than φ. */
export function rootDensity(z: number): number {
  return (2 * Math.PI) ** -0.25 * Math.exp(-z * z / 4);
}

/** The points and weights of all panels. */
export function meshRule(panels: readonly Panel[]): { points: Float64Array; weights: Float64Array } {
  const points = new Float64Array(panels.length * ORDER);
  const weights = new Float64Array(points.length);
  panels.forEach(({ from, to }, i) => {
    const rule = panelRule(from, to);
    points.set(rule.points, i * ORDER);
    weights.set(rule.weights, i * ORDER);
  });
  return { points, weights };
}

function finiteValue(f: Scalar, x: number, sigma: number): number {
  const value = f(x);
  if (Math.abs(x) > 8 * sigma) return Math.abs(value) < OVERFLOW ? value : Infinity;
  if (Number.isFinite(value)) return value;
  throw new RangeError(
    `Cannot average a nonlinearity as its values must be finite: current value is ${value} at x = ${x}`,
  );
}

/** Refuses to end a mesh at `from`, where f overflows or √φ underflows, unless |f|√φ is negligible there. */
function requireFaded({ f, highest }: MeshRequest, from: number, norm: number): void {
  const weighted = (x: number) => Math.max(Math.abs(f(x)), Math.abs(f(-x))) * rootDensity(x / highest);
  const [before, here] = [weighted(from - highest), weighted(from)];
  const isHuge = here / rootDensity(from / highest) > HUGE * Math.sqrt(norm);
  // What does not fall beside the density has an infinite integral.
  if (!isHuge || !(here < (1 - 1e-6) * before)) refuseGrowth(highest);
  if (here <= FADED * Math.sqrt(norm)) return;
  throw new RangeError(
    "Cannot average a nonlinearity as f(x)² must be negligible beside the density of x before f overflows: " +
      `current value is ${(here ** 2 / norm).toPrecision(1)} of E[f(u)²] at x = ${
        from.toPrecision(3)
      } and variance ${highest ** 2}, lower the variance`,
  );
}

function refuseGrowth(sigma: number): never {
  throw new RangeError(
    `Cannot average a nonlinearity as E[f(u)²] must be finite: current value is Infinity at variance ${
      sigma ** 2
    }`,
  );
}
