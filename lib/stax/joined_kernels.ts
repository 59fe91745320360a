/**
 * The kernels of layers that join branches: sums, products, and branches side by side, an average along the features and blocks along
 * positions and examples.
 */
import { constant, type Expr, variable } from "../expr/expr.ts";
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
import {
  type Context,
  isSame,
  type KernelExpr,
  type KernelTree,
  mapPositions,
} from "../network/kernel_expr.ts";
import type { Layer } from "../network/layer.ts";
import { productOf } from "../network/numerical_errors.ts";
import { UnsupportedError } from "../errors.ts";
import { positionAxis } from "../network/axes.ts";
import { identity, selection } from "../spatial/axis.ts";

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

/** The kernel of `FanInConcat`; `axisOf` gives the axis that branches of a rank are joined along. */
export function concatenation(
  axisOf: (rank: number) => number,
  input: KernelTree,
  context: Context,
): KernelExpr {
  const ks = kernelsOf("FanInConcat", input);
  const axis = axisOf(ks[0].positions.length + 2);
  if (ks.length === 1) return ks[0];
  requireEqual("axes of examples and features", ks.map((k) => `${k.batchAxis} and ${k.channelAxis}`));
  if (axis === ks[0].channelAxis) return averaged(ks);
  requireGaussianParts(ks);
  requireIndependent("FanInConcat along another axis than the features", ks);
  requireEqual("widths", ks.map((k) => String(k.width)));
  return axis === ks[0].batchAxis ? stacked(ks, context) : placed(ks, axis, context);
}

function requireGaussianParts(ks: readonly KernelExpr[]): void {
  const bad = ks.findIndex((k) => !k.isGaussian);
  if (bad < 0) return;
  throw new UnsupportedError(
    "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: " +
      `current value is branch ${bad} after a nonlinearity, end it with Dense(…)`,
  );
}

/** Features side by side: each weighs as much as its branch is wide. */
function averaged(ks: readonly KernelExpr[]): KernelExpr {
  requireEqual("positions", ks.map((k) => `[${k.positions.join(", ")}]`));
  requireEqual("batches", ks.map((k) => JSON.stringify(k.batch)));
  const width = ks.reduce((sum, k) => sum + k.width, 0);
  const mean = (entry: Entry) => ks.map((k) => k[entry].mul(k.width / width)).reduce((a, b) => a.add(b));
  return { ...ks[0], ...entries(mean), ...joinedOrigin(ks), same: sameInAll(ks), width, isGaussian: false };
}

/** Examples side by side: rows know their branch, and different branches are independent. */
function stacked(ks: readonly KernelExpr[], { variables, batchNames }: Context): KernelExpr {
  requireEqual("positions", ks.map((k) => `[${k.positions.join(", ")}]`));
  const batches = ks.map((k) => k.batch);
  const structure = JSON.stringify(batches);
  // The same batches have the same name, since branches that put them together in the same order have the same rows.
  if (!batchNames.has(structure)) batchNames.set(structure, `part${batchNames.size}`);
  const label = batchNames.get(structure)!;
  variables[label] = ({ labels }) => ({ values: Float64Array.from(labels[label]), positions: 1 });
  const [part1, part2] = [variable(label, "row1"), variable(label, "row2")];
  const choose = (entry: keyof Pick<KernelExpr, Entry | "same">, part: Expr) =>
    ks.map((k) => k[entry]).reduceRight((rest, value, i) => part.eq(i).select(value, rest));
  const together = part1.eq(part2);
  return {
    ...ks[0],
    nngp: together.select(choose("nngp", part1), 0),
    ntk: together.select(choose("ntk", part1), 0),
    var1: choose("var1", part1),
    var2: choose("var2", part2),
    same: together.and(choose("same", part1)),
    ...joinedOrigin(ks),
    batch: { kind: "concat", of: batches, label },
  };
}

/** Positions side by side: each branch is put where it belongs, with 0 elsewhere, and they are added. */
function placed(ks: readonly KernelExpr[], axis: number, context: Context): KernelExpr {
  const { positions } = ks[0];
  const at = positionAxis(axis, ks[0]);
  requireEqual("other positions", ks.map((k) => `[${k.positions.toSpliced(at, 1).join(", ")}]`));
  requireEqual("batches", ks.map((k) => JSON.stringify(k.batch)));
  const lengths = ks.map((k) => k.positions[at]);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const parts = ks.map((k, i) => {
    const start = lengths.slice(0, i).reduce((sum, length) => sum + length, 0);
    const map = selection(lengths[i], places(start, lengths[i], total));
    const axes = k.positions.map((length, axis) => axis === at ? map : identity(length));
    return mapPositions(k, { axes, local: false }, context);
  });
  const sums = entries((entry) => parts.map((k) => k[entry]).reduce((a, b) => a.add(b)));
  const same = isSame(sums.nngp, sums.var1, sums.var2);
  return { ...parts[0], ...sums, ...joinedOrigin(ks), same, positions: positions.with(at, total) };
}

/** For each of `total` positions the one of a part that starts at `start`, or −1. */
function places(start: number, length: number, total: number): number[] {
  return Array.from({ length: total }, (_, p) => p >= start && p < start + length ? p - start : -1);
}
