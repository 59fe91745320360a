/** The kernel of a layer's output as expressions of the kernel of the input: what layers transform. */
import { constant, type Expr, variable } from "../expr/expr.ts";
import type { Check } from "../program.ts";
import { type NodeExpr, nodeVariables, type PositionMap } from "../spatial/program.ts";

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
  /** Truth value: both points are the same and have the same noise, so that nngp is var1 exactly. */
  readonly same: Expr;
  /** Truth value: this is an entry of the diagonal of kernelFn(x, null). */
  readonly diagonal: Expr;
  /** Axis lengths between batch and features; none for vectors. */
  readonly positions: readonly number[];
  /** Number of features of the finite network. */
  readonly width: number;
  /** Outputs are jointly Gaussian in the infinite-width limit, as nonlinearities need. */
  readonly isGaussian: boolean;
  /** No layer with weights has been applied yet. */
  readonly isInput: boolean;
}

/** One kernel, or those of parallel branches. */
export type KernelTree = KernelExpr | readonly KernelTree[];

/** What a layer's rule may add to the program. */
export interface Context {
  /** Demands of the rows' variances since the last node. */
  readonly checks: Check[];
  /** The linear maps of positions so far. */
  readonly nodes: NodeExpr[];
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
  const positions: readonly number[] = [];
  return {
    nngp: cov,
    ntk: constant(0),
    var1,
    var2,
    same,
    diagonal,
    positions,
    width,
    isGaussian: false,
    isInput: true,
  };
}

/** The kernel of inputs with positions: cov over pairs of positions. */
export function spatialInput(positions: readonly number[], width: number, symmetric: boolean): KernelExpr {
  const leaf = nodeVariables(0, false);
  // Indices count through x1 and then x2, so that they agree only for an input with itself.
  const diagonal = variable("index", "row1").eq(variable("index", "row2")).and(variable("offset").eq(0));
  const same = isSame(leaf.nngp, leaf.var1, leaf.var2);
  return { ...inputKernel(width, symmetric), ...leaf, same, diagonal, positions };
}

/** The kernel after a linear map of positions, which starts a new node. */
export function mapPositions(k: KernelExpr, map: PositionMap, { nodes, checks }: Context): KernelExpr {
  const nngp = k.same.select(k.var1, k.nngp);
  nodes.push({ nngp, ntk: k.ntk, variance: k.var1, map, checks: checks.splice(0) });
  const leaf = nodeVariables(nodes.length, k.ntk.value !== 0);
  const positions = map.axes.map((axis) => axis.outSize);
  return { ...k, ...leaf, same: isSame(leaf.nngp, leaf.var1, leaf.var2), positions };
}

/** Equal values mean equal points here, since variances and covariances are computed by the same operations. */
const isSame = (cov: Expr, var1: Expr, var2: Expr) => cov.eq(var1).and(var1.eq(var2));

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
    isGaussian,
    isInput,
  };
}

/** The kernel with `transform` applied to each of its covariances. */
export function mapCovariances(k: KernelExpr, transform: (cov: Expr) => Expr): KernelExpr {
  return { ...k, nngp: transform(k.nngp), var1: transform(k.var1), var2: transform(k.var2) };
}
