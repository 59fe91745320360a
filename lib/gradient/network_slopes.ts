/**
 * How the kernel of a network changes with its first input, symbolically.
 *
 * The kernel of vectors is K = F(cov, var1, var2) with cov = ⟨x, y⟩/d, var1 = |x|²/d and var2 = |y|²/d. So its gradient in x lies in the
 * plane of x and y, and two slopes give it, those of `across` (cov alone) and `outwards` (x ↦ t·x):
 *
 *     ∂K/∂x = (F_across·(y − (cov/var1)·x) + F_outwards/var1·x)/d,   F_across = F_cov, F_outwards = cov·F_cov + 2·var1·F_var1.
 *
 * Layers have their own kernels, whose slopes follow from those of their inputs: linear layers by differentiation, nonlinearities by
 * `dual_slopes.ts`. For that every dual is a variable first, and its expression is put in its place at the end.
 */
import { UnsupportedError } from "../errors.ts";
import { extendSlopes } from "../expr/differentiate.ts";
import { constant, type Expr, variable } from "../expr/expr.ts";
import { substituteSteps, topologicalSteps } from "../expr/graph.ts";
import { checksOfOutput, contextOf } from "../network/compile.ts";
import {
  type DualExpr,
  type DualOutputs,
  inputKernel,
  isBranches,
  type KernelExpr,
  withGaps,
} from "../network/kernel_expr.ts";
import type { Layer } from "../network/layer.ts";
import { kernelOf } from "../network/masked_kernel.ts";
import type { Check } from "../program/entrywise.ts";
import type { Steps } from "../steps.ts";
import { type DualSlopes, dualSlopes } from "./dual_slopes.ts";
import { kinksOf } from "./kinks.ts";
import { slopeOf } from "./slope_rules.ts";

/** Which kernel is differentiated. */
export type KernelName = "nngp" | "ntk";

/** The slopes of a kernel as expressions of cov, and of var of both rows. */
export interface NetworkSlopes {
  /** F_across */
  readonly across: Expr;
  /** F_outwards */
  readonly outwards: Expr;
  /** 0 where the kernel has a derivative; else 2k + 1 for a kink of nonlinearity k, and 2k + 2 for a jump */
  readonly kink: Expr;
  /** Truth value: inner layers make the points of the pair so similar that slopes lose digits */
  readonly isSimilar: Expr;
  /** The type of a nonlinearity whose kinks are known to double precision only, which close pairs need more than; null if there is none */
  readonly coarse: string | null;
  /** The types of the nonlinearities */
  readonly nonlinearities: readonly string[];
  /** The layers whose duals are summed from tables */
  readonly numerical: readonly Layer[];
  /** Conditions on the rows of inputs */
  readonly checks: readonly Check[];
}

/** Truth value: both points of a pair are one. Only pairs that lie close together may be. */
export const isOnePoint: Expr = variable("same");

/** A nonlinearity whose dual is a few variables. */
interface Hidden {
  readonly dual: DualExpr;
  readonly slopes: DualSlopes;
  readonly outputs: DualOutputs;
}

/** Row variables and moments of inputs, and what their slopes are in each direction. */
const cov = variable("cov");
const var1 = variable("var", "row1");
const seeds = {
  across: [[cov, constant(1)]],
  outwards: [[cov, cov], [var1, var1.mul(2)]],
} as const satisfies Record<string, readonly (readonly [Expr, Expr])[]>;

/**
 * The slopes of a network's kernel for inputs of `width` features; `near` for pairs whose gaps are known (`lib/gaps.ts`) and that may be
 * one point. After `loadKernels`, in steps.
 */
export function* networkSlopes(
  layer: Layer,
  width: number,
  kernel: KernelName,
  near: boolean,
): Steps<NetworkSlopes> {
  const { output, duals, checks, numerical } = yield* hiddenKernel(layer, width, near);
  const hidden: Hidden[] = [];
  for (const { dual, outputs } of duals) {
    hidden.push({ dual, outputs, slopes: yield* dualSlopes(dual.activation) });
  }
  const across = yield* slopesAlong(seeds.across, hidden, output[kernel]);
  const outwards = yield* slopesAlong(seeds.outwards, hidden, output[kernel]);
  const moves = ({ dual: { input } }: Hidden) => across.get(input.nngp)!.value !== 0;
  const roots = [
    across.get(output[kernel])!,
    outwards.get(output[kernel])!,
    near ? firstKink(hidden, kernel, moves) : constant(0),
    near ? constant(0) : isSimilar(hidden.filter(moves), kernel),
    ...checks.map(({ variance }) => variance),
  ];
  const [acrossSlope, outwardsSlope, kink, similar, ...variances] = yield* uncovered(roots, duals);
  return {
    ...{ across: acrossSlope, outwards: outwardsSlope, kink },
    isSimilar: similar,
    coarse: hidden.find(isCoarse)?.dual.layer.type ?? null,
    numerical,
    nonlinearities: duals.map(({ dual }) => dual.layer.type),
    checks: checks.filter(({ isSlope }) => !isSlope || kernel === "ntk")
      .map((check) => ({ ...check, variance: variances[checks.indexOf(check)] })),
  };
}

/** Whether a dual is summed from tables and has poles besides. */
const isCoarse = ({ dual: { activation }, slopes: { nngp, dNngp } }: Hidden): boolean =>
  activation.numerical !== undefined && (nngp.isSteep || dNngp.isSteep);

