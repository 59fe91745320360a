/** Gaussian expectations in plain numbers: Gauss–Legendre rules on pieces between the kinks, which are at 0. */
import type { Triple } from "./duals.ts";

/** Nodes and weights. */
interface Rule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** The Gauss–Legendre rule with n nodes on [−1, 1], by Newton's method on the Legendre polynomial. */
function gaussLegendre(n: number): Rule {
  const nodes: number[] = [], weights: number[] = [];
  for (let i = 0; i < n; i++) {
    let x = Math.cos(Math.PI * (i + 0.75) / (n + 0.5)), slope = 0;
    for (let step = 0; step < 8; step++) {
      let [before, p] = [1, x];
      for (let k = 2; k <= n; k++) [before, p] = [p, ((2 * k - 1) * x * p - (k - 1) * before) / k];
      slope = n * (x * p - before) / (x * x - 1);
      x -= p / slope;
    }
    nodes.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}

const fine = gaussLegendre(40);
const coarse = gaussLegendre(16);

/** ∫ f over [from, to] in equal panels. */
export function integrate(
  f: (x: number) => number,
  from: number,
  to: number,
  panels = 1,
  { nodes, weights }: Rule = fine,
): number {
  const half = (to - from) / (2 * panels);
  let sum = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = from + (2 * panel + 1) * half;
    for (let i = 0; i < nodes.length; i++) sum += weights[i] * f(middle + half * nodes[i]);
  }
  return sum * half;
}

/** Beyond this radius even growing integrands of the cases are below 1e-20 of the result. */
const RADIUS = 24;

/** E[f(z)] for z ~ N(0, 1) and an f that is smooth on both sides of 0. */
export function mean(f: (z: number) => number): number {
  const both = (z: number) => (f(z) + f(-z)) * Math.exp(-z * z / 2);
  return integrate(both, 0, RADIUS, 12) / Math.sqrt(2 * Math.PI);
}

/** E[f(u)f(v)], in polar coordinates (r, t): u = √var1·r·cos t and v = √var2·r·cos(t − θ) change sign on four rays. */
export function expectation(f: (x: number) => number, [cov, var1, var2]: Triple): number {
  const [s1, s2] = [Math.sqrt(var1), Math.sqrt(var2)];
  const theta = Math.acos(cov / (s1 * s2));
  const ray = (t: number) => {
    const [x, y] = [s1 * Math.cos(t), s2 * Math.cos(t - theta)];
    return integrate((r) => r * Math.exp(-r * r / 2) * f(x * r) * f(y * r), 0, RADIUS, 12, coarse);
  };
  const rays = [-Math.PI / 2, theta - Math.PI / 2, Math.PI / 2, theta + Math.PI / 2, 1.5 * Math.PI];
  const sectors = rays.slice(1).map((to, i) => integrate(ray, rays[i], to));
  return sectors.reduce((a, b) => a + b) / (2 * Math.PI);
}
