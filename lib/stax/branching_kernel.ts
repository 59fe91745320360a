/** The kernels of sums and products of branches. */
import { constant, type Expr } from "../expr/expr.ts";
import {
  entries,
  type Entry,
  joinedOrigin,
  kernelsOf,
  requireEqual,
  requireGaussian,
  requireIndependent,
  sameInAll,
} from "../network/branches.ts";
import type { KernelExpr, KernelTree } from "../network/kernel_expr.ts";
import type { Layer } from "../network/layer.ts";
import { productOf } from "../network/numerical_errors.ts";

/** The kernel of `FanInSum`. */
export function sumOfBranches(_layer: Layer, input: KernelTree): KernelExpr {
  const ks = kernelsOf("FanInSum", input);
  requireGaussian(ks);
  requireIndependent("FanInSum", ks);
  const sum = (entry: Entry) => ks.map((k) => k[entry]).reduce((a, b) => a.add(b));
  return combined(ks, entries(sum), true);
}

/** The kernel of `FanInProd`. */
export function productOfBranches(_layer: Layer, input: KernelTree): KernelExpr {
  const ks = kernelsOf("FanInProd", input);
  requireIndependent("FanInProd", ks);
  const product = (entry: Entry) => ks.map((k) => k[entry]).reduce((a, b) => a.mul(b));
  const covariances = { ...entries(product), ntk: productRule(ks) };
  return {
    ...combined(ks, covariances, ks.length === 1),
    errors: productOf(ks.map(({ errors }) => errors)),
  };
}

/** Σᵢ Θᵢ Πⱼ≠ᵢ Kⱼ */
function productRule(ks: readonly KernelExpr[]): Expr {
  return ks.map(({ ntk }, i) => ks.reduce((term, k, j) => j === i ? term : term.mul(k.nngp), ntk))
    .reduce((a, b) => a.add(b), constant(0));
}

function combined(
  ks: readonly KernelExpr[],
  covariances: Pick<KernelExpr, Entry>,
  isGaussian: boolean,
): KernelExpr {
  requireEqual("widths", ks.map((k) => String(k.width)));
  requireEqual("positions", ks.map((k) => `[${k.positions.join(", ")}]`));
  requireEqual("axes of examples and features", ks.map((k) => `${k.batchAxis} and ${k.channelAxis}`));
  requireEqual("batches", ks.map((k) => JSON.stringify(k.batch)));
  const allGaussian = isGaussian && ks.every((k) => k.isGaussian);
  return { ...ks[0], ...covariances, ...joinedOrigin(ks), same: sameInAll(ks), isGaussian: allGaussian };
}
