/** What maps compare instead of the variances of two inputs, which they read for nothing else. */
import type { Expr, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { featureIndex } from "../../../program/program.ts";

/**
 * For equalities of the variance of both sides: the leaves of another feature that the map reads of both, a function of that
 * variance alone. Where the variances are equal, so is the other one, since all features of a node are computed alike; that it
 * should be equal where they are not must be rare, as it is for the rest of a root and is not for its leading digits.
 */
export function substitutesOf(roots: readonly Expr[], features: readonly Expr[]): Map<Expr, readonly Expr[]> {
  const nodes = topological(roots);
  const leaves = nodes.filter(isFeature);
  const substitutes = new Map<Expr, readonly Expr[]>();
  for (const node of nodes.filter(({ kind, args }) => kind === "eq" && args.every(isFeature))) {
    const [variance, same] = node.args.map((leaf) => features[featureIndex(leaf)!]);
    if (variance !== same || variance.kind !== "variable") continue;
    const found = features
      .filter((feature) => isQuotientOf(feature, variance))
      .map((feature) => leaves.filter((leaf) => features[featureIndex(leaf)!] === feature))
      .find((sides) => sides.length === 2);
    if (found) substitutes.set(node, found);
  }
  return substitutes;
}

const isFeature = ({ kind, payload }: Expr): boolean =>
  kind === "variable" && (payload as Variable).scope !== "pair";

/** True for a quotient in which `variance` is the only variable. */
function isQuotientOf(feature: Expr, variance: Expr): boolean {
  if (feature.kind !== "div") return false;
  const variables = topological([feature]).filter(({ kind }) => kind === "variable");
  return variables.every((leaf) => leaf === variance);
}
