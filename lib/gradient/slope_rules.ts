/**
 * Slopes of nodes that the table of operations has no derivative of, or another one than is meant here: sums of tables, which depend on
 * variances through their coefficients, and choices that are there for the sake of rounding alone.
 */
import type { SlopeRule } from "../expr/differentiate.ts";
import { constant, type Expr, type HermiteOrder, hermiteSum, tableOf } from "../expr/expr.ts";
import { radialCoefficients, type Table, type TableValues } from "../expr/table.ts";
import { remembered } from "../remembered.ts";
import type { Steps } from "../steps.ts";

/** The slope of a node in a direction, or undefined where that of `differentiate` is right. */
export const slopeOf: SlopeRule = (node, slopes) => {
  if (node.kind === "table") return slopes.get(node.args[0])!;
  if (node.kind === "hermiteSum") return sumSlope(node, slopes);
  if (node.kind === "select" && isForRounding(node.args[0])) return slopes.get(node.args[2])!;
  return undefined;
};

/** x = y of two numbers that vary: both values of the choice are the same there, one of them exactly. */
const isForRounding = ({ kind, args }: Expr): boolean =>
  kind === "eq" && args.every(({ value }) => value === undefined);

/** Σ a′ₖbₖρᵏ + Σ aₖb′ₖρᵏ + ρ′·Σ k·aₖbₖρᵏ⁻¹ */
function sumSlope({ args: [a, b, rho], payload }: Expr, slopes: ReadonlyMap<Expr, Expr>): Expr {
  const { order } = payload as HermiteOrder;
  const sum = (a: Expr, b: Expr, slope: Expr, order: number) =>
    slope.value === 0 ? constant(0) : hermiteSum(a, b, rho, order).mul(slope);
  const ofTable = (of: Expr, other: Expr) => {
    const [variance] = of.args;
    const slope = slopes.get(of) ?? constant(0);
    const radial = tableOf(radialTable(of.payload as Table), variance);
    // At variance 0 nothing but the first coefficient is left, which does not change to first order in a point.
    const positive = variance.gt(0);
    return sum(radial, other, positive.select(slope.div(positive.select(variance, 1).mul(2)), 0), order);
  };
  return ofTable(a, b).add(ofTable(b, a)).add(sum(a, b, slopes.get(rho)!, order + 1));
}

/** The coefficients of x·φ′(x) in place of those of φ: σ·∂aₖ/∂σ. */
const radialTable = remembered((table: Table): Table => ({
  label: `${table.label}, times x`,
  *compute(variances): Steps<TableValues> {
    const values = yield* table.compute(variances);
    return { ...values, coefficients: yield* radialOf(values) };
  },
}));

function* radialOf({ coefficients, width, radial }: TableValues): Steps<Float64Array> {
  if (radial) return yield* radial();
  const all = new Float64Array(coefficients.length);
  for (let start = 0; start < all.length; start += width) {
    all.set(radialCoefficients(coefficients.subarray(start, start + width), width), start);
  }
  return all;
}
