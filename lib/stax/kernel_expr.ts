/** The kernel of a layer's output as expressions of the kernel of the input: what layers transform. */
import { constant, type Expr, variable } from "../expr/expr.ts";
import type { Check } from "../program.ts";

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
  /** Demands of the rows' variances. */
  readonly checks: Check[];
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
  return { nngp: cov, ntk: constant(0), var1, var2, same, diagonal, width, isGaussian: false, isInput: true };
}

/** The kernel that continues one computed before. */
export function givenKernel(
  { width, symmetric, isGaussian, isInput }: {
    width: number;
    symmetric: boolean;
    isGaussian: boolean;
    isInput: boolean;
  },
): KernelExpr {
  const same = cov.eq(var1).and(var1.eq(var2));
  return { ...inputKernel(width, symmetric), ntk: variable("ntk"), same, isGaussian, isInput };
}

/** The kernel with `transform` applied to each of its covariances. */
export function mapCovariances(k: KernelExpr, transform: (cov: Expr) => Expr): KernelExpr {
  return { ...k, nngp: transform(k.nngp), var1: transform(k.var1), var2: transform(k.var2) };
}
