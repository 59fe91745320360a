/**
 * How the dual T(cov, var1, var2) of a nonlinearity changes with the first point u of a pair, by the two directions in which that can
 * move: away from the origin, and across.
 *
 * *Across* moves cov alone, at fixed variances: T_c = E[φ′(u)φ′(v)]. *Outwards* scales u: R = cov·T_cov + 2·var1·T_var1 =
 * E[u·φ′(u)·φ(v)], with the angle as it is. Any other movement is both: for slopes ċ of cov and v̇ of var1 and λ = v̇/(2·var1),
 *
 *     Ṫ = T_c·(ċ − λ·cov) + λ·R.
 *
 * No term of R has a pole where two points meet, and those of T_c and its slope have one factor 1/√det, which ċ − λ·cov makes finite:
 * digits are lost nowhere but in differences of inputs.
 */
import { extendSlopes } from "../expr/differentiate.ts";
import { constant, type Expr } from "../expr/expr.ts";
import { evaluate } from "../expr/evaluate.ts";
import { substitute, topologicalSteps } from "../expr/graph.ts";
import { at, diagonalMoments, type Moments, symbols } from "../moments.ts";
import { type Activation, dualSteps } from "../network/activation.ts";
import { rememberedSteps } from "../remembered.ts";
import type { Steps } from "../steps.ts";
import { slopeOf } from "./slope_rules.ts";

/** The slopes of a dual as functions of moments. */
export interface Slopes {
  /** ∂/∂cov */
  readonly across: (moments: Moments) => Expr;
  /** The derivative in the size of the first point: ∂/∂log t of t·u at t = 1 */
  readonly outwards: (moments: Moments) => Expr;
  /** The derivative in the size of a point whose pair with itself this is, from its variance */
  readonly together: (variance: Expr) => Expr;
  /** What is divided by √det in `across`: where it is not 0 at det = 0, there is a kink */
  readonly pole: (moments: Moments) => Expr;
  /** `across` has a pole, as far as its form says: digits are lost where √det is small */
  readonly isSteep: boolean;
  /** The size of the terms of `pole` */
  readonly poleSize: (moments: Moments) => Expr;
  /** ∂/∂√det, and ∂/∂angle: where these are not 0 at a point of variance 0, there is a kink, or a jump */
  readonly ofRoot: (moments: Moments) => Expr;
  readonly ofAngle: (moments: Moments) => Expr;
  /** The dual is an expression of the root of a variance: a cone around a point of variance 0 */
  readonly hasCone: boolean;
}

/** The slopes of both duals of a nonlinearity. */
export interface DualSlopes {
  readonly nngp: Slopes;
  readonly dNngp: Slopes;
}

/** The slopes of a nonlinearity's duals. In steps. */
export const dualSlopes: (activation: Activation) => Steps<DualSlopes> = rememberedSteps(
  function* (activation: Activation): Steps<DualSlopes> {
    const [k, slope] = [
      yield* dualSteps(activation, "nngp", symbols),
      yield* dualSteps(activation, "dNngp", symbols),
    ];
    const [own, further] = [yield* slopesOf(k), yield* slopesOf(slope)];
    const isJump = yield* ignoresJumps(own.across, slope);
    // `dNngp` has no digits to lose where it is a closed form.
    const across = isJump ? own.across : (moments: Moments) => at(slope, moments);
    // Sums of tables read roots of variances, on which their coefficients depend smoothly.
    const hasCone = !activation.numerical && (yield* readsRoots(k));
    return { nngp: { ...own, across, hasCone, isSteep: isJump }, dNngp: { ...further, hasCone } };
  },
);

/** Moments at which two formulas for the same slope are compared, generic ones. */
const PROBE = [{ var1: 1, var2: 0.8, cov: 0.3 }, { var1: 0.7, var2: 1.3, cov: -0.4 }];

/** True if E[φ′φ′] leaves out the jumps of φ, as all NTKs do: then it is not ∂/∂cov of E[φφ]. */
function* ignoresJumps(across: Slopes["across"], slope: Expr): Steps<boolean> {
  for (const { var1, var2, cov } of PROBE) {
    const det = var1 * var2 - cov ** 2;
    const rootDet = Math.sqrt(det);
    const values = {
      ...{ var1, var2, cov, det, rootDet },
      angle: Math.atan2(rootDet, cov),
      distance: var1 + var2 - 2 * cov,
      apart: var1 + var2 - 2 * Math.abs(cov),
    };
    const [found, given] = [across(symbols), slope].map((expr) => evaluate(expr, values));
    yield;
    if (Math.abs(found - given) > 1e-3 * (Math.abs(found) + Math.abs(given))) return true;
  }
  return false;
}

/** Whether an expression in `symbols` has a root of something that is 0 where var1 is. */
function* readsRoots(k: Expr): Steps<boolean> {
  const values = { var1: 0, var2: 1, cov: 0, det: 0, rootDet: 0, angle: Math.PI / 2, distance: 1, apart: 1 };
  const roots = (yield* topologicalSteps([k])).filter(({ kind }) => kind === "sqrt");
  return roots.some(({ args: [square] }) => evaluate(square, values) < SMALL);
}

/** Below any variance that is not 0, and above what stands for one that is. */
const SMALL = 1e-15;

/** The slopes of an expression in `symbols`. */
function* slopesOf(k: Expr): Steps<Omit<Slopes, "hasCone">> {
  const { cov, var1, det, rootDet, angle, distance, apart } = symbols;
  const along = function* (seeds: readonly (readonly [Expr, Expr])[], root = k): Steps<Expr> {
    const slopes = new Map(seeds);
    yield* extendSlopes(slopes, [root], slopeOf);
    return slopes.get(root)!;
  };
  const [one, two] = [constant(1), constant(2)];
  const outwards = yield* along([
    [cov, cov],
    [var1, var1.mul(2)],
    [det, det.mul(2)],
    [rootDet, rootDet],
    [distance, var1.sub(cov).mul(2)],
    [apart, var1.sub(cov.abs()).mul(2)],
  ]);
  const regular = yield* along([
    [cov, one],
    [det, cov.mul(-2)],
    [distance, constant(-2)],
    [apart, cov.lt(0).select(two, -2)],
  ]);
  const together = yield* along([[var1, var1.mul(2)]], at(k, diagonalMoments(var1)));
  const ofRoot = yield* along([[rootDet, one]]);
  const ofAngle = yield* along([[angle, one]]);
  const [first, second] = [ofRoot.mul(cov), ofAngle];
  const pole = first.add(second).neg();
  const apartFromPole = rootDet.gt(0);
  const across = regular.add(apartFromPole.select(pole, 0).div(apartFromPole.select(rootDet, 1)));
  const of = (expr: Expr) => (moments: Moments) => at(expr, moments);
  return {
    across: of(across),
    outwards: of(outwards),
    together: (variance) => substitute([together], new Map([[var1, variance]]))[0],
    pole: of(pole),
    isSteep: pole.value !== 0,
    poleSize: of(first.abs().add(second.abs())),
    ofRoot: of(ofRoot),
    ofAngle: of(ofAngle),
  };
}
