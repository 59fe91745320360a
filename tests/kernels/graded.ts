/** E[g(u)g(v)] by iterated quadrature whose panels shrink towards the places where g changes. */
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";

/** A place where a function changes, and over what width; 0 for a jump or a bend. */
export type Place = readonly [at: number, width: number];

const rule = gaussLegendre(14);
const FAR = 9;

/** Points z and weights of E over a standard normal variable, with panels no wider than ½ and graded around `places`. */
function normalRule(places: readonly Place[]): [z: number, weight: number][] {
  const ends = Array.from({ length: 4 * FAR + 1 }, (_, i) => i / 2 - FAR);
  for (const [at, width] of places) {
    ends.push(at);
    for (let r = width / 2; width > 0 && r < 2 * FAR; r *= 2) ends.push(at - r, at + r);
  }
  const within = ends.filter((z) => Math.abs(z) <= FAR).sort((a, b) => a - b);
  return within.slice(1).flatMap((end, i) => {
    const half = (end - within[i]) / 2;
    return Array.from(rule.nodes, (y, j): [number, number] => {
      const z = within[i] + half * (1 + y);
      return [z, rule.weights[j] * half * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI)];
    });
  });
}

/** E[g(√v z)], and so E[g(u)²] for the square of a function. */
export function gradedMean(g: (x: number) => number, places: readonly Place[], variance: number): number {
  const sigma = Math.sqrt(variance);
  return normalRule(places.map(([at, width]) => [at / sigma, width / sigma]))
    .reduce((sum, [z, weight]) => sum + weight * g(sigma * z), 0);
}

/** E[g(u)g(v)] for two variables of one variance, |ρ| < 1. */
export function gradedDual(
  g: (x: number) => number,
  places: readonly Place[],
  rho: number,
  variance: number,
): number {
  const sigma = Math.sqrt(variance);
  const rest = Math.sqrt((1 - rho) * (1 + rho));
  const own = places.map(([at, width]): Place => [at / sigma, width / sigma]);
  // Where the mean of v given u is at one of its places.
  const other = Math.abs(rho) < 0.05
    ? []
    : own.map(([at, width]): Place => [at / rho, Math.hypot(rest, width) / Math.abs(rho)]);
  return normalRule([...own, ...other]).reduce((sum, [z, weight]) => {
    const value = g(sigma * z);
    if (Math.abs(value) * weight < 1e-18) return sum;
    const inner = own.map(([at, width]): Place => [(at - rho * z) / rest, width / rest]);
    const near = inner.filter(([at, width]) => Math.abs(at) < FAR + 64 * width);
    const mean = normalRule(near).reduce((total, [y, w]) => total + w * g(sigma * (rho * z + rest * y)), 0);
    return sum + weight * value * mean;
  }, 0);
}
