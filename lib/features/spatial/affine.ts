/** What a layer that is linear makes of kernels: a sum of given ones with factors, and a constant; read off its expression. */
import { evaluate } from "../../expr/evaluate.ts";
import type { Expr, Variable } from "../../expr/expr.ts";
import { topological } from "../../expr/graph.ts";

/** Σ factor · kernel + constant. */
export interface Affine {
  /** The kernels by the names of their variables, with factors above 0 */
  readonly factors: ReadonlyMap<string, number>;
  readonly constant: number;
  /** The constant is only there for the same position of both inputs. */
  readonly isLocal: boolean;
}

const isKernel = (name: string) => /^(cov|ntk)\d+$/.test(name);
const isVariance = (name: string) => /^var\d+$/.test(name);

/** Numbers that are no covariances of each other, so that no two points count as the same. */
const odd = (seed: number, i: number) => 0.3 + Math.abs(Math.sin(seed + 7.1 * i)) / 3;
const TOLERANCE = 1e-9;

/** The sum that an expression of kernels is, or null if it is something else. */
export function affineOf(expr: Expr): Affine | null {
  const names = new Set<string>();
  for (const node of topological([expr])) {
    if (node.kind === "variable") names.add((node.payload as Variable).name);
  }
  const kernels = [...names].filter(isKernel);
  if ([...names].some((name) => !isKernel(name) && !isVariance(name) && name !== "offset")) return null;
  const at = (values: Readonly<Record<string, number>>, { offset = 0, seed = 1 } = {}) => {
    const variances = [...names].filter(isVariance).map((name, i) => [name, odd(seed, i)]);
    const zeros = kernels.map((name) => [name, 0]);
    return evaluate(expr, { offset, ...Object.fromEntries([...variances, ...zeros]), ...values });
  };
  const constant = at({}), elsewhere = at({}, { offset: 1 });
  const factors = new Map(kernels.map((name) => [name, at({ [name]: 1 }) - constant]));
  // Another point, elsewhere, with other variances, must be the same sum.
  const point = Object.fromEntries(kernels.map((name, i) => [name, 1 + odd(3, i)]));
  const predicted = kernels.reduce((sum, name) => sum + factors.get(name)! * point[name], elsewhere);
  const found = at(point, { offset: 1, seed: 2 });
  const isSum = Math.abs(found - predicted) <= TOLERANCE * Math.max(1, Math.abs(found)) &&
    (elsewhere === constant || elsewhere === 0) && constant >= 0;
  if (!isSum || [...factors.values()].some((factor) => factor < 0)) return null;
  return {
    factors: new Map([...factors].filter(([, factor]) => factor > 0)),
    constant,
    isLocal: elsewhere !== constant,
  };
}
