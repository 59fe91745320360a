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
import { substitute } from "../expr/graph.ts";
import { at, diagonalMoments, type Moments, symbols } from "../moments.ts";
import { type Activation, dualSteps } from "../network/activation.ts";
import { rememberedSteps } from "../remembered.ts";
import type { Steps } from "../steps.ts";
import { type AtOrigin, behaviourAtOrigin, hasPole, momentsAt } from "./poles.ts";
import { slopeOf } from "./slope_rules.ts";

/** The slopes of a dual as functions of moments. */
export interface Slopes {
  /** ∂/∂cov */
  readonly across: (moments: Moments) => Expr;
  /** The derivative in the size of the first point: ∂/∂log t of t·u at t = 1 */
  readonly outwards: (moments: Moments) => Expr;
  /** The derivative in the size of a point whose pair with itself this is, from its variance */
  readonly together: (variance: Expr) => Expr;
  /** `across` has a term with 1/√det, as far as its form says: digits are lost where that is large */
  readonly isSteep: boolean;
  /** That term is there where both points are the same up to a factor, positive or negative: a kink */
  readonly poles: { readonly along: boolean; readonly opposite: boolean };
  /** What the dual is like around u = 0 */
  readonly atOrigin: AtOrigin;
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
    const isNumerical = activation.numerical !== undefined;
    const [own, further] = [yield* slopesOf(k, isNumerical), yield* slopesOf(slope, isNumerical)];
    if (ignoresJumps(own.across(symbols), slope)) return { nngp: own, dNngp: further };
    // `dNngp` has no digits to lose where it is a closed form, and no pole where φ does not jump.
    const regular = { across: (moments: Moments) => at(slope, moments), isSteep: false, poles: NONE };
    return { nngp: { ...own, ...regular }, dNngp: further };
  },
);

const NONE = { along: false, opposite: false } as const;

/** Moments at which two formulas for the same slope are compared, generic ones. */
const PROBES = [momentsAt(1, 0.8, 1.2), momentsAt(0.7, 1.3, 2)];

/** True if E[φ′φ′] leaves out the jumps of φ, as all NTKs do: then it is not ∂/∂cov of E[φφ]. */
const ignoresJumps = (across: Expr, slope: Expr): boolean =>
  PROBES.some((values) => {
    const [found, given] = [across, slope].map((expr) => evaluate(expr, values));
    return Math.abs(found - given) > 1e-3 * (Math.abs(found) + Math.abs(given));
  });

/** The slopes of an expression in `symbols`. */
function* slopesOf(k: Expr, isNumerical: boolean): Steps<Slopes> {
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
  const pole = ofRoot.mul(cov).add(ofAngle).neg();
  const apartFromPole = rootDet.gt(0);
  const across = regular.add(apartFromPole.select(pole, 0).div(apartFromPole.select(rootDet, 1)));
  const of = (expr: Expr) => (moments: Moments) => at(expr, moments);
  return {
    across: of(across),
    outwards: of(outwards),
    together: (variance) => substitute([together], new Map([[var1, variance]]))[0],
    isSteep: pole.value !== 0,
    poles: { along: hasPole(pole, false), opposite: hasPole(pole, true) },
    atOrigin: behaviourAtOrigin(k, isNumerical),
  };
}