/** The kernel of a network with variables in place of duals. */
function* hiddenKernel(layer: Layer, width: number, near: boolean) {
  const duals: { readonly dual: DualExpr; readonly outputs: DualOutputs }[] = [];
  const standIn = (dual: DualExpr): DualOutputs => {
    const name = (kind: string) => `${kind}${duals.length}`;
    const outputs = {
      nngp: variable(name("nngp")),
      dNngp: variable(name("dNngp")),
      var1: variable(name("variance"), "row1"),
      var2: variable(name("variance"), "row2"),
      gaps: dual.outputs.gaps && {
        below: variable(name("below")),
        distance: variable(name("distance")),
        sum: variable(name("sum")),
      },
    };
    duals.push({ dual, outputs });
    return outputs;
  };
  const context = { ...contextOf(false), standIn };
  const input = { ...inputKernel(width, false), same: near ? isOnePoint : constant(0) };
  const output = yield* kernelOf(layer, near ? withGaps(input) : input, context);
  requireRows(output);
  const checks = [...context.checks, ...checksOfOutput(output, context)];
  return { output, duals, checks, numerical: context.numerical };
}

/** Refuses outputs that are no rows of one kernel. */
function requireRows(output: KernelExpr | readonly unknown[]): asserts output is KernelExpr {
  if (isBranches(output as KernelExpr)) {
    throw new UnsupportedError(
      "Cannot compute the gradient of a kernel as the network must end in one branch: " +
        `current value is ${
          (output as readonly unknown[]).length
        }, add FanInSum() or FanInConcat(), or use one network a branch`,
    );
  }
  if ((output as KernelExpr).batch.kind !== "all") {
    throw new UnsupportedError(
      "Cannot compute the gradient of a kernel as the network must keep the examples: " +
        "current value has Index or FanInConcat on their axis, select rows of the inputs instead",
    );
  }
}

/** The slopes of `root`, and of all that it is made of, in the direction of `seeds`. */
function* slopesAlong(
  seeds: readonly (readonly [Expr, Expr])[],
  hidden: readonly Hidden[],
  root: Expr,
): Steps<Map<Expr, Expr>> {
  const known = new Map<Expr, Expr>(seeds);
  for (const { dual: { input, moments }, slopes, outputs } of hidden) {
    yield* extendSlopes(known, [input.nngp, input.var1], slopeOf);
    const [slope, own] = [known.get(input.nngp)!, known.get(input.var1)!];
    const positive = input.var1.gt(0);
    const share = positive.select(own.div(positive.select(input.var1, 1).mul(2)), 0);
    // A point and itself have half of the slope of the variance, for all directions.
    const aside = input.same.select(0, slope.sub(share.mul(input.nngp)));
    for (const entry of ["nngp", "dNngp"] as const) {
      const { across, outwards, together } = slopes[entry];
      const outwardsOf = input.same.select(together(input.var1).mul(0.5), outwards(moments));
      known.set(outputs[entry], across(moments).mul(aside).add(outwardsOf.mul(share)));
    }
    known.set(outputs.var1, slopes.nngp.together(input.var1).mul(share));
  }
  yield* extendSlopes(known, [root], slopeOf);
  return known;
}

/** Tangents of angles below which poles take digits: ε over the square is left, some 1e-10. */
const SIMILAR = 1e-3;

/** Whether a slope with a pole is taken at a small angle, as where biases are much larger than inputs. */
const isSimilar = (hidden: readonly Hidden[], kernel: KernelName): Expr =>
  hidden
    .filter(({ slopes: { nngp, dNngp } }) => nngp.isSteep || kernel === "ntk" && dNngp.isSteep)
    .map(({ dual: { moments: { rootDet, cov } } }) => rootDet.lt(cov.abs().mul(SIMILAR)))
    .reduce((any, one) => any.select(1, one.select(1, 0)).gt(0), constant(0));

/** The number of the first nonlinearity at which a pair has a kink or a jump. */
const firstKink = (
  hidden: readonly Hidden[],
  kernel: KernelName,
  moves: (nonlinearity: Hidden) => boolean,
): Expr =>
  hidden.reduceRight<Expr>((rest, nonlinearity, k) => {
    // What no input reaches is constant.
    if (!moves(nonlinearity)) return rest;
    const { kink, jump } = kinksOf(nonlinearity.dual, nonlinearity.slopes, kernel);
    return jump.select(2 * k + 2, kink.select(2 * k + 1, rest));
  }, constant(0));

/** The expressions with duals in place of the variables that stand for them, those of inner layers first. */
function* uncovered(
  roots: readonly Expr[],
  duals: readonly { readonly dual: DualExpr; readonly outputs: DualOutputs }[],
): Steps<Expr[]> {
  const replaced = new Map<Expr, Expr>();
  for (const { dual, outputs } of duals) {
    const [names, made] = [entriesOf(outputs), yield* substituteSteps(entriesOf(dual.outputs), replaced)];
    names.forEach((name, i) => replaced.set(name, made[i]));
  }
  return yield* substituteSteps(roots, replaced);
}

/** The expressions of a dual. */
const entriesOf = ({ gaps, ...duals }: DualOutputs): Expr[] => [
  ...[duals.nngp, duals.dNngp, duals.var1, duals.var2],
  ...(gaps ? [gaps.below, gaps.distance, gaps.sum] : []),
];

/** Whether expressions are summed from tables. */
export function* readsTables(roots: readonly Expr[]): Steps<boolean> {
  return (yield* topologicalSteps(roots)).some(({ kind }) => kind === "table");
}
