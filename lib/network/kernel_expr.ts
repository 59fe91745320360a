/** The kernel of a layer's output as expressions of the kernel of the input: what layers transform. */
import { countOf } from "../array/dtype.ts";
import { constant, type Expr, type Operand, variable } from "../expr/expr.ts";
import { affineGaps, type Gaps, inputGaps } from "../gaps.ts";
import type { Moments } from "../moments.ts";
import type { RowVariable } from "../program/job.ts";
import type { Check } from "../program/entrywise.ts";
import type { AxisMap, SparseMatrix } from "../spatial/axis.ts";
import { type Attention, type NodeExpr, nodeVariables, type PositionMap } from "../program/nodes.ts";
import type { Steps } from "../steps.ts";
import type { Activation } from "./activation.ts";
import { type Batch, everything } from "./examples.ts";
import type { Layer } from "./layer.ts";
import type { Mask } from "./mask.ts";
import { type ErrorRule, givenErrors } from "./numerical_errors.ts";

/** Covariances of a pair of outputs, symbolically. */
export interface KernelExpr {
  /** E[f(x1) f(x2)] */
  readonly nngp: Expr;
  /** ⟨∇f(x1), ∇f(x2)⟩ in expectation */
  readonly ntk: Expr;
  /** E[f(x1)²], an expression of row variables of x1 */
  readonly var1: Expr;
  /** E[f(x2)²], the same expression for x2 */
  readonly var2: Expr;
  /** What cancels in the moments, where it is known apart from them, else null */
  readonly gaps: Gaps | null;
  /** The errors of numerical nonlinearities so far. */
  readonly errors: ErrorRule;
  /** Truth value: both points are the same and have the same noise, so that nngp is var1 exactly. */
  readonly same: Expr;
  /** Truth value: this is an entry of the diagonal of kernelFn(x, null). */
  readonly diagonal: Expr;
  /** Lengths of the axes that are neither batch nor features; none for vectors. */
  readonly positions: readonly number[];
  /** The axis of the examples in the output of the finite network, from 0. */
  readonly batchAxis: number;
  /** The axis of the features, from 0. */
  readonly channelAxis: number;
  /** The examples that the rows of the output are. */
  readonly batch: Batch;
  /** The masks of all rows, or null if nothing is masked. */
  readonly masks: Masks | null;
  /** Number of features of the finite network. */
  readonly width: number;
  /** Outputs are jointly Gaussian in the infinite-width limit, as nonlinearities need. */
  readonly isGaussian: boolean;
  /** No layer with weights has been applied yet. */
  readonly isInput: boolean;
  /** The `FanOut`s that this is a branch of, with no weights of its own since: branches of the same one are not independent. */
  readonly shared: readonly symbol[];
}

/** The masks of all rows, computed once a call, in steps. */
export type Masks = (rows: RowFacts) => Steps<readonly Mask[]>;

/** One kernel, or those of parallel branches. */
export type KernelTree = KernelExpr | readonly KernelTree[];

/** What a layer's rule may add to the program. */
export interface Context {
  /** Demands of the rows' variances. */
  readonly checks: Check[];
  /** The NTKs before and after every nonlinearity. */
  readonly ntks: Expr[];
  /** The layers whose duals are summed from tables. */
  readonly numerical: Layer[];
  /** The nonlinearities whose moments cancel, since nothing is known of their gaps. */
  readonly cancelling: Activation[];
  /** The linear maps of positions so far. */
  readonly nodes: NodeExpr[];
  /** Row variables besides the variances, by name. */
  readonly variables: Record<string, (rows: RowFacts) => RowVariable | Steps<RowVariable>>;
  /** The matrices of nodes that mix positions without attention, by node. */
  readonly matrices: Map<number, (rows: RowFacts) => readonly SparseMatrix[]>;
  /** The call gives patterns; without them `Aggregate` does nothing. */
  readonly hasPattern: boolean;
  /** A name for each of the masks that expressions read. */
  readonly maskNames: Map<Masks, string>;
  /** A name for each list of batches, as text, that are put one after the other */
  readonly batchNames: Map<string, string>;
  /** What the network goes on with in place of a nonlinearity's dual: variables, for those who differentiate it by rules of their own */
  readonly standIn?: (dual: DualExpr) => DualOutputs;
}

/** What a nonlinearity gives: both duals of a pair, those of its points with themselves, and what is known of gaps. */
export interface DualOutputs {
  readonly nngp: Expr;
  readonly dNngp: Expr;
  readonly var1: Expr;
  readonly var2: Expr;
  readonly gaps: Gaps | null;
}

/** A nonlinearity in a network. */
export interface DualExpr {
  readonly layer: Layer;
  readonly activation: Activation;
  /** The kernel of its input, and the moments of it */
  readonly input: KernelExpr;
  readonly moments: Moments;
  readonly outputs: DualOutputs;
}

/** What a call knows about the rows of x1, followed by those of x2 unless x2 is x1. */
export interface RowFacts {
  readonly count: number;
  /** For every concatenation of batches the part that each row is in */
  readonly labels: Readonly<Record<string, readonly number[]>>;
  /** The pattern of each row: its entries, and their shape */
  readonly patterns: readonly { readonly data: Float64Array; readonly shape: readonly number[] }[];
  /** The mask of each row; none if nothing is masked */
  readonly masks: readonly Mask[];
}

/** True for parallel branches. */
export const isBranches = (tree: KernelTree): tree is readonly KernelTree[] => Array.isArray(tree);

const cov = variable("cov");
const var1 = variable("var", "row1");
const var2 = variable("var", "row2");

/** The kernel of inputs of `width` features: cov = ⟨x1, x2⟩ / width, and no parameters yet. */
export function inputKernel(width: number, symmetric: boolean): KernelExpr {
  const same = variable("id", "row1").eq(variable("id", "row2"));
  const diagonal = symmetric ? variable("index", "row1").eq(variable("index", "row2")) : constant(0);
  return {
    nngp: cov,
    ntk: constant(0),
    var1,
    var2,
    gaps: null,
    errors: null,
    same,
    diagonal,
    positions: [],
    batchAxis: 0,
    channelAxis: 1,
    batch: everything,
    masks: null,
    width,
    isGaussian: false,
    isInput: true,
    shared: [],
  };
}

/** The same for a backend that sums the gaps of pairs which lie close together from differences of their rows. */
export const withGaps = (k: KernelExpr): KernelExpr => ({ ...k, gaps: inputGaps(covariancesOf(k)) });

/** The covariances as names of moments. */
export const covariancesOf = ({ nngp, var1, var2 }: KernelExpr) => ({ cov: nngp, var1, var2 });

/** What the kernel of inputs with positions starts from. */
export interface SpatialStart extends Pick<KernelExpr, "positions" | "width" | "batchAxis" | "channelAxis"> {
  /** The kernel that is continued, or null for inputs. */
  readonly kernel: Pick<KernelExpr, "isGaussian" | "isInput"> | null;
}

/** The kernel of inputs with positions: cov over pairs of positions. */
export function spatialInput({ kernel, ...shape }: SpatialStart): KernelExpr {
  const leaf = nodeVariables(0, kernel !== null);
  // Indices count through x1 and then x2, so that they agree only for an input with itself.
  const diagonal = variable("index", "row1").eq(variable("index", "row2")).and(atSamePosition);
  const same = isSame(leaf.nngp, leaf.var1, leaf.var2);
  const { isGaussian = false, isInput = true } = kernel ?? {};
  const errors = kernel && givenErrors;
  return {
    ...inputKernel(shape.width, false),
    ...leaf,
    errors,
    same,
    diagonal,
    ...shape,
    isGaussian,
    isInput,
  };
}

/** Truth value: p = q. */
export const atSamePosition: Expr = variable("offset").eq(0);

/** The kernel after a linear map of positions, which starts a new node; vectors have none. */
export function mapPositions(k: KernelExpr, map: PositionMap, context: Context): KernelExpr {
  if (k.positions.length === 0) return k;
  const leaf = addNode(k, map, context);
  const same = isSame(leaf.nngp, leaf.var1, leaf.var2);
  const positions = map.axes.map((axis) => axis.outSize);
  // Positions with weights of their own stay different even where both variances and their covariance are 0.
  return { ...k, ...leaf, same: map.local ? same.and(atSamePosition) : same, positions };
}

/** The kernel after a linear map of all positions at once, from its map of their row-major numbers. */
export function mapAllPositions(
  k: KernelExpr,
  axis: AxisMap,
  positions: readonly number[],
  context: Context,
): KernelExpr {
  return { ...mapPositions(k, { axes: [axis], local: false }, context), positions };
}

/** The kernel after each input mixed its positions: by attention, or by the pattern that comes with it. */
export function mixPositions(k: KernelExpr, attention: Attention<Expr> | null, context: Context): KernelExpr {
  const leaf = addNode(k, { size: countOf(k.positions), attention }, context);
  return { ...k, ...leaf, same: isSame(leaf.nngp, leaf.var1, leaf.var2) };
}

/** The results of a linear map of positions. */
export function addNode(
  { nngp, ntk, var1, same }: Pick<KernelExpr, "nngp" | "ntk" | "var1" | "same">,
  map: NodeExpr["map"],
  { nodes }: Context,
): Pick<KernelExpr, "nngp" | "ntk" | "var1" | "var2"> {
  nodes.push({ nngp: same.select(var1, nngp), ntk, variance: var1, map });
  return nodeVariables(nodes.length, ntk.value !== 0);
}

/** Equal values mean equal points here, since variances and covariances are computed by the same operations. */
export const isSame = (cov: Expr, var1: Expr, var2: Expr): Expr => cov.eq(var1).and(var1.eq(var2));

/** The kernel that continues one computed before. */
export function givenKernel(
  { width, symmetric, isGaussian, isInput }: {
    width: number;
    symmetric: boolean;
    isGaussian: boolean;
    isInput: boolean;
  },
): KernelExpr {
  return {
    ...inputKernel(width, symmetric),
    ntk: variable("ntk"),
    same: isSame(cov, var1, var2),
    errors: givenErrors,
    isGaussian,
    isInput,
  };
}

/** The kernel with each of its covariances multiplied by `factor` ≥ 0 and `shift` ≥ 0 added, as weights and biases do. */
export function scaled(k: KernelExpr, factor: Operand, shift: Operand = 0): KernelExpr {
  const transform = (entry: Expr) => entry.mul(factor).add(shift);
  return {
    ...k,
    nngp: transform(k.nngp),
    var1: transform(k.var1),
    var2: transform(k.var2),
    gaps: k.gaps && affineGaps(k.gaps, covariancesOf(k), factor, shift),
  };
}
